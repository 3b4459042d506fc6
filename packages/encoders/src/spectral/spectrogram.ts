import { requireFiniteSamples, requireInteger, requireSamples } from "../audio/checks.ts";
import { AudioOptionError, ShortAudioError } from "../audio/errors.ts";
import { MAX_FFT_LENGTH, MIN_FFT_LENGTH, RealFft } from "./fft.ts";

/** How a signal is cut into frames. */
export interface StftConfig {
  /** Samples in a frame, and length of its transform: a power of two. */
  readonly fftLength: number;
  /** Samples from one frame to the next. */
  readonly hopLength: number;
  /** Whether the spectrum is divided by the root of the window's energy: torchaudio's `normalized=True`. */
  readonly normalised: boolean;
}

/** A row of numbers for each frame. */
export interface Spectrogram {
  /** Row-major [frames, bins]. */
  readonly data: Float64Array;
  readonly frames: number;
  /** fftLength / 2 + 1; bin k is at k * sampleRate / fftLength hertz. */
  readonly bins: number;
}

/**
 * Squared magnitudes of the short-time Fourier transform: periodic Hann window, frames centred on the multiples of
 * `hopLength`, the signal reflected at both ends without repeating its first and last sample. Float64 throughout.
 * @param samples - shape [n], n more than fftLength / 2
 * @returns shape [floor(n / hopLength) + 1, fftLength / 2 + 1]
 * @throws {ShortAudioError} when there are too few samples to reflect
 * @throws {NonFiniteSampleError} when a sample is NaN or infinite
 * @throws {AudioOptionError} when the transform's length is not a power of two, or the hop no positive integer
 * @see torch.stft with `center=True, pad_mode="reflect"`
 */
export function powerSpectrogram(samples: Float32Array | Float64Array, config: StftConfig): Spectrogram {
  requireStftConfig(config);
  const bins = config.fftLength / 2 + 1;
  const frames = frameCount(samples.length, config);
  const data = new Float64Array(frames * bins);
  forEachPowerSpectrum(samples, config, (power, frame) => data.set(power, frame * bins));
  return { data, frames, bins };
}

/** How many frames a signal of n samples has: floor(n / hopLength) + 1. */
export function frameCount(n: number, { hopLength }: Pick<StftConfig, "hopLength">): number {
  return Math.floor(n / hopLength) + 1;
}

/**
 * Visits the power spectra in their order; each is valid during the call only. The configuration has been checked.
 * @param bins - how many bins are wanted, from the lowest; the others stay 0
 */
export function forEachPowerSpectrum(
  samples: Float32Array | Float64Array,
  config: StftConfig,
  visit: (power: Float64Array, frame: number) => void,
  bins = config.fftLength / 2 + 1,
): void {
  const { fftLength, hopLength, normalised } = config;
  requireSamples("waveform", samples);
  const half = fftLength / 2;
  if (samples.length <= half) {
    const advice = "repeat or pad it first, as every length policy but study-pre-joint does";
    throw new ShortAudioError("waveform", samples.length, half + 1, advice);
  }
  requireFiniteSamples("waveform", samples);
  const window = hann(fftLength);
  const scale = normalised ? 1 / window.reduce((energy, w) => energy + w * w, 0) : 1;
  const fft = new RealFft(fftLength);
  const power = new Float64Array(half + 1);
  const frames = frameCount(samples.length, config);
  for (let frame = 0; frame < frames; frame++) {
    const silent = writeFrame(samples, frame * hopLength - half, window, fft.input);
    if (silent) power.fill(0);
    else {
      fft.transform(bins - 1);
      const { real, imaginary } = fft;
      for (let k = 0; k < bins; k++) power[k] = scale * (real[k]! * real[k]! + imaginary[k]! * imaginary[k]!);
    }
    visit(power, frame);
  }
}

/** Writes the windowed samples from `start` on, reflected where there are none; whether all of them are zero. */
function writeFrame(
  samples: Float32Array | Float64Array,
  start: number,
  window: Float64Array,
  frame: Float64Array,
): boolean {
  const n = samples.length;
  let silent = true;
  if (start >= 0 && start + window.length <= n) {
    for (let i = 0; i < window.length; i++) {
      const value = samples[start + i]!;
      if (value !== 0) silent = false;
      frame[i] = value * window[i]!;
    }
    return silent;
  }
  for (let i = 0; i < window.length; i++) {
    const at = start + i;
    const value = samples[at < 0 ? -at : at < n ? at : 2 * (n - 1) - at]!;
    if (value !== 0) silent = false;
    frame[i] = value * window[i]!;
  }
  return silent;
}

/** The periodic Hann window: sin^2(pi i / n), shape [n]. */
function hann(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => Math.sin((Math.PI * i) / n) ** 2);
}

/** Throws unless the transform's length is a power of two that it can have, and the hop a positive integer. */
export function requireStftConfig({ fftLength, hopLength }: StftConfig): void {
  requireInteger("fftLength", fftLength, MIN_FFT_LENGTH, MAX_FFT_LENGTH);
  if ((fftLength & (fftLength - 1)) !== 0) throw new AudioOptionError("fftLength", fftLength, "a power of two");
  requireInteger("hopLength", hopLength, 1);
}
