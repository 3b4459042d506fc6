/** Zero crossings of the sinc on each side: torchaudio's `lowpass_filter_width`. */
const ZERO_CROSSINGS = 6;
/** Cut-off as a share of the lower Nyquist frequency: torchaudio's `rolloff`. */
const ROLLOFF = 0.99;

/** A filter for one ratio: output sample b * up + p is the sum over k of taps[p, k] * x[b * down + starts[p] + k]. */
export interface PolyphaseFilter {
  readonly down: number;
  readonly up: number;
  /** First input sample of every phase, relative to its block; shape [up]. */
  readonly starts: Int32Array;
  /** Row-major [up, tapsPerPhase]. */
  readonly taps: Float64Array;
  readonly tapsPerPhase: number;
  /** How many of them can differ from zero: the first ones. */
  readonly nonZeroTaps: number;
}

/** torchaudio's filter for a ratio in lowest terms; float32 as `torchaudio.transforms.Resample` makes it. */
export function designFilter(down: number, up: number, asFloat32: boolean): PolyphaseFilter {
  const cutoff = Math.min(down, up) * ROLLOFF;
  const reach = (ZERO_CROSSINGS * down) / cutoff;
  // torchaudio evaluates every phase at 2 * ceil(reach) + down places; all but these are outside of the window. They
  // are used eight by eight, for which zeros fill up the last eight.
  const nonZeroTaps = Math.floor(2 * reach) + 1;
  const tapsPerPhase = Math.ceil(nonZeroTaps / TAPS_AT_ONCE) * TAPS_AT_ONCE;
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
  return { down, up, starts, taps, tapsPerPhase, nonZeroTaps };
}

function windowedSinc(t: number): number {
  if (t === 0) return 1;
  return (Math.sin(Math.PI * t) / (Math.PI * t)) * Math.cos((Math.PI * t) / ZERO_CROSSINGS / 2) ** 2;
}

/** Input samples that are gone through once for each phase; they stay in the processor's cache meanwhile. */
const CACHED_SAMPLES = 2 ** 13;

/**
 * Applies a filter, in plain JavaScript.
 *
 * One phase after the other: its taps stay in registers while the blocks go by, which is three times as fast as one output
 * sample after the other.
 */
export function applyFilter(
  filter: PolyphaseFilter,
  from: Float32Array | Float64Array,
  to: Float32Array | Float64Array,
): void {
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
