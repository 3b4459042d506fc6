import { join, resolve } from "node:path";
import { comparisonVerdict, holmCorrection } from "@irec/metrics";
import { ClipResampling } from "../experiments/resampling.ts";
import { sha256OfFiles } from "../file-digest.ts";
import { turn } from "../npy/byte-source.ts";
import { type RunOutcomes, readOutcomes, type ScoresOfRow, type TripletsOfRow } from "../outcomes/read-outcomes.ts";
import { type Progress, silentProgress } from "../progress.ts";
import { packageVersions } from "../results/provenance.ts";
import type { AudioRule, TripletRule } from "../results/results.ts";
import { compareClips } from "./clip-comparison.ts";
import {
  type ClipMeasure,
  COMPARED_EXPERIMENTS,
  COMPARISON_SCHEMA_VERSION,
  type ComparedExperiment,
  type ComparedSide,
  type Comparison,
  type Comparisons,
  TRIPLET_MEASURE,
} from "./comparisons.ts";
import type { TestOptions } from "./measured.ts";
import { Notes } from "./notes.ts";
import { sentenceOf } from "./sentence.ts";
import { picked, type SharedClips, sharedClips } from "./shared-clips.ts";
import { pairsOfSides, type Side, type SideChoice } from "./sides.ts";
import { compareTriplets, type PairedAnswers, type ScoredTriplets, sharedTriplets } from "./triplet-comparison.ts";

export interface CompareOptions extends SideChoice {
  /** A run folder of `irec evaluate`. */
  readonly runA: string;
  /** Another; the same when left out, of which two models or prompt sets are compared. */
  readonly runB?: string | undefined;
  /** Only these; all when left out. */
  readonly experiments?: readonly ComparedExperiment[] | undefined;
  /** Only these rules of audio-only and of triplets; all when left out. */
  readonly rules?: readonly (AudioRule | TripletRule)[] | undefined;
  /** Of clips; `DEFAULT_MEASURES` when left out. */
  readonly measures?: readonly ClipMeasure[] | undefined;
  /** The chance of any false claim within an experiment, in (0, 1); 0.05 when left out. */
  readonly alpha?: number;
  /** Resamples of an interval and sign patterns of a test; 10,000 when left out. */
  readonly draws?: number;
  readonly seed?: number;
  readonly progress?: Progress;
  /** Recorded in the provenance. */
  readonly command?: readonly string[];
}

/** How many are right, how many of a label on average, and how well they are sorted. */
export const DEFAULT_MEASURES: readonly ClipMeasure[] = ["top-1", "balanced-accuracy", "roc-auc"];

/** A comparison before the family it belongs to is complete. */
type Uncorrected = Omit<Comparison, "adjustedPValue" | "verdict" | "sentence">;

/**
 * Compares what two runs, or two models or prompt sets of one, scored on the same clips and triplets: row by row, with an
 * interval of each difference, a paired test, and Holm's correction over all tests of an experiment.
 * @throws {InputError} when a run cannot be read, or two do not belong to the same ground truth
 * @throws {UsageError} when the names leave nothing to be compared
 */
export async function compareRuns(options: CompareOptions): Promise<Comparisons> {
  const { alpha = 0.05, draws = 10_000, seed = 0, progress = silentProgress, command = [] } = options;
  const a = await readOutcomes(options.runA);
  const isSame = options.runB === undefined || resolve(options.runB) === resolve(options.runA);
  const b = isSame ? a : await readOutcomes(options.runB!);
  const pairs = pairsOfSides(a, b, options);
  const experiments = options.experiments ?? COMPARED_EXPERIMENTS;
  const level = 1 - alpha;
  const work = new Work(a, b, { level, draws, seed }, options);
  const uncorrected: Uncorrected[] = [];
  for (const experiment of COMPARED_EXPERIMENTS.filter((name) => experiments.includes(name))) {
    const bar = progress.start(`comparing ${experiment}`, pairs.length);
    try {
      for (const pair of pairs) {
        uncorrected.push(...(await work.compare(experiment, pair)));
        bar.advance(1);
      }
    } finally {
      bar.end();
    }
  }
  const comparisons = corrected(uncorrected, alpha);
  const families = COMPARED_EXPERIMENTS.flatMap((experiment) => {
    const tests = comparisons.filter((comparison) => comparison.experiment === experiment).length;
    return tests === 0 ? [] : [{ experiment, tests }];
  });
  for (const { experiment, tests } of families) {
    const isDrawn = comparisons.some((one) => one.experiment === experiment && one.test !== "mcnemar");
    // The smallest p-value of the bootstrap, times the number of tests.
    if (!isDrawn || (2 * tests) / (draws + 1) <= alpha) continue;
    work.notes.add(
      `${experiment}: with ${tests} tests, ${draws} draws cannot show a difference at ${alpha}; take more --draws`,
    );
  }
  const digests = await sha256OfFiles([a, b].map(({ run }) => join(run, "results.json")));
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    provenance: {
      command,
      packages: packageVersions(),
      runs: [...new Set([a, b])].map(({ run }) => ({ run, sha256: digests.get(join(run, "results.json"))! })),
    },
    synthetic: a.synthetic || b.synthetic,
    ...{ alpha, level, seed, draws, families, comparisons },
    notes: work.notes.texts,
  };
}

