import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { peer, runIrec, runProcess } from "../process.ts";
import type { Suite } from "../suite.ts";

const publishedSha256 = "6d6e5b3067cf856f7c686c1fc08739027fd1522fd4e75045489558cd0781b9ee";

/** The published triplet file, written by a whole process. */
export const publishedCsv: Suite = {
  name: "published-csv",
  title: "the published triplet file (434,116 rows, 18 MB), whole process",
  targetRatio: 25,
  repeats: 5,
  needs: ["python"],
  limit: "half of it is starting Node and loading the modules, half generating and writing the rows.",
  async prepare({ folder, python }) {
    const out = join(folder, "published-2024.csv");
    const script = peer("published_2024.py");
    const byPython = async (...options: string[]) => {
      rmSync(out, { force: true });
      const { seconds } = await runProcess(python!, [script, ...options, out]);
      check(out);
      return { seconds };
    };
    return {
      ours: {
        name: "irec triplets",
        async run() {
          rmSync(out, { force: true });
          const { seconds, peakBytes } = await runIrec([
            "triplets",
            "--rule",
            "published-2024",
            "--terms",
            "all",
            "--out",
            out,
          ]);
          check(out);
          return { seconds, peakBytes };
        },
      },
      peers: [
        { name: "Python", run: () => byPython() },
        { name: "Python, names in a dict", run: () => byPython("--dict") },
      ],
    };
  },
};

function check(file: string): void {
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  if (sha256 !== publishedSha256) throw new Error(`${file} has sha256 ${sha256}, expected ${publishedSha256}`);
}
