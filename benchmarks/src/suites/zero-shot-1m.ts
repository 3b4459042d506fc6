import { peer, runIrecEvaluate, runProcess } from "../process.ts";
import type { Suite } from "../suite.ts";
import { syntheticStore } from "../synthetic-store.ts";

/** The zero-shot columns of a large collection: a file that need not fit into memory. */
export const zeroShotMillion: Suite = {
  name: "zero-shot-1m",
  title: "zero-shot metrics of 1,000,000 x 512 float32 clips against 14 prompts (2 GB), whole process",
  targetRatio: 1 / 3,
  targetPeakBytes: 700e6,
  repeats: 3,
  needs: ["python"],
  limit:
    "one core. A third of the time are the products of 1,000,000 rows with 14 prompts in float64; the rest is sorting 14 million scores for ROC-AUC and average precision, hashing 2 GB for the provenance and parsing the ground truth. Python's float32 product takes half a second: its time goes into making and first touching arrays of 2 GB.",
  async prepare({ folder, python, quick, say }) {
    const rows = quick ? 50_000 : 1_000_000;
    say(`zero-shot-1m: making ${rows.toLocaleString("en")} x 512 embeddings, unless they are there`);
    const { store, audio, text, groundTruth } = await syntheticStore(folder, rows, 512);
    /** Of whichever side ran first: both must find the same. */
    let expected: readonly number[] | undefined;
    const check = (top: readonly number[]) => {
      expected ??= top;
      // Float32 and float64 scores order a few near-ties differently: at most two clips in 100,000.
      if (top.length !== 5 || top.some((value, k) => Math.abs(value - expected![k]!) > 2e-5))
        throw new Error(`top-1 to top-5 are ${top.join(", ")} on one side and ${expected.join(", ")} on the other`);
    };
    return {
      ours: {
        name: "irec evaluate",
        async run() {
          const { seconds, peakBytes, results } = await runIrecEvaluate(
            store,
            groundTruth,
            "--experiments",
            "zero-shot",
          );
          check(results.experiments["zero-shot"]?.[0]?.topK ?? []);
          return { seconds, peakBytes };
        },
      },
      peers: [
        {
          name: "numpy and scikit-learn",
          async run() {
            const { seconds, stdout } = await runProcess(python!, [peer("zero_shot.py"), audio, text, groundTruth]);
            const { top, peakBytes }: { top: number[]; peakBytes: number } = JSON.parse(stdout);
            check(top);
            return { seconds, peakBytes };
          },
        },
      ],
    };
  },
};
