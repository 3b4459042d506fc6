import { lazySimdModule, MemoryPlan, reserve, type SimdModule } from "../audio/simd-module.ts";
import { wasmBase64 } from "./log-mel.wasm.ts";
import type { MelBank } from "./mel-bank.ts";
import { frameCount, hann, powerScale, type StftConfig } from "./stft.ts";

/** What assembly/log-mel.ts exports; numbers are addresses and counts, if not named otherwise. */
interface LogMelExports {
  windowFrames(a: number, b: number, window: number, length: number, work: number): void;
  transform(work: number, half: number, twiddles: number): void;
  power(work: number, split: number, bins: number, scale: number, to: number): void;
  weigh(powers: number, filters: number, melBins: number, weights: number, to: number): void;
  decibels(powers: number, melBins: number, least: number, a: number, b: number, loudest: number): number;
}

const logMelModule = lazySimdModule<LogMelExports>(wasmBase64);

type Samples = Float32Array | Float64Array;

/**
 * Writes the power spectra of all frames into `data`, row-major [frames, fftLength / 2 + 1]; false, with nothing done, without
 * SIMD. The samples are enough and finite.
 */
export function simdPowerSpectra(samples: Samples, config: StftConfig, data: Float64Array): boolean {
  const module = logMelModule();
  if (module === undefined) return false;
  const bins = config.fftLength / 2 + 1;
  const plan = planFor(module, config, undefined);
  const pairs = new Float64Array(module.memory.buffer, plan.powersAt, 2 * bins);
  forEachPair(module, plan, samples, config, bins, (a, b) => {
    for (let k = 0; k < bins; k++) {
      data[a * bins + k] = pairs[2 * k]!;
      data[b * bins + k] = pairs[2 * k + 1]!;
    }
  });
  return true;
}

/**
 * Writes the decibels of all frames into `data`, row-major [frames, melBins], and returns the greatest of them before it was
 * rounded; undefined, with nothing done, without SIMD. The samples are enough and finite.
 * @param leastPower - what smaller powers are raised to
 */
export function simdLogMel(
  samples: Samples,
  config: StftConfig,
  bank: MelBank,
  leastPower: number,
  data: Float32Array,
): number | undefined {
  const module = logMelModule();
  if (module === undefined) return undefined;
  const { exports, memory } = module;
  const { melBins } = bank;
  const plan = planFor(module, config, bank);
  const { powersAt, filtersAt, weightsAt, weighedAt, rowsAt } = plan;
  const rows = new Float32Array(memory.buffer, rowsAt, plan.framesAtOnce * melBins);
  let loudest = Number.NEGATIVE_INFINITY;
  const visit = (a: number, b: number, first: number) => {
    exports.weigh(powersAt, filtersAt, melBins, weightsAt, weighedAt);
    const rowOf = (frame: number) => rowsAt + 4 * melBins * (frame - first);
    loudest = exports.decibels(weighedAt, melBins, leastPower, rowOf(a), rowOf(b), loudest);
  };
  forEachPair(module, plan, samples, config, plan.binsInUse, visit, (first, count) => {
    data.set(rows.subarray(0, count * melBins), first * melBins);
  });
  return loudest;
}

/** Goes through the frames, block by block; two frames at a time become powers. An odd one out is both of its pair. */
function forEachPair(
  { exports, memory }: SimdModule<LogMelExports>,
  { framesAtOnce, samplesAt, windowAt, workAt, twiddlesAt, splitAt, powersAt }: Plan,
  samples: Samples,
  config: StftConfig,
  bins: number,
  visit: (a: number, b: number, firstOfBlock: number) => void,
  finishBlock: (first: number, count: number) => void = () => {},
): void {
  const { fftLength, hopLength } = config;
  const half = fftLength / 2;
  const frames = frameCount(samples.length, config);
  // The spectra come without the half of each sum and difference that they are made of.
  const scale = powerScale(config) / 4;
  for (let first = 0; first < frames; first += framesAtOnce) {
    const count = Math.min(framesAtOnce, frames - first);
    const block = new Float64Array(memory.buffer, samplesAt, (count - 1) * hopLength + fftLength);
    copyReflected(samples, first * hopLength - half, block);
    for (let a = 0; a < count; a += 2) {
      const b = Math.min(a + 1, count - 1);
      const addressOf = (frame: number) => samplesAt + 8 * frame * hopLength;
      exports.windowFrames(addressOf(a), addressOf(b), windowAt, fftLength, workAt);
      exports.transform(workAt, half, twiddlesAt);
      exports.power(workAt, splitAt, bins, scale, powersAt);
      visit(first + a, first + b, first);
    }
    finishBlock(first, count);
  }
}

/** Copies the samples from `start` on, reflected where there are none. */
function copyReflected(samples: Samples, start: number, to: Float64Array): void {
  const n = samples.length;
  const first = Math.max(0, start);
  const end = Math.min(n, start + to.length);
  to.set(samples.subarray(first, end), first - start);
  for (let at = start; at < first; at++) to[at - start] = samples[-at]!;
  for (let at = end; at < start + to.length; at++) to[at - start] = samples[2 * (n - 1) - at]!;
}

