import type { SimilarityKind } from "@irec/metrics";
import type { Rows } from "./small-store.ts";

/*
 * The scores once more, straight from their definitions and with no thought of speed, to check the real ones against.
 * Nothing here is shared with the sources.
 */

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]) => sum(values) / values.length;
const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((x, i) => x * b[i]!));
const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const centred = (a: readonly number[]) => a.map((x) => x - mean(a));

export const naiveSimilarity: Readonly<Record<SimilarityKind, (a: readonly number[], b: readonly number[]) => number>> =
  {
    cosine,
    dot,
    euclidean: (a, b) => -Math.sqrt(sum(a.map((x, i) => (x - b[i]!) ** 2))),
    manhattan: (a, b) => -sum(a.map((x, i) => Math.abs(x - b[i]!))),
    angular: (a, b) => 1 - Math.acos(cosine(a, b)) / Math.PI,
    pearson: (a, b) => cosine(centred(a), centred(b)),
  };

export const similarities = (a: Rows, b: Rows, kind: SimilarityKind): number[][] =>
  a.map((x) => b.map((y) => naiveSimilarity[kind](x, y)));

export const centroid = (rows: Rows): number[] => rows[0]!.map((_, k) => mean(rows.map((row) => row[k]!)));

/** Everything that `classificationScores` gives, label by label and pair by pair. */
export function naiveClassification(scores: Rows, classes: readonly number[], labels: readonly string[]) {
  const n = classes.length;
  const everyClass = labels.map((_, c) => c);
  const predicted = scores.map((row) => row.indexOf(Math.max(...row)));
  const rank = (i: number) => {
    // scikit-learn: of equal scores the higher class index comes first.
    const order = everyClass.toSorted((a, b) => scores[i]![b]! - scores[i]![a]! || b - a);
    return order.indexOf(classes[i]!) + 1;
  };
  const ranks = classes.map((_, i) => rank(i));
  const confusion = everyClass.map((t) =>
    everyClass.map((p) => classes.filter((c, i) => c === t && predicted[i] === p).length),
  );
  const perClass = labels.map((label, c) => {
    const positives = scores.filter((_, i) => classes[i] === c).map((row) => row[c]!);
    const negatives = scores.filter((_, i) => classes[i] !== c).map((row) => row[c]!);
    const hits = confusion[c]![c]!;
    const answers = predicted.filter((p) => p === c).length;
    const pairs = positives.flatMap((p) => negatives.map((q) => (p > q ? 1 : p === q ? 0.5 : 0)));
    const precisionAt = (threshold: number) => {
      const found = positives.filter((p) => p >= threshold).length;
      return found / (found + negatives.filter((q) => q >= threshold).length);
    };
    return {
      label,
      clips: positives.length,
      recall: positives.length === 0 ? null : hits / positives.length,
      f1: positives.length + answers === 0 ? 0 : (2 * hits) / (positives.length + answers),
      rocAuc: pairs.length === 0 ? null : mean(pairs),
      averagePrecision: positives.length === 0 ? null : mean(positives.map(precisionAt)),
    };
  });
  const withClips = perClass.filter(({ clips }) => clips > 0);
  return {
    clips: n,
    topK: [1, 2, 3, 4, 5].filter((k) => k < labels.length).map((k) => ranks.filter((r) => r <= k).length / n),
    f1Weighted: sum(perClass.map(({ f1, clips }) => f1 * clips)) / n,
    f1Macro: mean(perClass.map(({ f1 }) => f1)),
    rocAucMacro: mean(withClips.map(({ rocAuc }) => rocAuc!)),
    averagePrecisionMacro: mean(withClips.map(({ averagePrecision }) => averagePrecision!)),
    balancedAccuracy: mean(withClips.map(({ recall }) => recall!)),
    perClass,
    confusion,
  };
}
