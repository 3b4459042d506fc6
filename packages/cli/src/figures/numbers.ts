/** .613 as 0.613; null and what is no number as a dash that is seen. */
export const shownScore = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? MISSING : value.toFixed(3).replace(/^-(0\.000)$/, "$1");

/** A share of clips or triplets without its zero and with two digits, for narrow cells. */
export const shownShare = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? MISSING : value.toFixed(2);

/** What stands where there is no value. */
export const MISSING = "–";

/** 2913 as 2,913; the same in every locale. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** 1 clip, 2 clips. */
export const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
