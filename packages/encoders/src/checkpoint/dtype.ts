/** The element types that are read: PyTorch's names. */
export type Dtype =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint64"
  | "uint32"
  | "uint16"
  | "uint8"
  | "bool";

export const BYTES_PER_ELEMENT: Readonly<Record<Dtype, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(BYTES_PER_ELEMENT, name);
}

/** The number of elements of a shape; more than 2^53 - 1 gives a number that is not a safe integer. */
export function elementsOf(shape: readonly number[]): number {
  // A zero anywhere makes it zero, however large the others are.
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}