/** Samples of one block of frames: 128 KiB, a part of the processor's second cache. */
const SAMPLES_AT_ONCE = 2 ** 14;
/** Bounds the rows of a block where frames follow each other closely. */
const MAX_FRAMES_AT_ONCE = 2 ** 8;

/** Where everything is in the memory, for transforms of one length, one hop and one bank. */
interface Plan {
  readonly fftLength: number;
  readonly hopLength: number;
  readonly bank: MelBank | undefined;
  readonly framesAtOnce: number;
  /** How many of the lowest bins any filter reads. */
  readonly binsInUse: number;
  readonly samplesAt: number;
  readonly windowAt: number;
  readonly twiddlesAt: number;
  readonly splitAt: number;
  readonly workAt: number;
  readonly powersAt: number;
  readonly filtersAt: number;
  readonly weightsAt: number;
  readonly weighedAt: number;
  readonly rowsAt: number;
}

/** The one whose tables are in the memory: a program has one front-end, rarely two. */
let current: Plan | undefined;

function planFor(
  { memory }: SimdModule<LogMelExports>,
  { fftLength, hopLength }: StftConfig,
  bank: MelBank | undefined,
): Plan {
  if (current?.fftLength === fftLength && current.hopLength === hopLength && current.bank === bank) return current;
  // Until all tables are written there is no plan.
  current = undefined;
  const half = fftLength / 2;
  const framesThatFit = Math.floor((SAMPLES_AT_ONCE - fftLength) / hopLength) + 1;
  const framesAtOnce = Math.min(Math.max(1, framesThatFit), MAX_FRAMES_AT_ONCE);
  const melBins = bank?.melBins ?? 0;
  const weights = bank?.weights ?? [];
  const twiddles = twiddlesOf(half);
  const places = new MemoryPlan();
  const plan: Plan = {
    fftLength,
    hopLength,
    bank,
    framesAtOnce,
    binsInUse: Math.max(1, ...weights.map((filter, m) => (filter.length === 0 ? 0 : bank!.starts[m]! + filter.length))),
    samplesAt: places.take(8 * ((framesAtOnce - 1) * hopLength + fftLength)),
    windowAt: places.take(8 * fftLength),
    twiddlesAt: places.take(8 * twiddles.length),
    splitAt: places.take(SPLIT_BYTES * (half + 1)),
    workAt: places.take(COMPLEX_PAIR_BYTES * half),
    powersAt: places.take(16 * (half + 1)),
    filtersAt: places.take(8 * melBins),
    weightsAt: places.take(8 * weights.reduce((sum, filter) => sum + filter.length, 0)),
    weighedAt: places.take(16 * melBins),
    rowsAt: places.take(4 * framesAtOnce * melBins),
  };
  reserve(memory, places.bytes);
  const doubles = new Float64Array(memory.buffer);
  doubles.set(hann(fftLength), plan.windowAt / 8);
  doubles.set(twiddles, plan.twiddlesAt / 8);
  writeSplit(new DataView(memory.buffer, plan.splitAt), fftLength);
  const filters = new Uint32Array(memory.buffer, plan.filtersAt, 2 * melBins);
  let at = plan.weightsAt / 8;
  for (const [m, filter] of weights.entries()) {
    filters.set([bank!.starts[m]!, filter.length], 2 * m);
    doubles.set(filter, at);
    at += filter.length;
  }
  current = plan;
  return plan;
}

/** For each pass of radix 4, shape [count / 4, 6]: cosine and sine of -2 pi p / count, of twice and thrice that. */
function twiddlesOf(half: number): number[] {
  const twiddles: number[] = [];
  for (let count = half; count > 8; count /= 4) {
    for (let p = 0; p < count / 4; p++) {
      for (let times = 1; times <= 3; times++) {
        const angle = (-2 * Math.PI * p * times) / count;
        twiddles.push(Math.cos(angle), Math.sin(angle));
      }
    }
  }
  return twiddles;
}

const COMPLEX_PAIR_BYTES = 32;
const SPLIT_BYTES = 24;

/** For each bin: where its complex number and that of its mirror image are, and cosine and sine of -2 pi k / fftLength. */
function writeSplit(view: DataView, fftLength: number): void {
  const half = fftLength / 2;
  for (let k = 0; k <= half; k++) {
    const angle = (-2 * Math.PI * k) / fftLength;
    view.setUint32(SPLIT_BYTES * k, COMPLEX_PAIR_BYTES * placeOf(k % half, half), true);
    view.setUint32(SPLIT_BYTES * k + 4, COMPLEX_PAIR_BYTES * placeOf((half - k) % half, half), true);
    view.setFloat64(SPLIT_BYTES * k + 8, Math.cos(angle), true);
    view.setFloat64(SPLIT_BYTES * k + 16, Math.sin(angle), true);
  }
}

/** Where the passes of radix 4 leave result k: its lowest digit chooses the quarter, and so on within it. */
function placeOf(k: number, half: number): number {
  let place = 0;
  let digits = k;
  let count = half;
  for (; count > 8; count /= 4) {
    place += (digits % 4) * (count / 4);
    digits = Math.floor(digits / 4);
  }
  return place + digits;
}
