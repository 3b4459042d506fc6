import { plainPowerSpectra } from "./frames.ts";
import { simdPowerSpectra } from "./simd-frames.ts";
import { frameCount, requireFrames, requireStftConfig, type StftConfig } from "./stft.ts";

export { frameCount, type StftConfig } from "./stft.ts";

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
  requireFrames(samples, config);
  const bins = config.fftLength / 2 + 1;
  const frames = frameCount(samples.length, config);
  const data = new Float64Array(frames * bins);
  if (!simdPowerSpectra(samples, config, data)) plainPowerSpectra(samples, config, data);
  return { data, frames, bins };
}
