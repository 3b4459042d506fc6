import type { Vector } from "../array-views.ts";
import { UndefinedMetricError } from "../errors.ts";
import { checkWord } from "../option-checks.ts";
import { type BootstrapInterval, type BootstrapOptions, intervalOf, readBootstrapOptions } from "./bootstrap.ts";
import { type ClusterTotals, readClusterTotals, type Totals } from "./cluster-totals.ts";
import { resamplesOf } from "./resamples.ts";

/** Options of the bootstraps of clustered items. */
export interface ClusterBootstrapOptions extends BootstrapOptions {
  /**
   * `"micro"` (the default) is the mean of all values, the ratio of the sums to the counts; `"macro"` is the mean of the
   * clusters' means.
   */
  readonly average?: "micro" | "macro";
}

/**
 * The percentile bootstrap interval of a mean whose values are alike within clusters, such as the triplets of one anchor
 * or the notes of one instrument: whole clusters are resampled.
 *
 * Clusters are drawn as items are by `bootstrapInterval`, in ascending order of their number. The interval speaks for
 * new clusters of the same kind; with few clusters it is too narrow.
 *
 * @param values - shape [n], one per item; or `{ sums, counts }`, each of shape [n]
 * @param clusters - shape [n], the number of each entry's cluster, 0 or more, gaps allowed; every entry is a cluster of
 *   its own when undefined
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when a cluster is not an integer of 0 or more, or a count is negative
 * @throws {OptionError} when an option is out of range
 * @throws {UndefinedMetricError} when there are no values
 * @example clusterBootstrapMean([1, 1, 0, 0], [0, 0, 0, 1], { average: "macro" }).estimate // 0.3333333333333333
 * @see Davison & Hinkley 1997, "Bootstrap methods and their application", section 3.8
 */
export function clusterBootstrapMean(
  values: Vector | Totals,
  clusters?: Vector,
  options: ClusterBootstrapOptions = {},
): BootstrapInterval {
  const settings = readClusterBootstrapOptions(options);
  return clusterBootstrapMeanOf("clusterBootstrapMean", readClusterTotals(values, clusters), settings);
}

/** Fills in the defaults of the options and checks them. */
export function readClusterBootstrapOptions(options: ClusterBootstrapOptions): Required<ClusterBootstrapOptions> {
  const { average = "micro" } = options;
  checkWord("average", average, ["micro", "macro"]);
  return { ...readBootstrapOptions(options), average };
}

/**
 * `clusterBootstrapMean` with both averages from the same resamples, in little more time than one of them.
 * @param options - without `average`
 * @throws the errors of `clusterBootstrapMean`
 * @example
 * const { micro, macro } = clusterBootstrapMeans([1, 1, 0, 0], [0, 0, 0, 1]);
 * [micro.estimate, macro.estimate]; // [0.5, 0.3333333333333333]
 */
export function clusterBootstrapMeans(
  values: Vector | Totals,
  clusters?: Vector,
  options: BootstrapOptions = {},
): { readonly micro: BootstrapInterval; readonly macro: BootstrapInterval } {
  const settings = readBootstrapOptions(options);
  const name = "clusterBootstrapMeans";
  const drawn = drawMeans(name, readClusterTotals(values, clusters), settings);
  return {
    micro: intervalOf(name, drawn.micro.estimate, settings, drawn.micro.statistics),
    macro: intervalOf(name, drawn.macro.estimate, settings, drawn.macro.statistics),
  };
}

/** `clusterBootstrapMean` of checked totals under the name of the function that the caller asked for. */
export function clusterBootstrapMeanOf(
  name: string,
  totals: ClusterTotals,
  settings: Required<ClusterBootstrapOptions>,
): BootstrapInterval {
  const { estimate, statistics } = drawMeans(name, totals, settings)[settings.average];
  return intervalOf(name, estimate, settings, statistics);
}

/** Both averages of the clusters themselves and of every resample. */
function drawMeans(name: string, { sums, counts }: ClusterTotals, settings: Required<BootstrapOptions>) {
  const clusterCount = sums.length;
  if (clusterCount === 0) throw new UndefinedMetricError(name, "there are no values");
  const means = sums.map((sum, c) => sum / counts[c]!);
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const micro = { estimate: total(sums) / total(counts), statistics: new Float64Array(settings.draws) };
  const macro = { estimate: total(means) / clusterCount, statistics: new Float64Array(settings.draws) };
  const next = resamplesOf(clusterCount, settings);
  for (let draw = 0; draw < settings.draws; draw++) {
    const { indices, start } = next();
    let sum = 0;
    let count = 0;
    let sumOfMeans = 0;
    for (let i = start; i < start + clusterCount; i++) {
      const c = indices[i]!;
      sum += sums[c]!;
      count += counts[c]!;
      sumOfMeans += means[c]!;
    }
    micro.statistics[draw] = sum / count;
    macro.statistics[draw] = sumOfMeans / clusterCount;
  }
  return { micro, macro };
}
