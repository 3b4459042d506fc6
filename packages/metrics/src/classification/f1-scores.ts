import { MAX_INDEX, readIndices, type Vector } from "../array-views.ts";
import { LabelError, UndefinedMetricError } from "../errors.ts";
import { readLabelsAndPredictions } from "./class-input.ts";

/** F1 and its parts. Entry i of every array belongs to class `classes[i]`. */
export interface F1Scores {
  /** The classes that count, ascending unless the caller fixed them. */
  readonly classes: Int32Array;
  /** F1 of each class, in [0, 1]. */
  readonly perClass: Float64Array;
  /** Share of a class's predictions that are right; 0 when it is never predicted. */
  readonly precision: Float64Array;
  /** Share of a class's items that are found; 0 when the truth does not have it. */
  readonly recall: Float64Array;
  /** Items of each class in the truth. */
  readonly support: Int32Array;
  /** Unweighted mean of `perClass`. */
  readonly macro: number;
  /** Mean of `perClass` weighted by `support`; 0 when no item has one of the classes. */
  readonly weighted: number;
  /** F1 of the counts summed over the classes. It equals the accuracy when all classes count. */
  readonly micro: number;
}

/**
 * F1 - the harmonic mean of precision and recall - per class and averaged three ways, each in [0, 1].
 *
 * The classes are those that occur in the truth or in the predictions, as in scikit-learn: a class that is only
 * predicted enters the macro average with 0. Fix `classes` to compare models on one list. A class without true or
 * predicted items in the list has F1 0 (scikit-learn's zero_division=0).
 *
 * @param labels - shape [n]; class indices of the truth
 * @param predictions - shape [n]; class indices
 * @param options - `classes`: the classes that count, without repeats
 * @throws {ShapeError} when the lengths differ
 * @throws {LabelError} when a value is not an integer of 0 or more, or a class is listed twice
 * @throws {UndefinedMetricError} when there are no items or no classes
 * @example f1Scores([0, 0, 1, 2], [0, 1, 1, 1]).perClass // Float64Array [0.6666666666666666, 0.5, 0]
 * @see van Rijsbergen 1979, "Information Retrieval"; scikit-learn f1_score
 */
export function f1Scores(
  labels: Vector,
  predictions: Vector,
  { classes: listed }: { readonly classes?: Vector } = {},
): F1Scores {
  const { truth, predicted } = readLabelsAndPredictions(labels, predictions, MAX_INDEX);
  if (truth.length === 0) throw new UndefinedMetricError("f1Scores", "there are no items");
  const classes = listed === undefined ? occurring(truth, predicted) : readClassList(listed);
  if (classes.length === 0) throw new UndefinedMetricError("f1Scores", "the list of classes is empty");

  const position = new Map(Array.from(classes, (classIndex, i) => [classIndex, i]));
  const [hits, support, answers] = [0, 0, 0].map(() => new Int32Array(classes.length)) as Counts;
  for (let i = 0; i < truth.length; i++) {
    const own = position.get(truth[i]!);
    const answer = position.get(predicted[i]!);
    if (own !== undefined) support[own]!++;
    if (answer !== undefined) answers[answer]!++;
    if (own !== undefined && own === answer) hits[own]!++;
  }

  const perClass = new Float64Array(classes.length);
  const precision = new Float64Array(classes.length);
  const recall = new Float64Array(classes.length);
  const all = { hits: 0, support: 0, answers: 0, f1: 0, weightedF1: 0 };
  for (let i = 0; i < classes.length; i++) {
    perClass[i] = f1(hits[i]!, support[i]!, answers[i]!);
    precision[i] = answers[i] === 0 ? 0 : hits[i]! / answers[i]!;
    recall[i] = support[i] === 0 ? 0 : hits[i]! / support[i]!;
    all.hits += hits[i]!;
    all.support += support[i]!;
    all.answers += answers[i]!;
    all.f1 += perClass[i]!;
    all.weightedF1 += perClass[i]! * support[i]!;
  }
  return {
    classes,
    perClass,
    precision,
    recall,
    support,
    macro: all.f1 / classes.length,
    weighted: all.support === 0 ? 0 : all.weightedF1 / all.support,
    micro: f1(all.hits, all.support, all.answers),
  };
}

type Counts = [Int32Array, Int32Array, Int32Array];

/** 2 tp / (2 tp + fp + fn), the form that needs no precision or recall. */
const f1 = (hits: number, support: number, answers: number): number =>
  support + answers === 0 ? 0 : (2 * hits) / (support + answers);

const occurring = (truth: Int32Array, predicted: Int32Array): Int32Array =>
  Int32Array.from(new Set([...new Set(truth), ...new Set(predicted)])).sort();

function readClassList(listed: Vector): Int32Array {
  const classes = Int32Array.from(readIndices("classes", listed, MAX_INDEX, "a class index"));
  const seen = new Set<number>();
  for (const [i, classIndex] of classes.entries()) {
    if (seen.has(classIndex)) throw new LabelError("classes", i, undefined, classIndex, "each class once");
    seen.add(classIndex);
  }
  return classes;
}
