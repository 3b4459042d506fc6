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
  // torchaudio evaluates every phase at 2 * ceil(reach) + down places; all but these are outside of the window. They
  // are used eight by eight, for which zeros fill up the last eight.
  const tapsPerPhase = Math.ceil((Math.floor(2 * reach) + 1) / TAPS_AT_ONCE) * TAPS_AT_ONCE;
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

/** Input samples that are gone through once for each phase; they stay in the processor's cache meanwhile. */
const CACHED_SAMPLES = 2 ** 13;

/**
 * One phase after the other: its taps stay in registers while the blocks go by, which is three times as fast as one output
 * sample after the other.
 */
function apply(filter: PolyphaseFilter, from: Float32Array | Float64Array, to: Float32Array | Float64Array): void {
  const { down, up, starts, taps, tapsPerPhase } = filter;
  const blocksAtOnce = Math.ceil(CACHED_SAMPLES / down);
  const sums = new Float64Array(blocksAtOnce);
  for (let first = 0; first * up < to.length; first += blocksAtOnce) {
    for (let phase = 0; phase < up; phase++) {
      const start = starts[phase]! + first * down;
      const row = phase * tapsPerPhase;
      const blocks = Math.min(blocksAtOnce, Math.ceil((to.length - phase) / up) - first);
      // Blocks [inside, outside) have all of their input samples.
      const inside = Math.max(0, Math.min(blocks, Math.ceil(-start / down)));
      const outside = Math.max(inside, Math.min(blocks, Math.floor((from.length - tapsPerPhase - start) / down) + 1));
      sums.fill(0);
      for (let k = 0; k < tapsPerPhase; k += TAPS_AT_ONCE) {
        addTaps(taps, row + k, from, start + k + inside * down, down, sums, inside, outside);
      }
      for (let b = 0; b < inside; b++) sums[b] = sumAtEdge(taps, row, tapsPerPhase, from, start + b * down);
      for (let b = outside; b < blocks; b++) sums[b] = sumAtEdge(taps, row, tapsPerPhase, from, start + b * down);
      for (let b = 0, i = first * up + phase; b < blocks; b++, i += up) to[i] = sums[b]!;
    }
  }
}

const TAPS_AT_ONCE = 8;

/** Adds eight of the taps of a phase to the sums of blocks [inside, outside); the first of them begins at `start`. */
function addTaps(
  taps: Float64Array,
  tap: number,
  from: Float32Array | Float64Array,
  start: number,
  down: number,
  sums: Float64Array,
  inside: number,
  outside: number,
): void {
  const tap0 = taps[tap]!;
  const tap1 = taps[tap + 1]!;
  const tap2 = taps[tap + 2]!;
  const tap3 = taps[tap + 3]!;
  const tap4 = taps[tap + 4]!;
  const tap5 = taps[tap + 5]!;
  const tap6 = taps[tap + 6]!;
  const tap7 = taps[tap + 7]!;
  for (let b = inside, x = start; b < outside; b++, x += down) {
    const low = tap0 * from[x]! + tap1 * from[x + 1]! + (tap2 * from[x + 2]! + tap3 * from[x + 3]!);
    const high = tap4 * from[x + 4]! + tap5 * from[x + 5]! + (tap6 * from[x + 6]! + tap7 * from[x + 7]!);
    sums[b]! += low + high;
  }
}

/** The sum of one output sample, where the signal begins or ends. */
function sumAtEdge(
  taps: Float64Array,
  row: number,
  tapsPerPhase: number,
  from: Float32Array | Float64Array,
  start: number,
): number {
  const end = Math.min(tapsPerPhase, from.length - start);
  let sum = 0;
  for (let k = Math.max(0, -start); k < end; k++) sum += taps[row + k]! * from[start + k]!;
  return sum;
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
