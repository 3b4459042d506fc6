import type { RankedQuery } from "./relevant-ranks.ts";

/** The share of the relevant items that rank k or better. */
export function recallOf({ ranks }: RankedQuery, k: number): number {
  let found = 0;
  while (found < ranks.length && ranks[found]! <= k) found++;
  return found / ranks.length;
}

/** The mean, over relevant items, of the share of relevant items among those that rank at least as high. */
export function averagePrecisionOf({ ranks }: RankedQuery): number {
  let sum = 0;
  for (let i = 0; i < ranks.length; ) {
    let end = i;
    while (end < ranks.length && ranks[end] === ranks[i]) end++;
    // Tied relevant items share a rank, and all of them are among the items that score at least as high.
    sum += ((end - i) * end) / ranks[i]!;
    i = end;
  }
  return sum / ranks.length;
}

/**
 * DCG over ideal DCG at k. An item that ties with others gets the mean of the discounts of the places that they share,
 * which is the expected DCG over all orders of the ties (McSherry & Najork 2008).
 */
export function ndcgOf({ ranks, above, grades }: RankedQuery, discountSums: Float64Array): number {
  let dcg = 0;
  for (let i = 0; i < ranks.length; i++) {
    const places = ranks[i]! - above[i]!;
    dcg += (grades[i]! * (discountSums[ranks[i]!]! - discountSums[above[i]!]!)) / places;
  }
  const ideal = Float64Array.from(grades).sort().reverse();
  let idealDcg = 0;
  for (let i = 0; i < ideal.length; i++) idealDcg += ideal[i]! * (discountSums[i + 1]! - discountSums[i]!);
  return dcg / idealDcg;
}

/** Entry r is the sum of the discounts 1 / log2(place + 1) of places 1 to r; places beyond k add nothing. */
export function discountSumsTo(items: number, k: number): Float64Array {
  const sums = new Float64Array(items + 1);
  for (let place = 1; place <= items; place++) {
    sums[place] = sums[place - 1]! + (place <= k ? 1 / Math.log2(place + 1) : 0);
  }
  return sums;
}
