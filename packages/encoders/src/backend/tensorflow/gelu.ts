import type { Operations } from "./operations.ts";
import type { TensorId } from "./tfjs-node-backend.ts";

/** x (1 + erf(x / sqrt 2)) / 2, as (x / 2) erfc(-x / sqrt 2): exact also where erf is nearly -1, and one pass less. */
export function geluOf(operations: Operations, x: TensorId): TensorId {
  const complement = operations.run("Erfc", [operations.run("Mul", [x, operations.scalar(-Math.SQRT1_2)])]);
  return operations.run("Mul", [operations.run("Mul", [x, operations.scalar(0.5)]), complement]);
}
