import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BootstrappedClassification,
  bootstrapClassification,
  bootstrapDistributionInterval,
  bootstrapRatio,
  bootstrapResamples,
  xoshiro128,
} from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import { peer, runProcess } from "../process.ts";
import type { Suite } from "../suite.ts";

const CLIPS = 2913;
const CLASSES = 14;
/** 3 models: 7 prompt sets, and audio alone by 3 rules in 2 spaces. */
const TABLES = 3 * (7 + 3 * 2);
/** Positive against negated prompts: 5 numbers for each of 7 prompt sets of 3 models. */
const RATES = 3 * 7 * 5;
/** 7 prompt sets of 3 models in 2 spaces, by 4 rules. */
const TRIPLETS = 3 * 7 * 2 * 4;
const PEER_DRAWS = 100;

/** 10,000 draws of every number of a run on TinySOL, with intervals: one core, in memory. */
export const bootstrap: Suite = {
  name: "bootstrap",
  title: `10,000 bootstrap draws of every number of a run: ${TABLES} tables of ${CLIPS} clips and ${CLASSES} classes, ${RATES} rates, ${TRIPLETS} triplet accuracies`,
  targetRatio: 10,
  repeats: 3,
  needs: ["python"],
  limit:
    "one core. Half of the time are the additions of weights in the order of the scores, four draws to a double; most of the rest is one division for each clip, table and draw (average precision). The peers do a part of the draws, and their seconds are those of a draw times 10,000.",
  async prepare({ folder: cache, python, quick, say }) {
    const draws = quick ? 1000 : 10_000;
    const folder = join(cache, "bootstrap");
    say(`bootstrap: making ${TABLES} tables of scores`);
    const run = syntheticRun();
    await writeForPeers(folder, run, draws);
    const expected = numbersOf(run.scores.map((table) => classify(table, run.labels, resamplesOf(PEER_DRAWS).clips)));
    return {
      ours: {
        name: "@irec/metrics",
        async run() {
          const start = process.hrtime.bigint();
          const intervals = bootstrapRun(run, draws);
          const seconds = Number(process.hrtime.bigint() - start) / 1e9;
          const numbers = TABLES * (11 + 4 * CLASSES) + RATES + 2 * TRIPLETS;
          if (intervals !== numbers) throw new Error(`made ${intervals} intervals, expected ${numbers}`);
          return { seconds };
        },
      },
      peers: ["numpy", "scikit-learn"].map((way) => ({
        name: way === "numpy" ? "numpy loop, sorted once, weights" : "scikit-learn on resampled rows",
        async run() {
          const { stdout } = await runProcess(python!, [peer("bootstrap.py"), folder, way], { OMP_NUM_THREADS: "1" });
          const found: { seconds: number; draws: number; tables: number; numbers: number[] } = JSON.parse(stdout);
          for (const [i, number] of found.numbers.entries()) {
            const [draw, table] = [Math.floor(i / 11 / found.tables), Math.floor(i / 11) % found.tables];
            const ours = expected[table]![i % 11]![draw]!;
            if (!(Math.abs(ours - number) < 1e-12))
              throw new Error(`number ${i % 11} of draw ${draw}, table ${table}: ours ${ours}, ${way} ${number}`);
          }
          return { seconds: found.seconds };
        },
      })),
    };
  },
};

interface Run {
  readonly labels: Int32Array;
  /** Shape [CLIPS, CLASSES] each. */
  readonly scores: readonly NdArray<Float64Array>[];
  /** Shape [CLIPS] each. */
  readonly rates: readonly Float64Array[];
  /** Correct triplets by anchor, shape [CLASSES] each, of as many as `triplets` says. */
  readonly correct: readonly Float64Array[];
  readonly triplets: Float64Array;
}

