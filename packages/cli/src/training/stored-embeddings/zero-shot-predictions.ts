import { argmax, majorityBaseline, similarityTo } from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import { answerScores } from "../../experiments/answer-scores.ts";
import { ClipResampling, definedInterval, type Resampling } from "../../experiments/resampling.ts";
import type { Interval } from "../../results/results.ts";
import { type Cell, type Column, score } from "../../results/table.ts";
import type { Clips } from "./stored-source.ts";

/** How some clips came out. */
export interface ZeroShotScore {
  readonly clips: number;
  readonly top1: number;
  /** Mean recall of the labels that have clips. */
  readonly balanced: number;
  /** 95 % intervals of a bootstrap that draws what `irec evaluate` draws; null where there are no clips. */
  readonly intervals: { readonly top1: Interval; readonly balanced: Interval } | null;
}

/**
 * The label whose text is nearest to each clip.
 * @param text - row c for label c
 * @param candidates - the labels that may be answered, ascending; all when left out
 */
export function zeroShotPredictions(audio: NdArray, text: NdArray, candidates?: readonly number[]): Int32Array {
  const answers = candidates ?? [...Array(text.shape[0]!).keys()];
  const columns = text.shape[1]!;
  const some = ndarray(new Float64Array(answers.length * columns), [answers.length, columns]);
  for (const [i, label] of answers.entries()) for (let j = 0; j < columns; j++) some.set(i, j, text.get(label, j));
  return Int32Array.from(argmax(similarityTo(some)(audio)), (i) => answers[i]!);
}

/** Some clips that are scored together. */
export interface ScoredClips {
  /** In any order; several times where a clip is answered several times. */
  readonly rows: readonly number[];
  /** The label of each of them. */
  readonly classes: Int32Array;
  /** Undefined where there are no clips. */
  readonly resampling: Resampling | undefined;
}

/** @param seed - of the draws */
export function scoredClips(
  { classes, units: { unit, groups } }: Pick<Clips, "classes" | "units">,
  rows: readonly number[],
  seed: number,
): ScoredClips {
  const pick = (values: Int32Array) => Int32Array.from(rows, (row) => values[row]!);
  const resampling =
    rows.length === 0 ? undefined : new ClipResampling({ draws: DRAWS, seed }).of({ unit, groups: pick(groups) });
  return { rows, classes: pick(classes), resampling };
}

/** As many as `irec evaluate` makes when nothing else is said. */
const DRAWS = 1000;

/** @param answers - to each of the clips */
export function scoreOf({ classes, resampling }: ScoredClips, answers: Int32Array): ZeroShotScore {
  if (resampling === undefined) return { clips: 0, top1: 0, balanced: 0, intervals: null };
  const { top1, balancedAccuracy } = answerScores(answers, classes, resampling);
  return {
    clips: classes.length,
    top1: top1.estimate,
    balanced: balancedAccuracy.estimate,
    intervals: {
      top1: definedInterval(top1, resampling.unit),
      balanced: definedInterval(balancedAccuracy, resampling.unit),
    },
  };
}

/** The columns of a score in a table: its value and the ends of its interval. */
export const scoreColumns = (name: string): Column[] => [
  score(name),
  score(`${name} low`, "low"),
  score(`${name} high`, "high"),
];

/** The cells of `scoreColumns`; empty where there is no score. */
export function scoreCells(found: ZeroShotScore | null | undefined, name: "top1" | "balanced"): Cell[] {
  if (found == null) return [null, null, null];
  const interval = found.intervals?.[name];
  return [found[name], interval?.low ?? null, interval?.high ?? null];
}

/** What always giving the commonest answer scores on some of the clips. */
export function majorityOf(classes: Int32Array, rows: readonly number[], labels: readonly string[]) {
  const { label, accuracy: top1 } = majorityBaseline(
    Int32Array.from(rows, (row) => classes[row]!),
    labels.length,
  );
  return { label: labels[label]!, top1 };
}
