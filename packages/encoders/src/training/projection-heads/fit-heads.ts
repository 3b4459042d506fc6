import { exp, matMul, mul, relu as reluOf, step, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import type { NdArray } from "ndarray";
import type { Backend } from "../../backend/backend.ts";
import type { NamedArray } from "../../checkpoint/named-array.ts";
import type { AdamWOptions } from "../adam-w.ts";
import { linear } from "../differentiable/linear.ts";
import { unitRows } from "../differentiable/rows.ts";
import type { TrainingDivergedError } from "../errors.ts";
import { RandomStream } from "../random-stream.ts";
import type { Signal, Tape } from "../tape.ts";
import { projectRows } from "./apply-heads.ts";
import { TrainingDataError } from "./errors.ts";
import { labelContrastiveLoss } from "./label-contrastive-loss.ts";
import { type Matrix, readMatrix, requireDirections, rowsOf, rowWithoutDirection } from "./matrix.ts";
import { impossible, requireAtLeastZero, requireOneOf, requirePositive, requireWhole } from "./option-checks.ts";
import { permutation } from "./permutation.ts";
import {
  HEAD_KINDS,
  type HeadKind,
  type HeadSizes,
  type HeadTower,
  headedTowers,
  headName,
  headShapes,
  MAPPING_NAMES,
  type MappingName,
  type ProjectionHeads,
} from "./projection-heads.ts";
import { LOGIT_SCALE, type Parameters, TrainedParameters } from "./trained-parameters.ts";

/** Pre-joint embeddings of clips and texts, and which belong together. */
export interface EmbeddingPairs {
  /** Shape [clips, audio size]. */
  readonly audio: NdArray;
  /** Shape [texts, text size]. */
  readonly text: NdArray;
  /**
   * The label of each clip and of each text; a clip belongs to every text of its label. Left out: clip i belongs to text i, and
   * to no other.
   */
  readonly labels?: { readonly audio: ArrayLike<number>; readonly text: ArrayLike<number> };
}

/** How heads are fitted. Everything but the mapping has a default. */
export interface FitHeadsOptions {
  readonly mapping: MappingName;
  /** Default "linear". */
  readonly head?: HeadKind;
  /** Dimension of the space, where both towers are mapped; it is a tower's own otherwise. Default 512. */
  readonly embedDim?: number;
  /** Of an MLP: values between its layers. Default: the dimension of the space, as in LAION-CLAP. */
  readonly hidden?: number;
  /** How often each clip is seen. Default 20. */
  readonly epochs?: number;
  /** Clips in a step at most; an epoch is parted evenly. Default 256. */
  readonly batchSize?: number;
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Of the weights, not of biases and the temperature. Default 0.01. */
  readonly weightDecay?: number;
  /** What cosines are divided by at first; it is learned, and stays at least 0.01. Default 0.07. */
  readonly temperature?: number;
  /** Weights, batches and the choice among the texts of a label follow from it. Default 0. */
  readonly seed?: number;
  /** Called after each epoch, counted from 1, with its mean loss. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
  /** Stops between two epochs: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Heads, and how the loss went. */
export interface FittedHeads extends ProjectionHeads {
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
}

/** The defaults of `FitHeadsOptions`, where they are numbers. */
export const FIT_HEADS_DEFAULTS = {
  head: "linear",
  embedDim: 512,
  epochs: 20,
  batchSize: 256,
  learningRate: 0.001,
  weightDecay: 0.01,
  temperature: 0.07,
  seed: 0,
} as const;

/** AdamW's other numbers are PyTorch's defaults; biases and the temperature do not decay. */
export const DESCENT = { betas: [0.9, 0.999], epsilon: 1e-8, decayAll: false } as const;

/** Fits heads on a backend; `ProjectionTraining.fitHeads` says more. */
export async function fitHeads(
  backend: Backend,
  pairs: EmbeddingPairs,
  options: FitHeadsOptions,
): Promise<FittedHeads> {
  const settings = settingsOf(options);
  const data = readPairs(pairs);
  const sizes = sizesOf(settings, data.audio.columns, data.text.columns);
  const descent = new HeadsDescent(backend, sizes, initialArrays(sizes, settings), { ...settings, ...DESCENT });
  const losses: number[] = [];
  try {
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      await nextTurn();
      options.signal?.throwIfAborted();
      let total = 0;
      for (const batch of batchesOf(data, settings, epoch)) total += descent.step(data, batch) * batch.audio.length;
      losses.push(total / data.audio.rows);
      options.onEpoch?.(epoch, losses.at(-1)!);
    }
    const arrays = descent.read();
    const logScale = Number(arrays.find(({ name }) => name === LOGIT_SCALE)!.values[0]);
    const temperature = Math.exp(-logScale);
    const heads = { mapping: settings.mapping, ...sizes, embedDim: sizes.audio.outputs, temperature, arrays };
    for (const tower of ["audio", "text"] as const) {
      const row = rowWithoutDirection(projectRows(backend, heads, tower, data[tower]));
      // Weights can grow beyond float32 while the loss, of directions that are lost, stays finite.
      if (row !== undefined) throw descent.diverged(`row ${row} of ${tower} has no direction behind its head`);
    }
    return { ...heads, losses };
  } finally {
    descent.dispose();
  }
}

/** Rows of a batch: clip i of it and text i of it have label i of it. */
export interface HeadsBatch {
  readonly audio: ArrayLike<number>;
  readonly text: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** Heads on a backend, moved by one batch after the other. */
export class HeadsDescent {
  readonly #sizes: HeadPair;
  readonly #parameters: TrainedParameters;

  constructor(backend: Backend, sizes: HeadPair, arrays: readonly NamedArray[], options: AdamWOptions) {
    this.#sizes = sizes;
    this.#parameters = new TrainedParameters(backend, arrays, options);
  }

  /** One step. @returns the loss of the batch before it */
  step(data: { readonly audio: Matrix; readonly text: Matrix }, batch: HeadsBatch): number {
    const [clips, texts] = [rowsOf(data.audio, batch.audio), rowsOf(data.text, batch.text)];
    return this.#parameters.step((tape, parameters) => {
      const audio = project(tape, clips, "audio", this.#sizes.audio, parameters);
      const text = project(tape, texts, "text", this.#sizes.text, parameters);
      const [a, t] = [audio.value as Tensor2D, text.value as Tensor2D];
      const scale = exp(parameters[LOGIT_SCALE]!);
      const logits = mul(scale, matMul(a, t, false, true)).dataSync();
      const { loss, gradient } = labelContrastiveLoss(logits, batch.labels);
      const ofCosines = mul(scale, tensor2d(Float32Array.from(gradient), [clips.rows, texts.rows])) as Tensor2D;
      return {
        loss,
        outputs: [
          [audio, matMul(ofCosines, t)],
          [text, matMul(ofCosines, a, true, false)],
        ],
        scaleGradient: gradient.reduce((sum, slope, i) => sum + slope * logits[i]!, 0),
      };
    });
  }

  read(): NamedArray[] {
    return this.#parameters.read();
  }

  /** The error that says that no further step can be made. */
  diverged(why: string): TrainingDivergedError {
    return this.#parameters.diverged(why);
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}

interface HeadPair {
  readonly audio: HeadSizes;
  readonly text: HeadSizes;
}

/** A batch behind a tower's head: what the heads of `projection/` compute, on a tape. */
function project(
  tape: Tape,
  { rows, columns, values }: Matrix,
  tower: HeadTower,
  { kind }: HeadSizes,
  parameters: Parameters,
) {
  const x = tape.constant(tensor2d(values, [rows, columns]));
  const name = headName(tower);
  const layer = (input: Signal, part: string) => {
    const [weight, bias] = [parameters[`${name}${part}.weight`]!, parameters[`${name}${part}.bias`]];
    return linear(tape, input, { weight, ...(bias !== undefined && { bias }) });
  };
  if (kind === "identity") return unitRows(tape, x);
  return unitRows(tape, kind === "linear" ? layer(x, "") : layer(relu(tape, layer(x, ".0")), ".2"));
}

/** max(0, x). */
function relu(tape: Tape, x: Signal): Signal {
  const output: Signal = tape.apply(
    [x],
    () => ({ value: reluOf(x.value), saved: {} }),
    (dy) => [mul(dy, step(output.value))],
  );
  return output;
}

type Settings = Required<Omit<FitHeadsOptions, "onEpoch" | "signal" | "hidden">> & { readonly hidden?: number };

function settingsOf({ onEpoch: _, signal: __, ...options }: FitHeadsOptions): Settings {
  const settings = { ...FIT_HEADS_DEFAULTS, ...options };
  requireOneOf("mapping", settings.mapping, MAPPING_NAMES);
  requireOneOf("head", settings.head, HEAD_KINDS);
  requireWhole("embedDim", settings.embedDim, 1, MOST_DIMENSIONS);
  if (settings.hidden !== undefined) requireWhole("hidden", settings.hidden, 1, MOST_DIMENSIONS);
  requireWhole("epochs", settings.epochs, 1, 1e6);
  requireWhole("batchSize", settings.batchSize, 2, MOST_CLIPS_IN_A_BATCH);
  requirePositive("learningRate", settings.learningRate);
  requireAtLeastZero("weightDecay", settings.weightDecay);
  requireWhole("seed", settings.seed, 0, Number.MAX_SAFE_INTEGER);
  if (!(settings.temperature >= 0.01)) {
    throw impossible("temperature", settings.temperature, "a number of at least 0.01");
  }
  if (settings.mapping !== "into-joint-space" && options.embedDim !== undefined) {
    throw impossible("embedDim", options.embedDim, `nothing: ${settings.mapping} has the dimension of a tower`);
  }
  if (settings.head === "linear" && options.hidden !== undefined) {
    throw impossible("hidden", options.hidden, "nothing: a linear head has no hidden layer");
  }
  return settings;
}

/** Larger than any head in use; more is a slip of the pen that would take all memory. */
const MOST_DIMENSIONS = 2 ** 16;
/** Similarities of all clips with all texts of a batch are held; these take 256 MiB. */
const MOST_CLIPS_IN_A_BATCH = 2 ** 13;

function sizesOf({ mapping, head, embedDim, hidden }: Settings, audioDim: number, textDim: number): HeadPair {
  const headed = headedTowers(mapping);
  const outputs = { "into-joint-space": embedDim, "audio-into-text-space": textDim, "text-into-audio-space": audioDim }[
    mapping
  ];
  const sizes = (tower: HeadTower, inputs: number): HeadSizes => {
    if (!headed.includes(tower)) return { kind: "identity", inputs, outputs };
    return head === "linear"
      ? { kind: head, inputs, outputs }
      : { kind: head, inputs, outputs, hidden: hidden ?? outputs };
  };
  return { audio: sizes("audio", audioDim), text: sizes("text", textDim) };
}

/** Weights and biases drawn uniformly within 1 / sqrt(inputs), as PyTorch's `Linear` does. */
function initialArrays({ audio, text }: HeadPair, { temperature, seed }: Settings): NamedArray[] {
  const floats = (name: string, shape: readonly number[], values: Float32Array): NamedArray => {
    return { name, shape, values };
  };
  const weights = [...headShapes("audio", audio), ...headShapes("text", text)].map(({ name, shape, inputs }) => {
    const random = new RandomStream(seed, "weights", name);
    const length = shape.reduce((product, size) => product * size, 1);
    return floats(
      name,
      shape,
      Float32Array.from({ length }, () => (2 * random.uniform() - 1) / Math.sqrt(inputs)),
    );
  });
  return [...weights, floats(LOGIT_SCALE, [], Float32Array.of(-Math.log(temperature)))];
}

interface LabelledRows {
  readonly audio: Matrix;
  readonly text: Matrix;
  readonly labelOfClip: ArrayLike<number>;
  /** The rows of the texts of each label. */
  readonly textsOfLabel: ReadonlyMap<number, readonly number[]>;
}

function readPairs({ audio, text, labels }: EmbeddingPairs): LabelledRows {
  const [clips, texts] = [readMatrix("audio", audio), readMatrix("text", text)];
  if (labels === undefined && clips.rows !== texts.rows) {
    throw new TrainingDataError(
      `there are ${clips.rows} clips and ${texts.rows} texts; expected as many of both, or labels that say which belong together`,
    );
  }
  const labelOfClip = labels?.audio ?? Int32Array.from({ length: clips.rows }, (_, i) => i);
  const labelOfText = labels?.text ?? labelOfClip;
  for (const [name, matrix] of Object.entries({ audio: clips, text: texts })) requireDirections(name, matrix);
  requireLabels("labels.audio", labelOfClip, clips.rows);
  requireLabels("labels.text", labelOfText, texts.rows);
  const textsOfLabel = new Map<number, number[]>();
  for (let row = 0; row < texts.rows; row++) {
    const rows = textsOfLabel.get(labelOfText[row]!);
    if (rows === undefined) textsOfLabel.set(labelOfText[row]!, [row]);
    else rows.push(row);
  }
  const seen = new Set<number>();
  for (let clip = 0; clip < clips.rows; clip++) {
    const label = labelOfClip[clip]!;
    if (!textsOfLabel.has(label))
      throw new TrainingDataError(`clip ${clip} has the label ${label}, of which there is no text`);
    seen.add(label);
  }
  if (seen.size < 2) {
    throw new TrainingDataError("all clips have one label; expected at least two, or there is nothing to tell apart");
  }
  return { audio: clips, text: texts, labelOfClip, textsOfLabel };
}

function requireLabels(name: string, labels: ArrayLike<number>, rows: number): void {
  if (labels.length !== rows) throw new TrainingDataError(`${name} has ${labels.length} labels for ${rows} rows`);
  for (let i = 0; i < rows; i++) {
    if (!Number.isInteger(labels[i]))
      throw new TrainingDataError(`${name}[${i}] is ${labels[i]}, expected a whole number`);
  }
}

/** An epoch: every clip once, in random order, each with one of the texts of its label. The batches' sizes differ by one at most. */
function* batchesOf(
  { audio, labelOfClip, textsOfLabel }: LabelledRows,
  { batchSize, seed }: Settings,
  epoch: number,
): Generator<HeadsBatch> {
  const order = permutation(audio.rows, new RandomStream(seed, "clips", epoch));
  const choice = new RandomStream(seed, "texts", epoch);
  const count = Math.ceil(audio.rows / batchSize);
  for (let i = 0; i < count; i++) {
    const clips = order.subarray(Math.floor((i * audio.rows) / count), Math.floor(((i + 1) * audio.rows) / count));
    const labels = Array.from(clips, (clip) => labelOfClip[clip]!);
    const text = labels.map((label) => {
      const texts = textsOfLabel.get(label)!;
      return texts[Math.floor(choice.uniform() * texts.length)]!;
    });
    yield { audio: clips, text, labels };
  }
}

/** A turn of the event loop, so that a long fit keeps nothing else waiting for all of its time. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
