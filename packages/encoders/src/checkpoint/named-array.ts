import type { TensorValues } from "./elements.ts";

/** A tensor with its values, as it is written to a file. */
export interface NamedArray {
  readonly name: string;
  /** Empty for a single number. */
  readonly shape: readonly number[];
  /** Row-major; as many as the shape has elements. */
  readonly values: Extract<TensorValues, Float32Array | BigInt64Array>;
}
