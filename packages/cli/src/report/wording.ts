import type { Interval } from "../results/results.ts";

/** 0.12345 as 12.3 %, with a space that does not break. */
export const percent = (value: number): string => `${oneDecimal(value)}\u00a0%`;

/**
 * A share with its interval: "12.3 % (11.0 to 13.6 %)".
 * @param form - `full` also says how likely the interval is, and over what: once a sentence
 */
export function share(value: number, interval: Interval, form: "full" | "short" = "short"): string {
  const range = `${oneDecimal(interval.low)} to ${percent(interval.high)}`;
  const level = `${Number((100 * interval.level).toFixed(1))}\u00a0% interval by ${interval.unit}: `;
  return `${percent(value)} (${form === "full" ? level : ""}${range})`;
}

/** What rounds to nothing has no sign. */
const oneDecimal = (value: number): string => (100 * value).toFixed(1).replace(/^-0\.0$/, "0.0");

/** 2913 as 2,913; by hand, because loading the locale data for it takes 15 ms. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** a, b and c. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
