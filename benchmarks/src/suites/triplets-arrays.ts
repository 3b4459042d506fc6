import { doktorski, tripletSet } from "@irec/ontology";
import { peer, runProcess } from "../process.ts";
import { median, type Suite } from "../suite.ts";

/** All triplets of all terms, generated in memory: no process start and no file on either side. */
export const tripletsArrays: Suite = {
  name: "triplets-arrays",
  title: "triplets of all 150 terms, generated in memory (ours 822,820, the study's rule 434,116)",
  targetRatio: 500,
  repeats: 5,
  needs: ["python"],
  limit:
    "writing 4.9 MB of 16-bit columns; the similarities of all pairs are computed anew in each run. The first time in a process, before the code is compiled, takes three to six times as long.",
  async prepare({ python }) {
    const byPython = async (...options: string[]) => {
      const { stdout } = await runProcess(python!, [peer("published_2024.py"), ...options]);
      const { rows, seconds }: { rows: number; seconds: number } = JSON.parse(stdout);
      if (rows !== 434_116) throw new Error(`the Python script generated ${rows} rows, expected 434116`);
      return { seconds };
    };
    return {
      ours: {
        name: "@irec/ontology",
        // Milliseconds once are mostly the compiler's; the median of twenty is what a program that goes on sees.
        run: async () => ({ seconds: median(Array.from({ length: 20 }, generate)) }),
      },
      peers: [
        { name: "Python", run: () => byPython() },
        { name: "Python, names in a dict", run: () => byPython("--dict") },
      ],
    };
  },
};

/** Generates all triplets once, from the taxonomy to the columns, and returns the seconds. */
function generate(): number {
  const start = process.hrtime.bigint();
  const { length, negatives } = tripletSet(doktorski).toArrays();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (length !== 822_820 || negatives.length !== length)
    throw new Error(`generated ${length} triplets, expected 822820`);
  return seconds;
}
