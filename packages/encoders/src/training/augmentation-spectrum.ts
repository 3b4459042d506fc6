import type { RealFft } from "../spectral/fft.ts";

/**
 * The real signal of a spectrum. The forward transform does it: of a real signal it is also Hartley's transform (the sum of
 * the cosine's and the sine's), which is its own inverse but for 1 / n.
 * @param fft - of the signal's length n; its `input`, `real` and `imaginary` are overwritten
 * @param real - real parts of bins 0 to n / 2, shape [n / 2 + 1]
 * @param imaginary - imaginary parts; those of the first and the last bin count as 0
 * @param signal - is written to, shape [n]
 * @see Bracewell 1983, "Discrete Hartley transform"
 */
export function inverseTransform(
  fft: RealFft,
  real: Float64Array,
  imaginary: Float64Array,
  signal: Float64Array,
): void {
  const n = fft.length;
  const half = n / 2;
  fft.input[0] = real[0]!;
  fft.input[half] = real[half]!;
  for (let k = 1; k < half; k++) {
    fft.input[k] = real[k]! - imaginary[k]!;
    fft.input[n - k] = real[k]! + imaginary[k]!;
  }
  fft.transform();
  for (let i = 0; i <= half; i++) signal[i] = (fft.real[i]! - fft.imaginary[i]!) / n;
  for (let i = 1; i < half; i++) signal[n - i] = (fft.real[i]! + fft.imaginary[i]!) / n;
}
