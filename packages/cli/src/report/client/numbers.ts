/** 0.12345 as 12.3 %, with a space that does not break. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;

/** A similarity, with a true minus sign. */
export const similarity = (value: number): string =>
  value
    .toFixed(4)
    .replace(/^-(0\.0000)$/, "$1")
    .replace("-", "\u2212");

/** 2913 as 2,913. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;
