/** A bin with what is in it. */
export interface CountedBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Of all that was counted; 0 when nothing was. */
  readonly share: number;
}

interface Bins {
  readonly low: number;
  readonly width: number;
}

/** The lower edge of bin i, as a short decimal: 0.15 and not 0.15000000000000013. */
export const binEdge = ({ low, width }: Bins, i: number): number => Number((low + i * width).toPrecision(12));

export function shares(bins: Bins, counts: readonly number[]): readonly CountedBin[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, i) => ({
    from: binEdge(bins, i),
    to: binEdge(bins, i + 1),
    count,
    share: total === 0 ? 0 : count / total,
  }));
}

/** First and end of the bins in which any histogram has something, with an empty one at either side where there is one. */
export function occupiedBins(histograms: readonly (readonly number[])[]): [first: number, end: number] {
  const length = Math.max(...histograms.map((counts) => counts.length));
  const used = Array.from({ length }, (_, i) => histograms.some((counts) => (counts[i] ?? 0) > 0));
  if (!used.includes(true)) return [0, length];
  return [Math.max(0, used.indexOf(true) - 1), Math.min(length, used.lastIndexOf(true) + 2)];
}

/** The outline of a histogram for a line with steps: from the ground up, along the tops, and down to the ground. */
export function steps(bins: readonly CountedBin[]): readonly { readonly x: number; readonly share: number }[] {
  if (bins.length === 0) return [];
  return [...bins.map(({ from, share }) => ({ x: from, share })), { x: bins.at(-1)!.to, share: 0 }];
}
