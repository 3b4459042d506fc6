/** Rows of results without what bootstraps add to them, and without histograms: both have tests of their own. */
export function withoutIntervals<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutIntervals) as T;
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !/interval|histograms/i.test(key));
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutIntervals(part)])) as T;
}
