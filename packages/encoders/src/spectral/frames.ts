import { RealFft } from "./fft.ts";
import type { MelBank } from "./mel-bank.ts";
import { frameCount, hann, powerScale, type StftConfig } from "./stft.ts";

type Samples = Float32Array | Float64Array;

/** `simdPowerSpectra` in plain JavaScript. */
export function plainPowerSpectra(samples: Samples, config: StftConfig, data: Float64Array): void {
  const bins = config.fftLength / 2 + 1;
  forEachPowerSpectrum(samples, config, bins, (power, frame) => data.set(power, frame * bins));
}

/** `simdLogMel` in plain JavaScript. */
export function plainLogMel(
  samples: Samples,
  config: StftConfig,
  bank: MelBank,
  leastPower: number,
  data: Float32Array,
): number {
  const { melBins, starts, weights } = bank;
  const bins = Math.max(1, ...weights.map((filter, m) => (filter.length === 0 ? 0 : starts[m]! + filter.length)));
  let loudest = Number.NEGATIVE_INFINITY;
  forEachPowerSpectrum(samples, config, bins, (power, frame) => {
    for (let m = 0; m < melBins; m++) {
      const filter = weights[m]!;
      const start = starts[m]!;
      let sum = 0;
      for (let k = 0; k < filter.length; k++) sum += filter[k]! * power[start + k]!;
      const decibels = 10 * Math.log10(Math.max(sum, leastPower));
      if (decibels > loudest) loudest = decibels;
      data[frame * melBins + m] = decibels;
    }
  });
  return loudest;
}

/**
 * Visits the power spectra in their order; each is valid during the call only.
 * @param bins - how many bins are wanted, from the lowest; the others stay 0
 */
function forEachPowerSpectrum(
  samples: Samples,
  config: StftConfig,
  bins: number,
  visit: (power: Float64Array, frame: number) => void,
): void {
  const { fftLength, hopLength } = config;
  const half = fftLength / 2;
  const window = hann(fftLength);
  const scale = powerScale(config);
  const fft = new RealFft(fftLength);
  const power = new Float64Array(half + 1);
  const frames = frameCount(samples.length, config);
  for (let frame = 0; frame < frames; frame++) {
    writeFrame(samples, frame * hopLength - half, window, fft.input);
    fft.transform(bins - 1);
    const { real, imaginary } = fft;
    for (let k = 0; k < bins; k++) power[k] = scale * (real[k]! * real[k]! + imaginary[k]! * imaginary[k]!);
    visit(power, frame);
  }
}

/** Writes the windowed samples from `start` on, reflected where there are none. */
function writeFrame(samples: Samples, start: number, window: Float64Array, frame: Float64Array): void {
  const n = samples.length;
  if (start >= 0 && start + window.length <= n) {
    for (let i = 0; i < window.length; i++) frame[i] = samples[start + i]! * window[i]!;
    return;
  }
  for (let i = 0; i < window.length; i++) {
    const at = start + i;
    frame[i] = samples[at < 0 ? -at : at < n ? at : 2 * (n - 1) - at]! * window[i]!;
  }
}
