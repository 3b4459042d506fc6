import { add, erf, mul, type Tensor } from "@tensorflow/tfjs-core";
import { fusedKernels, hasFused, runFused } from "../backend/fused-kernels.ts";

/**
 * The exact GELU, x (1 + erf(x / sqrt 2)) / 2, not its approximation by tanh.
 * @see Hendrycks & Gimpel 2016, "Gaussian error linear units"
 */
export function gelu(x: Tensor): Tensor {
  if (hasFused(fusedKernels.gelu)) return runFused(fusedKernels.gelu, { x });
  return mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2))));
}
