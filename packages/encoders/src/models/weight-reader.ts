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
 * Elements of the arrays that everything is read through. All matrices of RoBERTa-base but the embeddings of words fit: what
 * does not is put together on the backend, where the pieces are free again at once, and not when the garbage is collected.
 */
const BUFFER_ELEMENTS = 5 * 2 ** 19;

/** A stored tensor that is being read. */
interface Reading {
  readonly name: string;
  readonly blocks: AsyncIterator<Float32Array>;
  readonly first: Promise<IteratorResult<Float32Array>>;
}

/**
 * Brings the parameters of a plan from a checkpoint to a backend, one at a time, and looks at their values on the way. While
 * one is brought there, the next one of the plan is read.
 */
export class WeightReader {
  /** Stored tensors whose values are all zero; biases may be, and are not listed. */
  readonly zeroParameters: string[] = [];
  readonly #checkpoint: Checkpoint;
  readonly #plan: ModelPlan;
  readonly #backend: Backend;
  readonly #options: WeightReaderOptions;
  readonly #following = new Map<string, string>();
  readonly #buffers: Float32Array<ArrayBuffer>[];
  #ahead: Reading | undefined;
  readonly #tensors: Tensor[] = [];
  readonly #total: number;
  #done = 0;

  constructor(checkpoint: Checkpoint, plan: ModelPlan, backend: Backend, options: WeightReaderOptions = {}) {
    this.#checkpoint = checkpoint;
    this.#plan = plan;
    this.#backend = backend;
    this.#options = options;
    const sizes = plan.parameters.map(({ shape }) => elementsOf(shape));
    const elements = Math.min(BUFFER_ELEMENTS, Math.max(1, ...sizes));
    this.#buffers = [backend.buffer(elements), backend.buffer(elements)];
    const stored = plan.parameters.flatMap(({ name }) => plan.names.stored(name));
    for (const [i, name] of stored.slice(1).entries()) this.#following.set(stored[i]!, name);
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
      for (const name of this.#plan.names.stored(wanted.name)) {
        let start = 0;
        let isZero = true;
        for await (const values of this.#blocks(name)) {
          signal?.throwIfAborted();
          this.#requireFinite(name, values, start);
          isZero &&= values.every((value) => value === 0);
          pieces.push(this.#backend.upload(values, [values.length]));
          start += values.length;
        }
        if (isZero && !name.endsWith("bias")) this.zeroParameters.push(name);
      }
      const loaded = this.#backend.run(() => inLayout(joined(pieces), wanted));
      this.#tensors.push(loaded);
      this.#done += 4 * elementsOf(wanted.shape);
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

  /** The values of a stored tensor, block by block; meanwhile the tensor that follows in the plan is read. */
  async *#blocks(name: string): AsyncGenerator<Float32Array, void, undefined> {
    const ahead = this.#ahead;
    // Asked for in another order than the plan's: the buffer is free when its reading has ended.
    if (ahead !== undefined && ahead.name !== name) await ahead.first.catch(() => {});
    const { blocks, first } = ahead?.name === name ? ahead : this.#start(name);
    let block = await first;
    const next = this.#following.get(name);
    this.#ahead = next === undefined ? undefined : this.#start(next);
    while (!block.done) {
      yield block.value;
      block = await blocks.next();
    }
  }

  /** Begins to read a tensor into the buffer that the one before it does not lie in. */
  #start(name: string): Reading {
    const { signal } = this.#options;
    const buffer = this.#buffers.shift()!;
    this.#buffers.push(buffer);
    const blocks = this.#checkpoint.readParts(name, buffer, { signal })[Symbol.asyncIterator]();
    const first = blocks.next();
    // Thrown where it is waited for; nobody may, when the loading has been given up.
    first.catch(() => {});
    return { name, blocks, first };
  }

  #requireFinite(name: string, values: Float32Array, start: number): void {
    // 0 times a finite number is 0, else NaN. In four sums, since each addition waits for the one before.
    let [a, b, c, d] = [0, 0, 0, 0] as [number, number, number, number];
    const whole = values.length - (values.length % 4);
    for (let i = 0; i < whole; i += 4) {
      a += values[i]! * 0;
      b += values[i + 1]! * 0;
      c += values[i + 2]! * 0;
      d += values[i + 3]! * 0;
    }
    for (let i = whole; i < values.length; i++) a += values[i]! * 0;
    if (a + b + c + d === 0) return;
    const at = values.findIndex((value) => !Number.isFinite(value));
    const place = { file: this.#checkpoint.name, tensor: name };
    throw new NonFiniteWeightError(
      place,
      `has the value ${values[at]} at element ${start + at}; the checkpoint is damaged`,
    );
  }
}

function joined(pieces: readonly Tensor[]): Tensor {
  return pieces.length === 1 ? pieces[0]! : concat([...pieces]);
}

/** Stored values in the layout that the tower wants. */
export function inLayout(values: Tensor, { shape, layout }: Parameter): Tensor {
  const stored = reshape(values, [...shape]);
  if (layout === "linear") return transpose(stored, [1, 0]);
  if (layout === "convolution") return transpose(stored, [2, 3, 1, 0]);
  return stored;
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
