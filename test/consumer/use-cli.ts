// The command line's library: the same evaluation without a process of its own, for Node.
import { type EvaluateOptions, evaluate, InputError, type Results } from "@irec/cli";

export async function evaluateFiles(embeddings: string, groundTruth: string) {
  const options: EvaluateOptions = { embeddings, groundTruth, experiments: ["zero-shot"] };
  const results: Results = await evaluate(options);
  return {
    top1: results.experiments["zero-shot"]?.[0]?.topK[0],
    experiments: Object.keys(results.experiments),
    missing: await evaluate({ embeddings: "no-such-store" }).catch((error: unknown) => error instanceof InputError),
  };
}
