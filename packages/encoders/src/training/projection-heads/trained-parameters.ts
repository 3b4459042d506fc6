import { minimum, scalar, type Tensor, type Variable, variable } from "@tensorflow/tfjs-core";
import type { Backend } from "../../backend/backend.ts";
import type { NamedArray } from "../../checkpoint/named-array.ts";
import { AdamW, type AdamWOptions } from "../adam-w.ts";
import { TrainingDivergedError } from "../errors.ts";
import { type Signal, Tape } from "../tape.ts";

/** Parameters by their names; matrices as layers take them, [in, out], the transpose of what is stored. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** What a forward pass came to. */
export interface Pass {
  readonly loss: number;
  /** What the loss was made of, with its gradients. */
  readonly outputs: readonly (readonly [Signal, Tensor])[];
  /** The gradient of `logit_scale`, which is not on the tape. */
  readonly scaleGradient?: number;
}

/** The logarithm of what cosines are multiplied by: by 100 at most, as in CLIP. */
export const LOGIT_SCALE = "logit_scale";
const MAX_LOG_SCALE = Math.log(100);

/** A few parameters on a backend that follow a loss downhill by AdamW. */
export class TrainedParameters {
  readonly #backend: Backend;
  readonly #learningRate: number;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #variables: Readonly<Record<string, Variable>>;
  readonly #optimiser: AdamW;

  /** @param arrays - as they are stored, matrices [out, in] */
  constructor(backend: Backend, arrays: readonly NamedArray[], options: AdamWOptions) {
    this.#backend = backend;
    this.#learningRate = options.learningRate;
    this.#shapes = new Map(arrays.map(({ name, shape }) => [name, shape]));
    this.#variables = Object.fromEntries(arrays.map((array) => [array.name, variableOf(backend, array)]));
    this.#optimiser = new AdamW(backend, Object.values(this.#variables), options);
  }

  /**
   * One step down the loss.
   * @param forward - runs inside of `Backend.run`
   * @returns the loss before the step
   * @throws {TrainingDivergedError} when it is not finite
   */
  step(forward: (tape: Tape, parameters: Parameters) => Pass): number {
    let before = Number.NaN;
    this.#backend.run(() => {
      const tape = new Tape();
      const { loss, outputs, scaleGradient } = forward(tape, this.#variables);
      if (!Number.isFinite(loss)) throw this.diverged(`the loss is ${loss}`);
      before = loss;
      const gradients = tape.backward(outputs);
      const scale = this.#variables[LOGIT_SCALE];
      if (scale !== undefined) gradients.set(scale, scalar(scaleGradient!));
      this.#optimiser.apply(gradients, this.#learningRate);
      scale?.assign(minimum(scale, MAX_LOG_SCALE));
    });
    return before;
  }

  /** The error that says that the next step cannot be made. */
  diverged(why: string): TrainingDivergedError {
    return new TrainingDivergedError(this.#optimiser.step + 1, `training has diverged, ${why}`);
  }

  /** The values now, as they are stored. */
  read(): NamedArray[] {
    return [...this.#shapes].map(([name, shape]) => {
      let values = new Float32Array();
      this.#backend.run(() => {
        values = Float32Array.from(this.#variables[name]!.dataSync());
      });
      return { name, shape, values: shape.length === 2 ? transposed(values, shape[1]!, shape[0]!) : values };
    });
  }

  dispose(): void {
    this.#optimiser.dispose();
    for (const each of Object.values(this.#variables)) each.dispose();
  }
}

function variableOf(backend: Backend, { values, shape }: NamedArray): Variable {
  // A copy: a backend may keep the array that it is given.
  const copy = Float32Array.from(values as Float32Array);
  const [rows, columns] = shape as [number, number];
  const initial =
    shape.length === 2 ? backend.upload(transposed(copy, rows, columns), [columns, rows]) : backend.upload(copy, shape);
  const trained = variable(initial);
  initial.dispose();
  return trained;
}

/** A matrix [rows, columns] as [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!;
  return result;
}
