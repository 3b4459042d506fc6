import { add, matMul, mean, mul, sub, sum, type Tensor2D, tensor2d, transpose } from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import type { Backend } from "../../backend/backend.ts";
import type { NamedArray } from "../../checkpoint/named-array.ts";
import type { AdamWOptions } from "../adam-w.ts";
import { add as sumOf } from "../differentiable/elementwise.ts";
import { linear } from "../differentiable/linear.ts";
import { unitRows } from "../differentiable/rows.ts";
import type { TrainingDivergedError } from "../errors.ts";
import { RandomStream } from "../random-stream.ts";
import { type Signal, Tape } from "../tape.ts";
import { TrainingDataError } from "./errors.ts";
import { DESCENT, nextTurn } from "./fit-heads.ts";
import { type Matrix, readMatrix, requireDirections, rowWithoutDirection } from "./matrix.ts";
import { impossible, requireAtLeastZero, requireOneOf, requirePositive, requireWhole } from "./option-checks.ts";
import { permutation } from "./permutation.ts";
import { type Parameters, TrainedParameters } from "./trained-parameters.ts";
import {
  TRIPLET_LOSSES,
  type TripletBatch,
  type TripletLossName,
  type TripletLossSettings,
  tripletLoss,
} from "./triplet-loss.ts";

/**
 * A correction of a text projection: for a text with the pre-joint embedding x and the joint embedding y, both divided by their
 * lengths, y + R x, divided by its length. With R = 0 it is the model's own projection, whatever that is.
 */
export interface TextResidual {
  /** R, shape [joint size, pre-joint size]. */
  readonly weight: NdArray<Float32Array>;
}

/** The embeddings of some texts, and which of them are to be closer. */
export interface TextTriplets {
  /** The text tower's outputs, shape [texts, pre-joint size]. */
  readonly preJoint: NdArray;
  /** The model's own projections of them, shape [texts, joint size]. */
  readonly joint: NdArray;
  /** Rows; triplet i says that `positives[i]` is to be closer to `anchors[i]` than `negatives[i]` is. Each of shape [triplets]. */
  readonly anchors: ArrayLike<number>;
  readonly positives: ArrayLike<number>;
  readonly negatives: ArrayLike<number>;
}

/** How a text projection is tuned. Everything has a default. */
export interface TuneTextOptions {
  /**
   * Of a triplet whose positive is closer by `gap`, a difference of cosines. "softplus": log(1 + exp(-gap / temperature)).
   * "margin": max(0, margin - gap). Default "softplus".
   */
  readonly loss?: TripletLossName;
  /** Of "softplus". Default 0.1. */
  readonly temperature?: number;
  /** Of "margin". Default 0.2. */
  readonly margin?: number;
  /** The weight of the mean of 1 - cosine(tuned, own) over the texts, which keeps them near the model's own. Default 1. */
  readonly pull?: number;
  /** How often each triplet is seen. Default 50. */
  readonly epochs?: number;
  /** Triplets in a step at most; an epoch is parted evenly. Default 1024. */
  readonly batchSize?: number;
  /** Default 0.0003. */
  readonly learningRate?: number;
  /** Draws R towards 0, the model's own projection. Default 0.01. */
  readonly weightDecay?: number;
  /** The batches follow from it. Default 0. */
  readonly seed?: number;
  /** Called after each epoch, counted from 1, with its mean loss. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
  /** Stops between two epochs: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A correction, and how the loss went. */
export interface TunedText extends TextResidual {
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
}

/** The defaults of `TuneTextOptions`. */
export const TUNE_TEXT_DEFAULTS = {
  loss: "softplus",
  temperature: 0.1,
  margin: 0.2,
  pull: 1,
  epochs: 50,
  batchSize: 1024,
  learningRate: 0.0003,
  weightDecay: 0.01,
  seed: 0,
} as const;

/** Tunes on a backend; `ProjectionTraining.tuneText` says more. */
export async function tuneText(
  backend: Backend,
  triplets: TextTriplets,
  options: TuneTextOptions = {},
): Promise<TunedText> {
  const settings = settingsOf(options);
  const texts = readTexts(triplets);
  const count = requireTriplets(triplets, texts.preJoint.rows);
  const descent = new ResidualDescent(backend, texts, { ...settings, ...DESCENT });
  const losses: number[] = [];
  try {
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      await nextTurn();
      options.signal?.throwIfAborted();
      const order = permutation(count, new RandomStream(settings.seed, "triplets", epoch));
      const steps = Math.ceil(count / settings.batchSize);
      let total = 0;
      for (let i = 0; i < steps; i++) {
        const chosen = order.subarray(Math.floor((i * count) / steps), Math.floor(((i + 1) * count) / steps));
        const rows = (column: ArrayLike<number>) => Int32Array.from(chosen, (k) => column[k]!);
        const { anchors, positives, negatives } = triplets;
        const batch = { anchors: rows(anchors), positives: rows(positives), negatives: rows(negatives) };
        total += descent.step(batch, settings) * chosen.length;
      }
      losses.push(total / count);
      options.onEpoch?.(epoch, losses.at(-1)!);
    }
    const weight = descent.weight();
    const row = rowWithoutDirection(correctedRows(backend, texts, weight.data, weight.shape));
    // A weight can grow beyond float32 while the loss, of directions that are lost, stays finite.
    if (row !== undefined) throw descent.diverged(`text ${row} has no direction behind the correction`);
    return { weight, losses };
  } finally {
    descent.dispose();
  }
}

