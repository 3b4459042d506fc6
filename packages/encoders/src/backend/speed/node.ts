import { matMul, ones } from "@tensorflow/tfjs-core";
import type { BackendChoice } from "../backend.ts";
import { openBackend } from "../node.ts";
import type { BackendReport } from "../report.ts";

/** How fast a backend is here and now. */
export interface BackendSpeed {
  readonly report: BackendReport;
  /** Speed of a product of two square matrices of float32, in 10^9 additions and multiplications a second. */
  readonly gflops: number;
}

/** A matrix of a transformer's size. */
const SIZE = 768;
const RUNS = 5;

/** Starts a backend as `openBackend` does and measures it, in a fifth of a second on the slowest; the best of some runs. */
export async function backendSpeed(choice?: BackendChoice): Promise<BackendSpeed> {
  const backend = await openBackend(choice);
  const seconds = backend.run(() => {
    const matrix = ones([SIZE, SIZE]);
    const times = Array.from({ length: RUNS + 1 }, () => {
      const start = performance.now();
      matMul(matrix, matrix).dataSync();
      return (performance.now() - start) / 1000;
    });
    return Math.min(...times.slice(1)); // the first one packs the matrix
  });
  return { report: backend.report, gflops: (2 * SIZE ** 3) / seconds / 1e9 };
}
