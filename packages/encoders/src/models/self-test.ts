import ndarray from "ndarray";
import { seededUniform } from "../audio/seeded-random.ts";
import { withPlainOperations } from "../backend/fused-kernels.ts";
import type { TowerOutput, Waveform } from "../two-tower.ts";
import type { LoadedTwoTower } from "./load.ts";
import { TwoTowerModel } from "./two-tower-model.ts";

/** Largest difference of joint vectors, which have length 1. The same bound holds for this package against PyTorch. */
export const JOINT_TOLERANCE = 5e-6;
/** Largest difference of pre-joint vectors, as a share of their largest value. The same bound holds against PyTorch. */
export const PRE_JOINT_TOLERANCE = 2e-5;

/** One thing that a self-test looked at. */
export interface SelfTestResult {
  /** What was compared, as a sentence: "audio alone and in a batch: joint". */
  readonly what: string;
  /** Largest difference that was seen. */
  readonly difference: number;
  /** Largest difference that is rounding. */
  readonly tolerance: number;
  readonly passed: boolean;
}

/** Options of `selfTest`. */
export interface SelfTestOptions {
  /** The same checkpoint on another backend, to be compared too. */
  readonly other?: LoadedTwoTower | undefined;
  /** Called with each comparison before it is made. */
  readonly onProgress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

const TEXTS = ["A violin track", "", "Slow and solemn music for a large choir in a cathedral, with an organ behind it"];

/**
 * Whether a loaded model computes here what it should: that its rows come out the same a second time, alone and in a batch, by
 * our kernels and by plain operations of TensorFlow.js, and on another backend. Made of sound and text of its own; it finds a
 * kernel or processor that computes wrongly, and says nothing about how good the model is.
 * @returns one row for each comparison of audio, and of text when the model has a tokenizer
 */
export async function selfTest(
  model: LoadedTwoTower,
  options: SelfTestOptions = {},
): Promise<readonly SelfTestResult[]> {
  const { other, onProgress, signal } = options;
  const settings = signal === undefined ? {} : { signal };
  const clips = [Math.ceil(model.clipSamples / 3), model.clipSamples].map((length, i) => chirp(length, model, i));
  const towers: { what: string; embed: (of: LoadedTwoTower, rows?: readonly number[]) => Promise<TowerOutput> }[] = [
    {
      what: "audio",
      embed: (of, rows = [0, 1]) =>
        of.encodeAudio(
          rows.map((row) => clips[row]!),
          settings,
        ),
    },
  ];
  if (model.tokenizer !== undefined) {
    towers.push({
      what: "text",
      embed: (of, rows = [0, 1, 2]) =>
        of.encodeText(
          rows.map((row) => TEXTS[row]!),
          settings,
        ),
    });
  }
  const results: SelfTestResult[] = [];
  for (const { what, embed } of towers) {
    onProgress?.(`${what} a first time`);
    const reference = await embed(model);
    results.push(unitLength(what, reference));
    const against = async (how: string, tolerate: number, output: () => Promise<TowerOutput>) => {
      onProgress?.(`${what} ${how}`);
      results.push(...compared(`${what} ${how}`, reference, await output(), tolerate));
    };
    await against("a second time", 0, () => embed(model));
    await against("alone and in a batch", 1, async () => firstRowReplaced(reference, await embed(model, [0])));
    // Worker threads have kernels of their own, which are not switched off from here.
    if (model instanceof TwoTowerModel) {
      await against("by plain operations", 1, () => withPlainOperations(() => embed(model)));
    }
    if (other !== undefined) await against(`on ${other.backendName}`, 1, () => embed(other));
  }
  return results;
}

/** A rising tone with noise and a gap of digital silence, the same each time. */
function chirp(length: number, { sampleRate }: LoadedTwoTower, seed: number): Waveform {
  const samples = Float32Array.from({ length }, (_, i) => {
    const t = i / sampleRate;
    return 0.4 * Math.sin(2 * Math.PI * (110 * t + 300 * t * t)) + 0.05 * (2 * seededUniform(seed * length + i) - 1);
  });
  samples.fill(0, Math.floor(length / 3), Math.floor(length / 2));
  return { samples, sampleRate };
}

function unitLength(what: string, { joint: { data, shape } }: TowerOutput): SelfTestResult {
  const [count, width] = shape as [number, number];
  let difference = 0;
  for (let row = 0; row < count; row++) {
    const squares = data.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value * value, 0);
    difference = Math.max(difference, Math.abs(Math.sqrt(squares) - 1));
  }
  return result(`${what}: joint vectors have length 1`, difference, JOINT_TOLERANCE);
}

/** @param tolerate - 1 for the tolerances of rounding, 0 for equality */
function compared(what: string, a: TowerOutput, b: TowerOutput, tolerate: number): SelfTestResult[] {
  const scale = a.preJoint.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return [
    result(`${what}: pre-joint`, difference(a.preJoint.data, b.preJoint.data) / scale, tolerate * PRE_JOINT_TOLERANCE),
    result(`${what}: joint`, difference(a.joint.data, b.joint.data), tolerate * JOINT_TOLERANCE),
  ];
}

function result(what: string, difference: number, tolerance: number): SelfTestResult {
  return { what, difference, tolerance, passed: difference <= tolerance };
}

function difference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

/** The whole of a batch, with the row of one input in the place of the first. */
function firstRowReplaced(whole: TowerOutput, alone: TowerOutput): TowerOutput {
  const replaced = ({ data, shape }: TowerOutput["joint"], row: TowerOutput["joint"]) => {
    const copy = data.slice();
    copy.set(row.data);
    return ndarray(copy, shape);
  };
  return { preJoint: replaced(whole.preJoint, alone.preJoint), joint: replaced(whole.joint, alone.joint) };
}
