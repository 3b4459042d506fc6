import { requireFiniteSamples, requireInteger, requireSamples } from "../audio/checks.ts";
import { AudioOptionError, ShortAudioError } from "../audio/errors.ts";
import { MAX_FFT_LENGTH, MIN_FFT_LENGTH } from "./fft.ts";

/** How a signal is cut into frames. */
export interface StftConfig {
  /** Samples in a frame, and length of its transform: a power of two. */
  readonly fftLength: number;
  /** Samples from one frame to the next. */
  readonly hopLength: number;
  /** Whether the spectrum is divided by the root of the window's energy: torchaudio's `normalized=True`. */
  readonly normalised: boolean;
}

/** How many frames a signal of n samples has: floor(n / hopLength) + 1. */
export function frameCount(n: number, { hopLength }: Pick<StftConfig, "hopLength">): number {
  return Math.floor(n / hopLength) + 1;
}

/** The periodic Hann window: sin^2(pi i / n), shape [n]. */
export function hann(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => Math.sin((Math.PI * i) / n) ** 2);
}

/** What squared magnitudes are multiplied by: 1, or 1 / sum(window^2). */
export function powerScale({ fftLength, normalised }: StftConfig): number {
  return normalised ? 1 / hann(fftLength).reduce((energy, w) => energy + w * w, 0) : 1;
}

/** Throws unless the transform's length is a power of two that it can have, and the hop a positive integer. */
export function requireStftConfig({ fftLength, hopLength }: StftConfig): void {
  requireInteger("fftLength", fftLength, MIN_FFT_LENGTH, MAX_FFT_LENGTH);
  if ((fftLength & (fftLength - 1)) !== 0) throw new AudioOptionError("fftLength", fftLength, "a power of two");
  requireInteger("hopLength", hopLength, 1);
}

/** Throws unless there are enough samples to reflect, all of them finite. */
export function requireFrames(samples: Float32Array | Float64Array, { fftLength }: StftConfig): void {
  requireSamples("waveform", samples);
  const half = fftLength / 2;
  if (samples.length <= half) {
    const advice = "repeat or pad it first, as every length policy but study-pre-joint does";
    throw new ShortAudioError("waveform", samples.length, half + 1, advice);
  }
  requireFiniteSamples("waveform", samples);
}
