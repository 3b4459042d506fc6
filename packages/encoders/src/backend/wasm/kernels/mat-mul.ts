import { BatchMatMul, type NamedAttrMap, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.ts";
import type { MatMulActivation, TensorKernels } from "../tensor-kernels.ts";
import { type Factors, product, productShape } from "./product.ts";
import { type Kernel, runKernel } from "./stock.ts";

/**
 * `BatchMatMul` with SIMD whatever is transposed, batched or broadcast, at 46 to 58 GFLOP/s. Stock has 37 for two plain
 * matrices, keeping a packed copy of the second one, and 1 to 3 for all others.
 */
export function batchMatMul(heap: Heap, simd: TensorKernels): Kernel {
  return (inputs, attrs) => product(heap, simd, factorsOf(inputs.a!, inputs.b!, attrs));
}

/**
 * `BatchMatMul` for engines without SIMD: stock, which is right except that it repeats the shorter list of matrices where
 * both are broadcast.
 */
export function checkedBatchMatMul(stock: Kernel): Kernel {
  return (inputs, attrs) => {
    const { a, b } = inputs;
    const { batches } = productShape(factorsOf(a!, b!, attrs));
    const count = util.sizeFromShape([...batches]);
    for (const { shape } of [a!, b!]) {
      const own = util.sizeFromShape(shape.slice(0, -2));
      if (own !== 1 && own !== count) {
        throw new Error(`matMul: shapes [${a!.shape}] and [${b!.shape}] broadcast each other, which needs SIMD here`);
      }
    }
    return stock(inputs, attrs);
  };
}

/** Activations of TensorFlow.js that `product` applies itself. */
const inProduct: Record<string, MatMulActivation | undefined> = { linear: "none", relu: "relu" };

/** Kernels of the others. */
const byKernel: Record<string, string | undefined> = {
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** Attributes and inputs that `_FusedMatMul` and `FusedConv2D` share. */
export interface FusedTail {
  readonly activation: string;
  readonly bias?: TensorInfo | undefined;
  readonly preluWeights?: TensorInfo | undefined;
  readonly leakyreluAlpha?: number | undefined;
}

/** Reads bias and activation of `_FusedMatMul` and `FusedConv2D`. */
export function tailOf(inputs: Parameters<Kernel>[0], attrs: NamedAttrMap): FusedTail {
  return {
    activation: (attrs.activation as string | undefined) ?? "linear",
    bias: inputs.bias,
    preluWeights: inputs.preluActivationWeights,
    leakyreluAlpha: attrs.leakyreluAlpha as number | undefined,
  };
}

/**
 * `_FusedMatMul`, right for every shape. Stock adds the bias once per block of 48 of the inner size where anything is
 * transposed or batched: with an inner size of 96 and a bias of 1 the result is 1 too large, and nothing says so.
 */
export function fusedMatMul(heap: Heap, simd: TensorKernels | undefined): Kernel {
  return (inputs, attrs) => {
    const factors = factorsOf(inputs.a!, inputs.b!, attrs);
    const multiply =
      simd &&
      ((bias?: TensorInfo, activation?: MatMulActivation) => product(heap, simd, factors, { bias, activation }));
    const plain = () => runKernel(heap, BatchMatMul, { a: factors.a, b: factors.b }, attrs);
    return finished(heap, tailOf(inputs, attrs), productShape(factors).n, multiply, plain);
  };
}

/**
 * activation(product + bias), as much of it as possible by `multiply`.
 * @param n - the last size of the product
 * @param multiply - product with a bias of shape [n] and an activation, where there is SIMD
 * @param plain - product alone
 */
export function finished(
  heap: Heap,
  tail: FusedTail,
  n: number,
  multiply: ((bias?: TensorInfo, activation?: MatMulActivation) => TensorInfo) | undefined,
  plain: () => TensorInfo,
): TensorInfo {
  const { activation, bias } = tail;
  const kernel = byKernel[activation];
  if (activation !== "linear" && kernel === undefined) throw new Error(`unknown activation "${activation}"`);
  const perColumn = bias === undefined || (bias.shape.at(-1) === n && util.sizeFromShape(bias.shape) === n);
  const own = inProduct[activation];
  if (multiply && perColumn && own) return multiply(bias, own);

  let result = multiply && perColumn ? multiply(bias) : plain();
  const replace = (name: string, inputs: Record<string, TensorInfo | undefined>, attrs?: NamedAttrMap) => {
    const next = runKernel(heap, name, inputs, attrs);
    heap.dispose(result);
    result = next;
  };
  if (bias !== undefined && !(multiply && perColumn)) replace("Add", { a: result, b: bias });
  if (activation === "prelu") replace("Prelu", { x: result, alpha: tail.preluWeights });
  else if (activation === "leakyrelu") replace("LeakyRelu", { x: result }, { alpha: tail.leakyreluAlpha ?? 0 });
  else if (kernel !== undefined) replace(kernel, { x: result });
  return result;
}

function factorsOf(a: TensorInfo, b: TensorInfo, attrs: NamedAttrMap): Factors {
  return { a, b, transposeA: Boolean(attrs.transposeA), transposeB: Boolean(attrs.transposeB) };
}
