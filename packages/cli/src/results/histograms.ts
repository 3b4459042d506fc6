/** Counts per bin of equal width: bin i has the values from low + i * width up to, and without, low + (i + 1) * width. */
interface Bins {
  readonly low: number;
  readonly width: number;
}

/**
 * What the study's histograms show, counted. With a similarity that is bounded by -1 and 1 the bins are the study's: 40 of
 * width 0.05 for similarities, and at least 29 of width 0.01 for differences, more where values lie beyond.
 */
export interface SimilarityHistograms {
  /** Similarities of clips to their own label (right pairs) and to all others (wrong pairs). */
  readonly similarity: Bins & { readonly right: readonly number[]; readonly wrong: readonly number[] };
  /** A clip's highest similarity minus its second highest. */
  readonly topTwoDifference: Bins & { readonly counts: readonly number[] };
}