/** A correction on a backend, moved by one batch of triplets after the other; 0 at first. */
export class ResidualDescent {
  readonly #texts: Texts;
  readonly #parameters: TrainedParameters;

  constructor(backend: Backend, texts: Texts, options: AdamWOptions) {
    const shape = [texts.joint.columns, texts.preJoint.columns] as const;
    const zero: NamedArray = { name: RESIDUAL, shape, values: new Float32Array(shape[0] * shape[1]) };
    this.#texts = texts;
    this.#parameters = new TrainedParameters(backend, [zero], options);
  }

  /** One step. @returns the loss of the batch before it */
  step(batch: TripletBatch, settings: TripletLossSettings & { readonly pull: number }): number {
    return this.#parameters.step((tape, parameters) => {
      const { own, tuned } = corrected(tape, this.#texts, parameters);
      const y = tuned.value as Tensor2D;
      const { rows } = this.#texts.joint;
      const triplets = tripletLoss(matMul(y, y, false, true).dataSync(), rows, batch, settings);
      const ofCosines = tensor2d(Float32Array.from(triplets.gradient), [rows, rows]);
      const moved = mean(sub(1, sum(mul(y, own), 1))).dataSync()[0]!;
      // A cosine of two rows moves both of them.
      const ofTriplets = matMul(add(ofCosines, transpose(ofCosines)) as Tensor2D, y);
      return {
        loss: triplets.loss + settings.pull * moved,
        outputs: [[tuned, sub(ofTriplets, mul(own, settings.pull / rows))]],
      };
    });
  }

  /** The correction now. */
  weight(): NdArray<Float32Array> {
    const [{ values, shape }] = this.#parameters.read() as [NamedArray];
    return ndarray(values as Float32Array, [...shape]);
  }

  /** The error that says that no further step can be made. */
  diverged(why: string): TrainingDivergedError {
    return this.#parameters.diverged(why);
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}

/**
 * Applies a correction on a backend; `ProjectionTraining.applyResidual` says more.
 */
export function applyResidual(
  backend: Backend,
  { weight }: TextResidual,
  texts: Pick<TextTriplets, "preJoint" | "joint">,
): NdArray<Float32Array> {
  const read = readTexts(texts);
  const { preJoint, joint } = read;
  const residual = readMatrix("weight", weight);
  if (residual.rows !== joint.columns || residual.columns !== preJoint.columns) {
    const shapes = `[${residual.rows}, ${residual.columns}], expected [${joint.columns}, ${preJoint.columns}]`;
    throw new TrainingDataError(`weight has the shape ${shapes} for these texts`);
  }
  const tuned = correctedRows(backend, read, residual.values, [residual.rows, residual.columns]);
  const row = rowWithoutDirection(tuned);
  if (row !== undefined) throw new TrainingDataError(`joint: row ${row} has no direction behind the correction`);
  return ndarray(tuned.values, [tuned.rows, tuned.columns]);
}

