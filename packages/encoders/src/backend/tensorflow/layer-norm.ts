import type { Operations } from "./operations.ts";
import type { TensorId } from "./tfjs-node-backend.ts";

/** Mean 0 and variance 1 (biased) along the last axis, then scale and shift. */
export function layerNormOf(
  operations: Operations,
  x: TensorId,
  gamma: TensorId,
  beta: TensorId,
  epsilon: number,
): TensorId {
  const lastAxis = operations.integers([-1]);
  const meanOf = (values: TensorId) =>
    operations.run("Mean", [values, lastAxis], { flags: { keep_dims: true }, int32: ["Tidx"] });
  const mean = meanOf(x);
  const variance = meanOf(operations.run("SquaredDifference", [x, mean]));
  const scale = operations.run("Rsqrt", [operations.run("AddV2", [variance, operations.scalar(epsilon)])]);
  const normal = operations.run("Mul", [operations.run("Sub", [x, mean]), scale]);
  return operations.run("AddV2", [operations.run("Mul", [normal, gamma]), beta]);
}