/** Holm's correction within each experiment, and what can be said then. */
function corrected(uncorrected: readonly Uncorrected[], alpha: number): readonly Comparison[] {
  return COMPARED_EXPERIMENTS.flatMap((experiment) => {
    const family = uncorrected.filter((comparison) => comparison.experiment === experiment);
    const adjusted = holmCorrection(family.map(({ pValue }) => pValue));
    return family.map((comparison, i) => {
      const adjustedPValue = adjusted[i]!;
      const verdict = comparisonVerdict(comparison.interval, adjustedPValue, { alpha });
      const known = { ...comparison, adjustedPValue, verdict };
      return { ...known, sentence: sentenceOf(known) };
    });
  });
}

/** Two runs, and what several comparisons of them share. */
class Work {
  readonly notes = new Notes();
  readonly #a: RunOutcomes;
  readonly #b: RunOutcomes;
  readonly #options: TestOptions;
  readonly #measures: readonly ClipMeasure[];
  readonly #rules: CompareOptions["rules"];
  readonly #resampling: ClipResampling;
  #clips: SharedClips | undefined;

  constructor(a: RunOutcomes, b: RunOutcomes, tests: TestOptions, { measures, rules }: CompareOptions) {
    this.#a = a;
    this.#b = b;
    this.#options = tests;
    this.#measures = measures === undefined ? DEFAULT_MEASURES : [...new Set(measures)];
    this.#rules = rules;
    this.#resampling = new ClipResampling(tests);
    if (a.similarity !== b.similarity) {
      this.notes.add(`${a.run} compares embeddings by ${a.similarity}, ${b.run} by ${b.similarity}`);
    }
  }

  async compare(experiment: ComparedExperiment, [a, b]: readonly [Side, Side]): Promise<readonly Uncorrected[]> {
    return experiment === "triplets" ? await this.#compareTriplets(a, b) : await this.#compareScores(experiment, a, b);
  }