function syntheticRun(): Run {
  const random = xoshiro128(2024);
  // Classes as uneven as TinySOL's, the largest with a seventh of the clips.
  const labels = Int32Array.from({ length: CLIPS }, () => Math.min(random.nextBelow(CLASSES), random.nextBelow(18)));
  const scores = Array.from({ length: TABLES }, () => {
    const table = Float64Array.from({ length: CLIPS * CLASSES }, () => random.nextDouble());
    for (let i = 0; i < CLIPS; i++) table[i * CLASSES + labels[i]!]! += 0.25;
    return ndarray(table, [CLIPS, CLASSES]);
  });
  const rates = Array.from({ length: RATES }, (_, r) =>
    // One of five is a mean margin, the others are shares.
    Float64Array.from({ length: CLIPS }, () => (r % 5 === 0 ? random.nextDouble() - 0.5 : random.nextBelow(2))),
  );
  const triplets = Float64Array.from({ length: CLASSES }, () => 20 + random.nextBelow(60));
  const correct = Array.from({ length: TRIPLETS }, () => triplets.map((total) => random.nextBelow(total + 1)));
  return { labels, scores, rates, correct, triplets };
}

const resamplesOf = (draws: number) => ({
  clips: bootstrapResamples(CLIPS, { draws, seed: 0 }),
  anchors: bootstrapResamples(CLASSES, { draws, seed: 0 }),
});

type Clips = ReturnType<typeof resamplesOf>["clips"];

const classify = (scores: NdArray, labels: Int32Array, clips: Clips) =>
  bootstrapClassification(scores, labels, clips, { perClass: true });

/** Draws everything, makes all intervals and returns how many there are. */
function bootstrapRun({ labels, scores, rates, correct, triplets }: Run, draws: number): number {
  const { clips, anchors } = resamplesOf(draws);
  let intervals = 0;
  const summarise = (distribution: Parameters<typeof bootstrapDistributionInterval>[0]) => {
    const { low, high } = bootstrapDistributionInterval(distribution);
    if (low <= high) intervals++;
  };
  for (const table of scores) {
    const { topK, perClass, ...others } = classify(table, labels, clips);
    for (const distribution of [...topK.values(), ...Object.values(others)]) summarise(distribution);
    for (const ofClasses of Object.values(perClass!)) for (const each of ofClasses) summarise(each!);
  }
  for (const values of rates) summarise(bootstrapRatio(values, clips));
  for (const hits of correct) {
    summarise(bootstrapRatio(hits, anchors, triplets));
    summarise(
      bootstrapRatio(
        hits.map((hit, anchor) => hit / triplets[anchor]!),
        anchors,
      ),
    );
  }
  return intervals;
}

/** By table and number, the draws; the first eleven numbers in the order of the peers. */
const numbersOf = (tables: readonly BootstrappedClassification[]): readonly (readonly Float64Array[])[] =>
  tables.map((table) =>
    [
      ...table.topK.values(),
      table.f1Weighted,
      table.f1Macro,
      table.balancedAccuracy,
      table.majorityBaseline,
      table.rocAucMacro,
      table.averagePrecisionMacro,
    ].map(({ statistics }) => statistics),
  );

async function writeForPeers(folder: string, { labels, scores, rates, correct, triplets }: Run, allDraws: number) {
  await mkdir(folder, { recursive: true });
  const { clips, anchors } = resamplesOf(PEER_DRAWS);
  const each = (of: Clips) => Array.from({ length: PEER_DRAWS }, (_, draw) => of.weightsOf(draw));
  const bytes = (arrays: readonly (Float64Array | Int32Array)[]) =>
    Buffer.concat(arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)));
  const files: Record<string, string | Buffer> = {
    "shapes.json": JSON.stringify({ tables: TABLES, clips: CLIPS, classes: CLASSES, allDraws }),
    "scores.f64": bytes(scores.map(({ data }) => data)),
    "labels.i32": bytes([labels]),
    "rates.f64": bytes(rates),
    "correct.f64": bytes(correct),
    "total.f64": bytes([triplets]),
    "counts.i32": bytes(each(clips)),
    "anchor-counts.i32": bytes(each(anchors)),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}
