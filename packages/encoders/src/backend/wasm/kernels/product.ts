import { broadcast_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import { type MatMulActivation, matMulActivations, type TensorKernels } from "../tensor-kernels.ts";

/** Two tensors of matrices to multiply, shapes [..., m, k] and [..., k, n]; either may be transposed in its last two axes. */
export interface Factors {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** What is done to a product while it is still in the cache. */
export interface Finish {
  /** Shape [n]. */
  readonly bias?: TensorInfo | undefined;
  readonly activation?: MatMulActivation | undefined;
}

/** Shapes of a product: those of `out` and of one matrix. */
export interface ProductShape {
  readonly batches: readonly number[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** @throws Error when the shapes do not fit or the values are not float32 */
export function productShape({ a, b, transposeA, transposeB }: Factors): ProductShape {
  util.assert(
    a.dtype === "float32" && b.dtype === "float32",
    () => `matMul: expected float32, got ${a.dtype} and ${b.dtype}`,
  );
  const [m, k] = matrixShape(a, transposeA);
  const [inner, n] = matrixShape(b, transposeB);
  util.assert(
    k === inner,
    () => `matMul: inner sizes ${k} and ${inner} of shapes [${a.shape}] and [${b.shape}] differ`,
  );
  const batches = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { batches, m, k, n };
}

function matrixShape({ shape }: TensorInfo, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

/** activation(a b + bias) for each matrix, with the batch axes broadcast against each other. */
export function product(heap: Heap, simd: TensorKernels, factors: Factors, finish: Finish = {}): TensorInfo {
  const { a, b, transposeA, transposeB } = factors;
  const { batches, m, k, n } = productShape(factors);
  const activation = matMulActivations[finish.activation ?? "none"];
  const bBatches = util.sizeFromShape(b.shape.slice(0, -2));
  const aBatches = util.sizeFromShape(a.shape.slice(0, -2));
  const count = util.sizeFromShape([...batches]);
  // One matrix b for all: the matrices of a are one tall matrix.
  const tall = bBatches === 1 && !transposeA && aBatches === count;
  const [items, rows] = tall ? [1, count * m] : [count, m];
  const aOffsets = tall ? [0] : broadcastOffsets(a.shape.slice(0, -2), batches, m * k * 4);
  const bOffsets = tall ? [0] : broadcastOffsets(b.shape.slice(0, -2), batches, k * n * 4);
  const packBytes = simd.matMulScratch();
  return heap.withScratch(packBytes + (transposeA ? m * k * 4 : 0), (scratch) => {
    const out = heap.output([...batches, m, n]);
    const aPointer = heap.pointer(a);
    const bPointer = heap.pointer(b);
    const outPointer = heap.pointer(out);
    const bias = finish.bias === undefined ? 0 : heap.pointer(finish.bias);
    for (let item = 0; item < items; item++) {
      let left = aPointer + aOffsets[item]!;
      if (transposeA) {
        simd.transpose(left, k, m, scratch + packBytes);
        left = scratch + packBytes;
      }
      simd.matMul(
        left,
        k * 4,
        bPointer + bOffsets[item]!,
        (transposeB ? k : n) * 4,
        transposeB,
        bias,
        outPointer + item * m * n * 4,
        n * 4,
        rows,
        k,
        n,
        activation,
        false,
        scratch,
      );
    }
    return out;
  });
}

/** For each item of the shape `to`, where the item of `from` is that broadcasting takes there, in steps of `bytes`. */
function broadcastOffsets(from: readonly number[], to: readonly number[], bytes: number): number[] {
  let offsets = [0];
  let stride = util.sizeFromShape([...from]);
  const lead = to.length - from.length;
  to.forEach((size, axis) => {
    const own = axis < lead ? 1 : from[axis - lead]!;
    stride /= own;
    const step = own === 1 ? 0 : stride * bytes;
    offsets = offsets.flatMap((offset) => Array.from({ length: size }, (_, index) => offset + index * step));
  });
  return offsets;
}
