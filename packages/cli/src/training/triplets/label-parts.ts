import { xoshiro128 } from "@irec/metrics";
import type { JsonField } from "../../json-field.ts";
import { quoted } from "../../quoted.ts";

/** Which labels are kept from training, to measure on. */
export type LabelHoldOut =
  /** These. */
  | { readonly labels: readonly string[] }
  /** So many, drawn from the seed. */
  | { readonly count: number }
  /**
   * Cross-validation: the labels are parted from the seed into so many parts of the same size, or one more; each part is held out
   * once, and the model that is written is tuned on all labels.
   */
  | { readonly parts: number };

/** @throws {InputError} naming the field that is wrong */
export function readLabelHoldOut(field: JsonField): LabelHoldOut {
  const kinds = ["labels", "count", "parts"] as const;
  field.only(kinds);
  const [kind, ...others] = kinds.filter((key) => field.has(key));
  if (kind === undefined || others.length > 0) throw field.error(`expected one of ${kinds.join(", ")}`);
  if (kind === "count") return { count: field.get(kind).integer(1) };
  if (kind === "parts") return { parts: field.get(kind).integer(2) };
  const labels = field.get(kind).strings();
  if (labels.length === 0) throw field.get(kind).error("holds no label out; there would be nothing to measure on");
  return { labels };
}

/** A triplet needs three labels. */
const LEAST_IN_TRAINING = 3;

/**
 * The labels that are held out, as indices, one list for each tuning that is measured.
 * @returns the reason when they cannot be: no such label, or too few are left to make a triplet
 */
export function heldOutParts(holdOut: LabelHoldOut, labels: readonly string[], seed: number): number[][] | string {
  const n = labels.length;
  if ("labels" in holdOut) {
    const absent = holdOut.labels.find((label) => !labels.includes(label));
    if (absent !== undefined) return `there is no label ${quoted(absent)}; there are ${labels.map(quoted).join(", ")}`;
    const chosen = [...new Set(holdOut.labels.map((label) => labels.indexOf(label)))].sort((a, b) => a - b);
    return tooFew(n - chosen.length) ?? [chosen];
  }
  const order = shuffled(n, seed);
  if ("count" in holdOut) return tooFew(n - holdOut.count) ?? [ascending(order.slice(0, holdOut.count))];
  const { parts } = holdOut;
  if (parts > n) return `${parts} parts of ${n} labels; expected at most one for each`;
  const ends = [...Array(parts + 1).keys()].map((i) => Math.floor((i * n) / parts));
  const largest = Math.max(...ends.slice(1).map((end, i) => end - ends[i]!));
  return tooFew(n - largest) ?? ends.slice(1).map((end, i) => ascending(order.slice(ends[i], end)));
}

const tooFew = (left: number): string | undefined =>
  left < LEAST_IN_TRAINING
    ? `${Math.max(0, left)} labels are left to train on; a triplet needs ${LEAST_IN_TRAINING}`
    : undefined;

const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);

function shuffled(n: number, seed: number): number[] {
  const random = xoshiro128(seed);
  const left = [...Array(n).keys()];
  return Array.from({ length: n }, () => left.splice(random.nextBelow(left.length), 1)[0]!);
}
