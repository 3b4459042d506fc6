import type { MadeTensor, OpAttribute, TensorflowBinding, TensorId } from "./tfjs-node-backend.ts";

/** Values of attributes by name; a whole number is an integer unless it is in `floats`. */
export interface Attributes {
  readonly flags?: Readonly<Record<string, boolean>>;
  readonly integers?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly strings?: Readonly<Record<string, string | readonly string[]>>;
  /** Attributes that are the type int32. */
  readonly int32?: readonly string[];
}

/** Operations of TensorFlow on float32 tensors, one after the other. */
export class Operations {
  readonly #binding: TensorflowBinding;
  readonly #made = new Map<TensorId, MadeTensor>();

  constructor(binding: TensorflowBinding) {
    this.#binding = binding;
  }

  /** Runs an operation that has one output and the type attribute `T`. */
  run(name: string, inputs: readonly TensorId[], attributes: Attributes = {}): TensorId {
    return this.runAll(name, inputs, 1, attributes)[0]!;
  }

  /** Runs an operation that has several outputs and the type attribute `T`. */
  runAll(name: string, inputs: readonly TensorId[], outputs: number, attributes: Attributes = {}): TensorId[] {
    const made = this.#binding.executeOp(name, this.#attributes(attributes), inputs, outputs);
    for (const tensor of made) this.#made.set(tensor.id, tensor);
    return made.map(({ id }) => id);
  }

  scalar(value: number): TensorId {
    return this.#keep([], this.#binding.TF_FLOAT, Float32Array.of(value));
  }

  integers(values: readonly number[]): TensorId {
    return this.#keep([values.length], this.#binding.TF_INT32, Int32Array.from(values));
  }

  reshape(x: TensorId, shape: readonly number[]): TensorId {
    return this.run("Reshape", [x, this.integers(shape)], { int32: ["Tshape"] });
  }

  transpose(x: TensorId, permutation: readonly number[]): TensorId {
    return this.run("Transpose", [x, this.integers(permutation)], { int32: ["Tperm"] });
  }

  /** Takes a tensor out of those that `free` deletes. */
  release(id: TensorId): MadeTensor {
    const released = this.#made.get(id)!;
    this.#made.delete(id);
    return released;
  }

  /** Deletes all tensors that were made and not released. */
  free(): void {
    for (const id of this.#made.keys()) this.#binding.deleteTensor(id);
    this.#made.clear();
  }

  #keep(shape: number[], dtype: number, values: Float32Array | Int32Array): TensorId {
    const id = this.#binding.createTensor(shape, dtype, values);
    this.#made.set(id, { id, shape, dtype });
    return id;
  }

  #attributes({ flags = {}, integers = {}, floats = {}, strings = {}, int32 = [] }: Attributes): OpAttribute[] {
    const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_STRING, TF_FLOAT, TF_INT32 } =
      this.#binding;
    const all: OpAttribute[] = [{ name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT }];
    for (const name of int32) all.push({ name, type: TF_ATTR_TYPE, value: TF_INT32 });
    for (const name in flags) all.push({ name, type: TF_ATTR_BOOL, value: flags[name]! });
    for (const name in integers) all.push({ name, type: TF_ATTR_INT, value: integers[name]! });
    for (const name in floats) all.push({ name, type: TF_ATTR_FLOAT, value: floats[name]! });
    for (const name in strings) all.push({ name, type: TF_ATTR_STRING, value: strings[name]! });
    return all;
  }
}
