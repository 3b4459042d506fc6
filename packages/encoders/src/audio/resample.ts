import { MAX_SAMPLE_RATE, requireFiniteSamples, requireInteger } from "./checks.ts";
import { applyFilter, designFilter, type PolyphaseFilter } from "./polyphase.ts";
import { simdResample } from "./simd-waveform.ts";

/**
 * The samples at another sample rate: a sinc with a Hann window, with torchaudio's defaults, applied only where it is
 * not zero.
 *
 * Float32 samples get the filter of `torchaudio.transforms.Resample`: made in float64 from phases that were rounded to
 * float32, then rounded to float32. Float64 samples get the filter of `torchaudio.functional.resample` on a float64
 * tensor, with no rounding at all. Sums are float64 in both cases, so results agree with torchaudio to the rounding of
 * its own float32 sums.
 * @param samples - shape [n]; outside of them the signal counts as zero
 * @param fromRate - their sample rate, an integer in hertz
 * @param toRate - the wanted sample rate, an integer in hertz
 * @returns a new array of the same type, shape [ceil(n * toRate / fromRate)]
 * @throws {NonFiniteSampleError} when a sample is NaN or infinite
 * @throws {AudioOptionError} when a rate is not an integer from 1 to 768000
 * @example resample(Float32Array.of(1, 0, 0), 1, 2).length // 6
 * @see Smith, "Digital audio resampling", https://ccrma.stanford.edu/~jos/resample/; torchaudio `sinc_interp_hann`
 */
export function resample<T extends Float32Array | Float64Array>(samples: T, fromRate: number, toRate: number): T {
  requireInteger("fromRate", fromRate, 1, MAX_SAMPLE_RATE);
  requireInteger("toRate", toRate, 1, MAX_SAMPLE_RATE);
  requireFiniteSamples("waveform", samples, fromRate);
  if (fromRate === toRate) return samples.slice() as T;
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const filter = cachedFilter(fromRate / divisor, toRate / divisor, samples instanceof Float32Array);
  const length = resampledLength(samples.length, fromRate, toRate);
  if (!(samples instanceof Float32Array)) {
    const resampled = new Float64Array(length);
    applyFilter(filter, samples, resampled);
    return resampled as T;
  }
  const resampled = new Float32Array(length);
  if (!simdResample(filter, samples, resampled)) applyFilter(filter, samples, resampled);
  return resampled as T;
}

/** How many samples `resample` returns: ceil(n * toRate / fromRate). */
export function resampledLength(n: number, fromRate: number, toRate: number): number {
  const divisor = greatestCommonDivisor(fromRate, toRate);
  // Recent versions of torchaudio take this ceiling in float32, and lose the last sample of some clips.
  return Math.ceil((n * (toRate / divisor)) / (fromRate / divisor));
}

/** Filters that were made, oldest first. A data set has few sample rates. */
const filters = new Map<string, PolyphaseFilter>();
const MAX_CACHED_FILTERS = 8;
/** 8 MB. A filter of rates without a common factor is larger, and is made anew each time. */
const MAX_CACHED_TAPS = 2 ** 20;

function cachedFilter(down: number, up: number, asFloat32: boolean): PolyphaseFilter {
  const key = `${down}:${up}:${asFloat32}`;
  const known = filters.get(key);
  if (known !== undefined) return known;
  const filter = designFilter(down, up, asFloat32);
  if (filter.taps.length <= MAX_CACHED_TAPS) {
    if (filters.size === MAX_CACHED_FILTERS) filters.delete(filters.keys().next().value!);
    filters.set(key, filter);
  }
  return filter;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