/** Texts with the correction R, divided by their lengths; nothing is checked. */
function correctedRows(backend: Backend, texts: Texts, weight: Float32Array, shape: readonly number[]): Matrix {
  const { rows, columns } = texts.joint;
  const values = backend.run(() => {
    // A copy: a backend may keep the array that it is given.
    const parameters = { [RESIDUAL]: transpose(tensor2d(Float32Array.from(weight), shape as [number, number])) };
    return Float32Array.from(corrected(new Tape(), texts, parameters).tuned.value.dataSync());
  });
  return { rows, columns, values };
}

const RESIDUAL = "text_residual.weight";

/** Both forms of some texts, row by row. */
export interface Texts {
  readonly preJoint: Matrix;
  readonly joint: Matrix;
}

/** The own and the corrected projection, rows of length 1. */
function corrected(tape: Tape, { preJoint, joint }: Texts, parameters: Parameters): { own: Tensor2D; tuned: Signal } {
  const [x, own] = [preJoint, joint].map(({ rows, columns, values }) =>
    unitRows(tape, tape.constant(tensor2d(values, [rows, columns]))),
  ) as [Signal, Signal];
  const correction = linear(tape, x, { weight: parameters[RESIDUAL]! });
  return { own: own.value as Tensor2D, tuned: unitRows(tape, sumOf(tape, own, correction)) };
}

function settingsOf({ onEpoch: _, signal: __, ...options }: TuneTextOptions) {
  const settings = { ...TUNE_TEXT_DEFAULTS, ...options };
  requireOneOf("loss", settings.loss, TRIPLET_LOSSES);
  requirePositive("temperature", settings.temperature);
  requireAtLeastZero("margin", settings.margin);
  requireAtLeastZero("pull", settings.pull);
  requireWhole("epochs", settings.epochs, 1, 1e6);
  requireWhole("batchSize", settings.batchSize, 1, 2 ** 16);
  requirePositive("learningRate", settings.learningRate);
  requireAtLeastZero("weightDecay", settings.weightDecay);
  requireWhole("seed", settings.seed, 0, Number.MAX_SAFE_INTEGER);
  const idle = settings.loss === "softplus" ? "margin" : "temperature";
  if (options[idle] !== undefined) {
    throw impossible(idle, options[idle], `nothing: the loss "${settings.loss}" has none`);
  }
  return settings;
}

function readTexts({ preJoint, joint }: Pick<TextTriplets, "preJoint" | "joint">): Texts {
  const texts = { preJoint: readMatrix("preJoint", preJoint), joint: readMatrix("joint", joint) };
  for (const [name, matrix] of Object.entries(texts)) requireDirections(name, matrix);
  const [before, after] = [texts.preJoint.rows, texts.joint.rows];
  if (before === after) return texts;
  throw new TrainingDataError(`preJoint has ${before} rows, joint ${after}; row i of both is one text`);
}

function requireTriplets({ anchors, positives, negatives }: TextTriplets, rows: number): number {
  const count = anchors.length;
  if (count === 0) throw new TrainingDataError("there are no triplets; nothing can be learned");
  if (positives.length !== count || negatives.length !== count) {
    const lengths = `${count} anchors, ${positives.length} positives and ${negatives.length} negatives`;
    throw new TrainingDataError(`there are ${lengths}, expected as many of each`);
  }
  for (const [name, column] of Object.entries({ anchors, positives, negatives })) {
    for (let i = 0; i < count; i++) {
      const row = column[i]!;
      if (Number.isInteger(row) && row >= 0 && row < rows) continue;
      throw new TrainingDataError(`${name}[${i}] is ${row}, expected a row from 0 to ${rows - 1}`);
    }
  }
  return count;
}
