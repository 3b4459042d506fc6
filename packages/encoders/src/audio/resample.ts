import { MAX_SAMPLE_RATE, requireFiniteSamples, requireInteger } from "./checks.ts";

/** Zero crossings of the sinc on each side: torchaudio's `lowpass_filter_width`. */
const ZERO_CROSSINGS = 6;
/** Cut-off as a share of the lower Nyquist frequency: torchaudio's `rolloff`. */
const ROLLOFF = 0.99;

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
  const resampled = samples instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  apply(filter, samples, resampled);
  return resampled as T;
}

/** How many samples `resample` returns: ceil(n * toRate / fromRate). */
export function resampledLength(n: number, fromRate: number, toRate: number): number {
  const divisor = greatestCommonDivisor(fromRate, toRate);
  // Recent versions of torchaudio take this ceiling in float32, and lose the last sample of some clips.
  return Math.ceil((n * (toRate / divisor)) / (fromRate / divisor));
}

/** A filter for one ratio: output sample b * up + p is the sum over k of taps[p, k] * x[b * down + starts[p] + k]. */
interface PolyphaseFilter {
  readonly down: number;
  readonly up: number;
  /** First input sample of every phase, relative to its block; shape [up]. */
  readonly starts: Int32Array;
  /** Row-major [up, tapsPerPhase]. */
  readonly taps: Float64Array;
  readonly tapsPerPhase: number;
}

function designFilter(down: number, up: number, asFloat32: boolean): PolyphaseFilter {
  const cutoff = Math.min(down, up) * ROLLOFF;
  const reach = (ZERO_CROSSINGS * down) / cutoff;
  // torchaudio evaluates every phase at 2 * ceil(reach) + down places; all but these are outside of the window.
  const tapsPerPhase = 2 * Math.ceil(reach) + 1;
  const starts = new Int32Array(up);
  const taps = new Float64Array(up * tapsPerPhase);
  for (let p = 0; p < up; p++) {
    const start = Math.ceil((down * p) / up - reach);
    starts[p] = start;
    // torchaudio divides integers here, which gives float32; that moves taps by up to 4.7e-6.
    const phase = asFloat32 ? Math.fround(-p / up) : -p / up;
    for (let k = 0; k < tapsPerPhase; k++) {
      const t = (phase + (start + k) / down) * cutoff;
      const tap = Math.abs(t) < ZERO_CROSSINGS ? (windowedSinc(t) * cutoff) / down : 0;
      taps[p * tapsPerPhase + k] = asFloat32 ? Math.fround(tap) : tap;
    }
  }
  return { down, up, starts, taps, tapsPerPhase };
}

function windowedSinc(t: number): number {
  if (t === 0) return 1;
  return (Math.sin(Math.PI * t) / (Math.PI * t)) * Math.cos((Math.PI * t) / ZERO_CROSSINGS / 2) ** 2;
}

function apply(filter: PolyphaseFilter, from: Float32Array | Float64Array, to: Float32Array | Float64Array): void {
  const { down, up, starts, taps, tapsPerPhase } = filter;
  const n = from.length;
  let phase = 0;
  let block = 0;
  for (let i = 0; i < to.length; i++) {
    const start = block + starts[phase]!;
    const row = phase * tapsPerPhase;
    let sum = 0;
    if (start >= 0 && start + tapsPerPhase <= n) {
      for (let k = 0; k < tapsPerPhase; k++) sum += taps[row + k]! * from[start + k]!;
    } else {
      const end = Math.min(tapsPerPhase, n - start);
      for (let k = Math.max(0, -start); k < end; k++) sum += taps[row + k]! * from[start + k]!;
    }
    to[i] = sum;
    if (++phase === up) {
      phase = 0;
      block += down;
    }
  }
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
