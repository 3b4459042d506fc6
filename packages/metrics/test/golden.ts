import { readFileSync } from "node:fs";

/** Reads a golden file made by `python tools/goldens/metrics.py`. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./goldens/${name}.json`, import.meta.url), "utf8")) as T;
}

/** Summation order differs between numpy's pairwise sums and ours; the largest error measured on the goldens is 8e-16. */
export const TOLERANCE = 1e-12;
