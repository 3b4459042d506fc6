import { concat, reshape, type Tensor, transpose } from "@tensorflow/tfjs-core";
import type { Backend } from "../backend/backend.ts";
import type { ReadOptions } from "../bytes/byte-source.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Parameter } from "../layers/parameters.ts";
import { NonFiniteWeightError } from "./errors.ts";
import type { ModelPlan } from "./model-family.ts";

/** Options of a `WeightReader`. */
export interface WeightReaderOptions extends ReadOptions {
  /** Called after each parameter with the bytes read and to be read, counted as float32. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Elements of the array that everything is read through. All but the embeddings of words fit into it: what does not is put
 * together on the backend, where the pieces are free again at once, and not when the garbage is collected.
 */
const BUFFER_ELEMENTS = 2 ** 22;

/** Brings the parameters of a plan from a checkpoint to a backend, one at a time, and looks at their values on the way. */
export class WeightReader {
  /** Names of parameters whose values are all zero; biases may be, and are not listed. */
  readonly zeroParameters: string[] = [];
  readonly #checkpoint: Checkpoint;
  readonly #plan: ModelPlan;
  readonly #backend: Backend;
  readonly #options: WeightReaderOptions;
  readonly #buffer: Float32Array<ArrayBuffer>;
  readonly #tensors: Tensor[] = [];
  readonly #total: number;
  #done = 0;

  constructor(checkpoint: Checkpoint, plan: ModelPlan, backend: Backend, options: WeightReaderOptions = {}) {
    this.#checkpoint = checkpoint;
    this.#plan = plan;
    this.#backend = backend;
    this.#options = options;
    const sizes = plan.parameters.map(({ shape }) => elementsOf(shape));
    this.#buffer = backend.buffer(Math.min(BUFFER_ELEMENTS, Math.max(1, ...sizes)));
    this.#total = 4 * sizes.reduce((sum, size) => sum + size, 0);
  }

  /**
   * A parameter as a tensor, in the layout that its tower wants. Where it is stored in several tensors, their rows follow one
   * another.
   * @throws {NonFiniteWeightError} when a value is NaN or infinite
   */
  async read(wanted: Parameter): Promise<Tensor> {
    const { signal, onProgress } = this.#options;
    const pieces: Tensor[] = [];
    try {
      let start = 0;
      let bits = 0;
      for (const name of this.#plan.names.stored(wanted.name)) {
        for await (const values of this.#checkpoint.readParts(name, this.#buffer, { signal })) {
          signal?.throwIfAborted();
          bits |= this.#bitsOf(wanted, values, start);
          pieces.push(this.#backend.upload(values, [values.length]));
          start += values.length;
        }
      }
      if ((bits & ~SIGN) === 0 && !wanted.name.endsWith("bias")) this.zeroParameters.push(wanted.name);
      const loaded = this.#backend.run(() => inLayout(joined(pieces), wanted));
      this.#tensors.push(loaded);
      this.#done += 4 * start;
      onProgress?.(this.#done, this.#total);
      return loaded;
    } finally {
      for (const piece of pieces) piece.dispose();
    }
  }

  /** Frees what was read, when the towers cannot be built of it. */
  dispose(): void {
    for (const loaded of this.#tensors) if (!loaded.isDisposed) loaded.dispose();
  }

  /** The bits that are set in any of the values. As integers: four times as fast as comparing numbers. */
  #bitsOf({ name }: Parameter, values: Float32Array, start: number): number {
    const patterns = new Int32Array(values.buffer, values.byteOffset, values.length);
    let any = 0;
    let carried = 0;
    for (let i = 0; i < patterns.length; i++) {
      any |= patterns[i]!;
      // Into the sign, when all bits of the exponent are set: those of NaN and the infinities.
      carried |= (patterns[i]! & EXPONENT) + EXPONENT_ONE;
    }
    if (carried < 0) {
      const place = { file: this.#checkpoint.name, tensor: name };
      const at = values.findIndex((value) => !Number.isFinite(value));
      const fault = `has the value ${values[at]} at element ${start + at}; the checkpoint is damaged`;
      throw new NonFiniteWeightError(place, fault);
    }
    return any;
  }
}

/** Parts of the bit pattern of a float32. */
const SIGN = 0x8000_0000;
const EXPONENT = 0x7f80_0000;
const EXPONENT_ONE = 0x0080_0000;

function joined(pieces: readonly Tensor[]): Tensor {
  return pieces.length === 1 ? pieces[0]! : concat([...pieces]);
}

/** Stored values in the layout that the tower wants. */
function inLayout(values: Tensor, { shape, layout }: Parameter): Tensor {
  const stored = reshape(values, [...shape]);
  if (layout === "linear") return transpose(stored, [1, 0]);
  if (layout === "convolution") return transpose(stored, [2, 3, 1, 0]);
  return stored;
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
