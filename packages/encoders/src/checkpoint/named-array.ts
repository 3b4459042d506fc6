import type { Checkpoint } from "./checkpoint.ts";

/** A tensor with its values, as it is written to a file. */
export interface NamedArray {
  readonly name: string;
  /** Empty for a single number. */
  readonly shape: readonly number[];
  /** Row-major; as many as the shape has elements. Written as float32 or int64. */
  readonly values: Float32Array | BigInt64Array;
  /** Float32 values are rounded to halves when they are written. */
  readonly dtype?: "float16";
}

/** All tensors of a checkpoint: int64 as they are, others as float32. */
export async function readNamedArrays(checkpoint: Checkpoint): Promise<NamedArray[]> {
  const arrays: NamedArray[] = [];
  for (const [name, { dtype, shape }] of checkpoint.tensors) {
    const values =
      dtype === "int64" ? ((await checkpoint.readValues(name)) as BigInt64Array) : await checkpoint.read(name);
    arrays.push({ name, shape, values });
  }
  return arrays;
}
