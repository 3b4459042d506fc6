import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peer, runIrecEvaluate, runProcess } from "../process.ts";
import type { Side, Suite } from "../suite.ts";

/** Everything that the study's stored embeddings can serve, from files to numbers, as a whole process. */
export const evaluateReference: Suite = {
  name: "evaluate-reference",
  title: "evaluation of the study's stored embeddings, whole process",
  targetRatio: 4,
  repeats: 7,
  needs: ["python", "reference"],
  limit:
    "starting Node (an eighth), code that runs before the compiler has warmed up (most of the rest), and the tables in four formats. Two thirds of Python's time are the imports.",
  async prepare({ python, reference }) {
    const published = join(reference!, "published");
    const store = join(published, "model_embeddings");
    const groundTruth = join(published, "tinysol_groundtruth_reordered.csv");
    return {
      ours: {
        name: "irec evaluate",
        async run() {
          const { seconds, peakBytes, results } = await runIrecEvaluate(store, groundTruth);
          const audio = results.experiments["audio-only"]?.find(
            ({ model, space, rule }) => model === "muscall" && space === "pre_joint" && rule === "published",
          );
          const text = results.experiments.triplets?.find(
            ({ model, space, promptSet, rule }) =>
              model === "music_laion_clap" &&
              space === "joint_space" &&
              promptSet === "muscall_prompt" &&
              rule === "lca",
          );
          check("ours", audio?.topK[0], text?.micro);
          return { seconds, peakBytes };
        },
      },
      peers: [
        ...(await withTables(python!, published)),
        { name: "scikit-learn, the same numbers, printed as JSON only", run: () => runPython(python!, published, []) },
        {
          name: "scikit-learn, without intervals, two rules and details",
          run: () => runPython(python!, published, ["--brief"]),
        },
      ],
    };
  },
};

/** What `irec evaluate` does, the tables as CSV, Markdown and LaTeX included; needs pandas with tabulate and jinja2. */
async function withTables(python: string, published: string): Promise<Side[]> {
  const hasPandas = await runProcess(python, ["-c", "import pandas, tabulate, jinja2"]).then(
    () => true,
    () => false,
  );
  if (!hasPandas) return [];
  const run = async () => {
    const folder = mkdtempSync(join(tmpdir(), "irec-bench-"));
    try {
      return await runPython(python, published, ["--tables", join(folder, "run")]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  return [{ name: "scikit-learn and pandas, the same numbers and tables", run }];
}

async function runPython(python: string, published: string, flags: readonly string[]): Promise<{ seconds: number }> {
  const { seconds, stdout } = await runProcess(python, [peer("evaluate_reference.py"), published, ...flags]);
  const { muscall, music_laion_clap: clap } = JSON.parse(stdout);
  check(
    "the Python script",
    muscall.pre_joint["audio-only"]["as published"].top[0],
    clap.joint_space.triplets.muscall_prompt.lca.micro,
  );
  return { seconds };
}

/** Both sides have to come to the published top-1 and to the corrected triplet accuracy before their times count. */
function check(who: string, top1: number | undefined, micro: number | undefined): void {
  if (top1 !== 0.483693786474425) throw new Error(`${who}: top-1 ${top1}, expected 0.483693786474425`);
  if (micro === undefined || Math.abs(micro - 495 / 686) > 1e-12)
    throw new Error(`${who}: triplet accuracy ${micro}, expected 495 of 686`);
}
