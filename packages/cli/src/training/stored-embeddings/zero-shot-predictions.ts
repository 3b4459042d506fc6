import { accuracy, argmax, balancedAccuracy, majorityBaseline, similarityTo } from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";

/** How some clips came out. */
export interface ZeroShotScore {
  readonly clips: number;
  readonly top1: number;
  /** Mean recall of the labels that have clips. */
  readonly balanced: number;
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

/** The score of some of the clips; undefined when there are none. */
export function scoreOf(
  classes: Int32Array,
  predictions: Int32Array,
  rows: readonly number[],
): ZeroShotScore | undefined {
  if (rows.length === 0) return undefined;
  const [truth, answers] = [classes, predictions].map((all) => Int32Array.from(rows, (row) => all[row]!)) as [
    Int32Array,
    Int32Array,
  ];
  return { clips: rows.length, top1: accuracy(truth, answers), balanced: balancedAccuracy(truth, answers) };
}

/** What always giving the commonest answer scores on some of the clips. */
export function majorityOf(classes: Int32Array, rows: readonly number[], labels: readonly string[]) {
  const { label, accuracy: top1 } = majorityBaseline(
    Int32Array.from(rows, (row) => classes[row]!),
    labels.length,
  );
  return { label: labels[label]!, top1 };
}
