import { requireFiniteSamples } from "./checks.ts";
import { simdQuantise } from "./simd-waveform.ts";

/** The largest code of 16 bits. LAION-CLAP scales with it in both directions, unlike a decoder, which has 32768. */
const LARGEST_CODE = 32767;

/**
 * The samples after LAION-CLAP's way through 16 bits and back: clamped to [-1, 1], times 32767, cut (not rounded) to an
 * integer, divided by 32767; every step in float32. A sample nearer to zero than 1/32767 becomes 0, and what has been
 * quantised once stays as it is.
 * @param samples - shape [n]
 * @returns a new array, shape [n]; a negative sample that is cut to zero gives +0
 * @throws {NonFiniteSampleError} when a sample is NaN or infinite
 * @example quantise(Float32Array.of(0.5, 0.00003, 2)) // [0.49998474, 0, 1]
 * @see LAION-CLAP, `int16_to_float32(float32_to_int16(x))`
 */
export function quantise(samples: Float32Array): Float32Array<ArrayBuffer> {
  const quantised = new Float32Array(samples.length);
  if (simdQuantise(samples, quantised)) return quantised;
  requireFiniteSamples("waveform", samples);
  for (let i = 0; i < samples.length; i++) {
    const clamped = Math.min(1, Math.max(-1, samples[i]!));
    // `| 0` cuts towards zero, and has no -0.
    const code = Math.fround(clamped * LARGEST_CODE) | 0;
    quantised[i] = code / LARGEST_CODE;
  }
  return quantised;
}
