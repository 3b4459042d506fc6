import { isNdArray, MAX_INDEX, readFiniteVector, readIndices, type Vector } from "../array-views.ts";
import { LabelError } from "../errors.ts";
import { checkSameLength } from "../option-checks.ts";

/** Sums and counts of values that are already added up, such as a triplet accuracy's `correct` and `total` per anchor. */
export interface Totals {
  /** Shape [n]; sum of the values of entry i. */
  readonly sums: Vector;
  /** Shape [n]; how many values entry i adds up; entries with 0 are left out. */
  readonly counts: Vector;
}

/** One sum and one count per cluster, clusters with values only, in ascending order of their number. */
export interface ClusterTotals {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** Adds values, or totals, up by cluster; without clusters every entry is a cluster of its own. */
export function readClusterTotals(values: Vector | Totals, clusters: Vector | undefined): ClusterTotals {
  const { sums, counts } = isTotals(values) ? readTotals(values) : readValues(values);
  const numbers =
    clusters === undefined
      ? Int32Array.from(sums, (_, i) => i)
      : readIndices("clusters", clusters, MAX_INDEX, "the item's cluster");
  checkSameLength("clusters", numbers.length, "values", sums.length);

  const byCluster = new Map<number, { sum: number; count: number }>();
  for (let i = 0; i < sums.length; i++) {
    if (counts[i] === 0) continue;
    const cluster = byCluster.get(numbers[i]!) ?? { sum: 0, count: 0 };
    cluster.sum += sums[i]!;
    cluster.count += counts[i]!;
    byCluster.set(numbers[i]!, cluster);
  }
  const ordered = [...byCluster].sort(([a], [b]) => a - b).map(([, totals]) => totals);
  return {
    sums: Float64Array.from(ordered, ({ sum }) => sum),
    counts: Float64Array.from(ordered, ({ count }) => count),
  };
}

const isTotals = (values: Vector | Totals): values is Totals =>
  typeof values === "object" && values !== null && !isNdArray(values) && "sums" in values;

function readValues(values: Vector): ClusterTotals {
  const sums = Float64Array.from(readFiniteVector("values", values));
  return { sums, counts: new Float64Array(sums.length).fill(1) };
}

function readTotals(totals: Totals): ClusterTotals {
  const sums = Float64Array.from(readFiniteVector("sums", totals.sums));
  const counts = Float64Array.from(readFiniteVector("counts", totals.counts));
  checkSameLength("counts", counts.length, "sums", sums.length);
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i]! >= 0)) throw new LabelError("counts", i, undefined, counts[i]!, "0 or more");
  }
  return { sums, counts };
}
