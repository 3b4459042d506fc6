import type { PolyphaseFilter } from "./polyphase.ts";
import { lazySimdModule, MemoryPlan, reserve, type SimdModule } from "./simd-module.ts";
import { wasmBase64 } from "./waveform.wasm.ts";

/** What assembly/waveform.ts exports; numbers are addresses and counts. */
interface WaveformExports {
  anyNotFinite(samples: number, n: number): number;
  scale(samples: number, n: number, factor: number): void;
  rescale(samples: number, n: number, toIntegers: number, fromIntegers: number): void;
  meanOfPairs(samples: number, n: number): void;
  quantise(samples: number, n: number): number;
  resample(
    x: number,
    starts: number,
    taps: number,
    tapCount: number,
    up: number,
    down: number,
    blocks: number,
    to: number,
  ): void;
}

const waveformModule = lazySimdModule<WaveformExports>(wasmBase64);

/** Samples that are copied into the module at once: with what becomes of them they stay in the processor's second cache. */
const CHUNK = 2 ** 14;
/** The chunk is at address 0, what resampling needs behind it. */
const CHUNK_BYTES = 4 * CHUNK;

/** Whether any sample is NaN or infinite; undefined without SIMD. */
export function simdAnyNotFinite(samples: Float32Array): boolean | undefined {
  const module = waveformModule();
  if (module === undefined) return undefined;
  const { exports } = module;
  return inChunks(module, samples, 1, (n) => exports.anyNotFinite(0, n) === 1);
}

/** Multiplies all samples in place; false, with nothing done, without SIMD. */
export function simdScale(samples: Float32Array, factor: number): boolean {
  const module = waveformModule();
  if (module === undefined) return false;
  inChunks(module, samples, 1, (n, chunk, at) => {
    module.exports.scale(0, n, factor);
    samples.set(chunk, at);
  });
  return true;
}

/** Multiplies all samples, rounds them to integers and multiplies those, in place; false, with nothing done, without SIMD. */
export function simdRescale(samples: Float32Array, toIntegers: number, fromIntegers: number): boolean {
  const module = waveformModule();
  if (module === undefined) return false;
  inChunks(module, samples, 1, (n, chunk, at) => {
    module.exports.rescale(0, n, toIntegers, fromIntegers);
    samples.set(chunk, at);
  });
  return true;
}

/** Writes the mean of each two samples that follow each other; false, with nothing done, without SIMD. */
export function simdMeanOfPairs(pairs: Float32Array, to: Float32Array): boolean {
  const module = waveformModule();
  if (module === undefined) return false;
  inChunks(module, pairs, 2, (n, chunk, at) => {
    module.exports.meanOfPairs(0, n / 2);
    to.set(chunk.subarray(0, chunk.length / 2), at / 2);
  });
  return true;
}

/** Writes what `quantise` makes of the samples; false when one of them is not finite, and without SIMD. */
export function simdQuantise(samples: Float32Array, to: Float32Array): boolean {
  const module = waveformModule();
  if (module === undefined) return false;
  const stopped = inChunks(module, samples, 1, (n, chunk, at) => {
    const found = module.exports.quantise(0, n) === 1;
    to.set(chunk, at);
    return found;
  });
  return !stopped;
}

/**
 * Copies a signal into the module chunk by chunk; `visit` gets the length of the chunk in the module, which is a multiple of
 * four of its groups, and the part of it that has samples. Stops where it returns true.
 */
function inChunks(
  { memory }: SimdModule<WaveformExports>,
  samples: Float32Array,
  group: number,
  // biome-ignore lint/suspicious/noConfusingVoidType: most visitors return nothing
  visit: (n: number, chunk: Float32Array, at: number) => boolean | void,
): boolean {
  reserve(memory, CHUNK_BYTES);
  const room = new Float32Array(memory.buffer, 0, CHUNK);
  const step = 4 * group;
  for (let at = 0; at < samples.length; at += CHUNK) {
    const length = Math.min(CHUNK, samples.length - at);
    const whole = Math.ceil(length / step) * step;
    room.set(samples.subarray(at, at + length));
    room.fill(0, length, whole);
    if (visit(whole, room.subarray(0, length), at) === true) return true;
  }
  return false;
}

/** Samples that are read or made between two copies, whichever are more. */
const SAMPLES_AT_ONCE = 2 ** 14;
/** 8 MB. The memory of a module never shrinks, so a larger filter stays outside. */
const MAX_TAPS = 2 ** 20;
/** Blocks that the module makes at once. */
const BLOCKS = 4;

/** Where a filter and its signals are in the memory. */
interface FilterPlan {
  readonly filter: PolyphaseFilter;
  readonly tapCount: number;
  readonly blocks: number;
  readonly firstStart: number;
  readonly inputs: number;
  readonly startsAt: number;
  readonly tapsAt: number;
  readonly xAt: number;
  readonly toAt: number;
}

let plan: FilterPlan | undefined;

/** Applies a filter; false, with nothing done, without SIMD or when the filter is too large. */
export function simdResample(filter: PolyphaseFilter, from: Float32Array, to: Float32Array): boolean {
  const module = waveformModule();
  if (module === undefined || filter.taps.length > MAX_TAPS) return false;
  const { exports, memory } = module;
  if (plan?.filter !== filter) plan = loadFilter(memory, filter);
  const { tapCount, blocks, firstStart, inputs, xAt, startsAt, tapsAt, toAt } = plan;
  const { down, up } = filter;
  const x = new Float64Array(memory.buffer, xAt, inputs);
  const resampled = new Float32Array(memory.buffer, toAt, blocks * up);
  for (let block = 0; block * up < to.length; block += blocks) {
    const start = block * down + firstStart;
    const first = Math.max(0, start);
    const end = Math.max(first, Math.min(from.length, start + inputs));
    // Outside of its samples the signal is zero.
    x.fill(0, 0, first - start);
    x.set(from.subarray(first, end), first - start);
    x.fill(0, end - start);
    const wanted = Math.min(blocks * up, to.length - block * up);
    const needed = Math.ceil(wanted / up / BLOCKS) * BLOCKS;
    exports.resample(xAt, startsAt, tapsAt, tapCount, up, down, needed, toAt);
    to.set(resampled.subarray(0, wanted), block * up);
  }
  return true;
}

function loadFilter(memory: WebAssembly.Memory, filter: PolyphaseFilter): FilterPlan {
  const { down, up, starts, taps, tapsPerPhase, nonZeroTaps } = filter;
  const tapCount = Math.ceil(nonZeroTaps / 2) * 2;
  const blocks = Math.max(1, Math.round(SAMPLES_AT_ONCE / Math.max(up, down) / BLOCKS)) * BLOCKS;
  // Starts ascend with the phase.
  const firstStart = starts[0]!;
  const inputs = (blocks - 1) * down + starts[up - 1]! - firstStart + tapCount;
  const places = new MemoryPlan();
  places.take(CHUNK_BYTES);
  const startsAt = places.take(4 * up);
  const tapsAt = places.take(8 * up * tapCount);
  const xAt = places.take(8 * inputs);
  const toAt = places.take(4 * blocks * up);
  reserve(memory, places.bytes);
  new Int32Array(memory.buffer, startsAt, up).set(starts.map((start) => 8 * (start - firstStart)));
  const rows = new Float64Array(memory.buffer, tapsAt, up * tapCount);
  for (let p = 0; p < up; p++) {
    rows.set(taps.subarray(p * tapsPerPhase, p * tapsPerPhase + tapCount), p * tapCount);
  }
  return { filter, tapCount, blocks, firstStart, inputs, xAt, startsAt, tapsAt, toAt };
}
