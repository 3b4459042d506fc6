import type { Tensor } from "@tensorflow/tfjs-core";
import type { Backend } from "../backend/backend.ts";
import type { ReadOptions } from "../bytes/byte-source.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Parameter } from "../layers/parameters.ts";
import { NonFiniteWeightError } from "./errors.ts";
import type { ModelPlan } from "./model-family.ts";
import { inLayout, readStored } from "./read-parameters.ts";

/** Options of a `WeightReader`. */
export interface WeightReaderOptions extends ReadOptions {
  /** Called after each parameter with the bytes read and to be read, counted as float32. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Brings the parameters of a plan from a checkpoint to a backend, one at a time, and looks at their values on the way. */
export class WeightReader {
  /** Names of parameters whose values are all zero; biases may be, and are not listed. */
  readonly zeroParameters: string[] = [];
  readonly #checkpoint: Checkpoint;
  readonly #plan: ModelPlan;
  readonly #backend: Backend;
  readonly #options: WeightReaderOptions;
  readonly #tensors: Tensor[] = [];
  readonly #total: number;
  #done = 0;

  constructor(checkpoint: Checkpoint, plan: ModelPlan, backend: Backend, options: WeightReaderOptions = {}) {
    this.#checkpoint = checkpoint;
    this.#plan = plan;
    this.#backend = backend;
    this.#options = options;
    this.#total = plan.parameters.reduce((sum, { shape }) => sum + bytesOf(shape), 0);
  }

  /**
   * A parameter as a tensor, in the layout that its tower wants.
   * @throws {NonFiniteWeightError} when a value is NaN or infinite
   */
  async read(wanted: Parameter): Promise<Tensor> {
    const { signal, onProgress } = this.#options;
    signal?.throwIfAborted();
    const stored = await readStored(this.#checkpoint, wanted, this.#plan.names, { signal });
    this.#inspect(wanted, stored);
    const { values, shape } = inLayout(stored, wanted);
    const loaded = this.#backend.upload(values, shape);
    this.#tensors.push(loaded);
    this.#done += bytesOf(wanted.shape);
    onProgress?.(this.#done, this.#total);
    return loaded;
  }

  /** Frees what was read, when the towers cannot be built of it. */
  dispose(): void {
    for (const loaded of this.#tensors) if (!loaded.isDisposed) loaded.dispose();
  }

  #inspect({ name }: Parameter, values: Float32Array): void {
    let zeros = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value === 0) zeros += 1;
      // x - x is 0 for a finite x, and else NaN.
      else if (value - value !== 0) {
        const place = { file: this.#checkpoint.name, tensor: name };
        throw new NonFiniteWeightError(place, `has the value ${value} at element ${i}; the checkpoint is damaged`);
      }
    }
    if (zeros === values.length && zeros > 0 && !name.endsWith("bias")) this.zeroParameters.push(name);
  }
}

function bytesOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 4);
}