  async #compareScores(experiment: "zero-shot" | "audio-only", a: Side, b: Side): Promise<readonly Uncorrected[]> {
    if (experiment === "audio-only" && a.run === b.run && a.model === b.model) return []; // it has no prompts
    const [rowsA, rowsB] = [this.#asked(scoresOf(experiment, a)), this.#asked(scoresOf(experiment, b))];
    const matched = this.#matched(experiment, a, b, rowsA, rowsB);
    const found: Uncorrected[] = [];
    for (const [ofA, ofB] of matched) {
      await turn();
      const key = keyOf(ofA, a);
      if ([...ofA.labels].sort().join("\n") !== [...ofB.labels].sort().join("\n")) {
        this.notes.add(`${where(experiment, key)}: not compared, as the two sides choose among other labels`);
        continue;
      }
      const clips = this.#sharedClips();
      const everyLabel = [...ofA.labels.keys()];
      const classes = clips.placesA.map((place) => ofA.classes[place]!);
      if (classes.every((label) => label === classes[0])) {
        this.notes.add(`${where(experiment, key)}: not compared, as all shared clips are "${ofA.labels[classes[0]!]}"`);
        continue;
      }
      const columnsOfB = ofA.labels.map((label) => ofB.labels.indexOf(label));
      const scores = {
        a: picked(await ofA.similarities(), clips.placesA, everyLabel),
        b: picked(await ofB.similarities(), clips.placesB, columnsOfB),
        classes,
        groups: clips.units.groups,
        resampling: this.#resampling.of(clips.units),
      };
      for (const measured of compareClips(scores, this.#measures, this.#options)) {
        const ofRow = ofA.row.experiment === "audio-only" ? { space: ofA.row.space, rule: ofA.row.rule } : {};
        const sides = { a: comparedSide(a, ofA), b: comparedSide(b, ofB) };
        found.push({ experiment, ...sides, ...ofRow, items: clips.items, ...measured });
      }
    }
    return found;
  }

  async #compareTriplets(a: Side, b: Side): Promise<readonly Uncorrected[]> {
    if (a.run.ontology !== b.run.ontology) {
      this.notes.add(
        `triplets: not compared, as they are of two ontologies, ${a.run.ontology} in ${a.run.run} and ${b.run.ontology} in ${b.run.run}`,
      );
      return [];
    }
    const found: Uncorrected[] = [];
    const matched = this.#matched("triplets", a, b, this.#asked(tripletsOf(a)), this.#asked(tripletsOf(b)));
    for (const [ofA, ofB] of matched) {
      await turn();
      const key = keyOf(ofA, a);
      const paired: PairedAnswers = sharedTriplets(await scoredTriplets(ofA), await scoredTriplets(ofB));
      const { shared, onlyA, onlyB } = paired.items;
      if (shared === 0) {
        this.notes.add(`${where("triplets", key)}: not compared, as the two sides share none`);
        continue;
      }
      if (onlyA + onlyB > 0) {
        this.notes.add(
          `${where("triplets", key)}: ${shared} in both are compared; ${onlyA} are only in a, ${onlyB} only in b`,
        );
      }
      const { space, rule } = ofA.row;
      const sides = { a: comparedSide(a, ofA), b: comparedSide(b, ofB) };
      const measured = compareTriplets(paired, this.#options);
      found.push({
        ...{ experiment: "triplets", ...sides, space, rule, measure: TRIPLET_MEASURE, items: paired.items },
        ...measured,
      });
    }
    return found;
  }

  #asked<Row extends ScoresOfRow | TripletsOfRow>(rows: readonly Row[]): readonly Row[] {
    return rows.filter(({ row }) => !("rule" in row) || (this.#rules?.includes(row.rule) ?? true));
  }

  /** Rows of both sides that belong together; what has no counterpart is noted. */
  #matched<Row extends ScoresOfRow | TripletsOfRow>(
    experiment: ComparedExperiment,
    a: Side,
    b: Side,
    rowsA: readonly Row[],
    rowsB: readonly Row[],
  ): readonly (readonly [Row, Row])[] {
    const ofB = new Map(rowsB.map((row) => [keyOf(row, b), row]));
    const keysOfA = new Set(rowsA.map((row) => keyOf(row, a)));
    for (const [rows, side, others, other] of [[rowsA, a, ofB, b] as const, [rowsB, b, keysOfA, a] as const]) {
      const lacked = rows.map((row) => keyOf(row, side)).filter((key) => !others.has(key));
      if (lacked.length === 0) continue;
      const who = other.run.run === side.run.run ? other.model : `${other.model} in ${other.run.run}`;
      this.notes.add(`${experiment}: ${who} lacks ${lacked.filter((key) => key !== "").join("; ") || "it"}`);
    }
    return rowsA.flatMap((row) => {
      const counterpart = ofB.get(keyOf(row, a));
      return counterpart === undefined ? [] : [[row, counterpart] as const];
    });
  }

  #sharedClips(): SharedClips {
    if (this.#clips !== undefined) return this.#clips;
    const clips = sharedClips(this.#a.clips!, this.#b.clips!);
    const { shared, onlyA, onlyB } = clips.items;
    if (onlyA + onlyB > 0) {
      this.notes.add(`${shared} clips in both runs are compared; ${onlyA} are only in a, ${onlyB} only in b`);
    }
    this.#clips = clips;
    return clips;
  }
}

const scoresOf = (experiment: "zero-shot" | "audio-only", { run, model, promptSet }: Side): readonly ScoresOfRow[] =>
  run.scores.filter(
    ({ row }) =>
      row.experiment === experiment &&
      row.model === model &&
      (promptSet === undefined || row.experiment === "audio-only" || row.promptSet === promptSet),
  );

const tripletsOf = ({ run, model, promptSet }: Side): readonly TripletsOfRow[] =>
  run.triplets.filter(({ row }) => row.model === model && (promptSet === undefined || row.promptSet === promptSet));

async function scoredTriplets({ labels, triplets, similarities }: TripletsOfRow): Promise<ScoredTriplets> {
  return { labels, triplets: await triplets(), similarities: await similarities() };
}

/** What a row has in common with the one that it is compared with; its prompt set, unless two are compared. */
function keyOf({ row }: ScoresOfRow | TripletsOfRow, { promptSet }: Side): string {
  const parts = [
    ...("promptSet" in row && promptSet === undefined ? [row.promptSet] : []),
    ...("space" in row ? [row.space, row.rule] : []),
  ];
  return parts.join(", ");
}

const where = (experiment: ComparedExperiment, key: string): string =>
  key === "" ? experiment : `${experiment}, ${key}`;

const comparedSide = ({ run, model }: Side, { row }: ScoresOfRow | TripletsOfRow): ComparedSide => ({
  run: run.run,
  model,
  ...("promptSet" in row ? { promptSet: row.promptSet } : {}),
});
