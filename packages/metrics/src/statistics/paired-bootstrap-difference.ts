import type { Vector } from "../array-views.ts";
import { type BootstrapInterval, bootstrapMeanOf } from "./bootstrap.ts";
import {
  type ClusterBootstrapOptions,
  clusterBootstrapMeanOf,
  readClusterBootstrapOptions,
} from "./cluster-bootstrap-mean.ts";
import { readClusterTotals } from "./cluster-totals.ts";
import { pairedDifferences } from "./paired-differences.ts";

/** Options of `pairedBootstrapDifference`. */
export interface PairedBootstrapOptions extends ClusterBootstrapOptions {
  /** Shape [n], the number of each item's cluster; items are independent when left out. */
  readonly clusters?: Vector;
}

/**
 * The percentile bootstrap interval of mean(a) - mean(b), where both were measured on the same items: the items - or
 * whole clusters - are resampled, each with both of its values.
 *
 * The resamples are those of `bootstrapMean`, or of `clusterBootstrapMean` when clusters are given.
 *
 * @param a - shape [n]
 * @param b - shape [n]; b[i] belongs to the same item as a[i]
 * @throws {ShapeError} when the lengths differ
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when a cluster is not an integer of 0 or more
 * @throws {OptionError} when an option is out of range
 * @throws {UndefinedMetricError} when there are no items
 * @example pairedBootstrapDifference([1, 1, 1, 0], [0, 1, 0, 0]).estimate // 0.5
 * @see Efron & Tibshirani 1993, "An introduction to the bootstrap"
 */
export function pairedBootstrapDifference(
  a: Vector,
  b: Vector,
  { clusters, ...options }: PairedBootstrapOptions = {},
): BootstrapInterval {
  const settings = readClusterBootstrapOptions(options);
  const differences = pairedDifferences(a, b);
  const name = "pairedBootstrapDifference";
  if (clusters === undefined) return bootstrapMeanOf(name, differences, settings);
  return clusterBootstrapMeanOf(name, readClusterTotals(differences, clusters), settings);
}
