import { xoshiro128 } from "@irec/metrics";
import type { JsonField } from "../../json-field.ts";
import { quoted } from "../../quoted.ts";

/** Which clips are kept from training, to measure on. */
export type HoldOut =
  /** Official folds of the ground truth. */
  | { readonly folds: readonly number[] }
  /** All clips of some labels: nothing of them is learned, neither sound nor text. */
  | { readonly labels: readonly string[] }
  /** This part of the clips of each label, drawn from the seed. */
  | { readonly share: number };

/** @throws {InputError} naming the field that is wrong */
export function readHoldOut(field: JsonField): HoldOut {
  const kinds = ["folds", "labels", "share"] as const;
  field.only(kinds);
  const [kind, ...others] = kinds.filter((key) => field.has(key));
  if (kind === undefined || others.length > 0) throw field.error(`expected one of ${kinds.join(", ")}`);
  const value = field.get(kind);
  if (kind === "share") {
    const share = value.number(0, 1);
    if (share > 0 && share < 1) return { share };
    throw value.error("expected a number between 0 and 1");
  }
  const list = kind === "folds" ? { folds: value.counts() } : { labels: value.strings() };
  if (Object.values(list)[0]!.length === 0) throw value.error("is empty; nothing would be held out");
  return list;
}

/** The rows that are trained on and those that are held out, ascending. */
export interface Split {
  readonly training: readonly number[];
  readonly heldOut: readonly number[];
}

/** What a split is made of. */
export interface LabelledRows {
  readonly labels: readonly string[];
  readonly classes: Int32Array;
  readonly folds?: Int32Array;
}

/**
 * Parts the rows of a data set.
 * @returns the reason when it cannot be parted so: no such fold or label, or nothing is left on one side
 */
export function splitRows(holdOut: HoldOut, rows: LabelledRows, seed: number): Split | string {
  const isHeldOut = heldOutRows(holdOut, rows, seed);
  if (typeof isHeldOut === "string") return isHeldOut;
  const all = [...rows.classes.keys()];
  const [training, heldOut] = [all.filter((row) => !isHeldOut(row)), all.filter(isHeldOut)];
  if (heldOut.length === 0) return "no clip is held out; there would be nothing to measure on";
  if (new Set(training.map((row) => rows.classes[row])).size < 2) {
    return "clips of fewer than two labels are left to train on";
  }
  return { training, heldOut };
}

function heldOutRows(
  holdOut: HoldOut,
  { labels, classes, folds }: LabelledRows,
  seed: number,
): ((row: number) => boolean) | string {
  if ("folds" in holdOut) {
    if (folds === undefined) return 'the ground truth has no folds; hold out a "share" or "labels"';
    const present = new Set(folds);
    const absent = holdOut.folds.find((fold) => !present.has(fold));
    if (absent !== undefined)
      return `there is no fold ${absent}; there are ${[...present].sort((a, b) => a - b).join(", ")}`;
    const chosen = new Set(holdOut.folds);
    return (row) => chosen.has(folds[row]!);
  }
  if ("labels" in holdOut) {
    const absent = holdOut.labels.find((label) => !labels.includes(label));
    if (absent !== undefined) return `there is no label ${quoted(absent)}; there are ${labels.map(quoted).join(", ")}`;
    const chosen = new Set(holdOut.labels.map((label) => labels.indexOf(label)));
    return (row) => chosen.has(classes[row]!);
  }
  const chosen = shareOfEach(classes, labels.length, holdOut.share, seed);
  return (row) => chosen.has(row);
}

/** A part of the rows of each class, rounded; at least one row of a class that has two. */
function shareOfEach(classes: Int32Array, count: number, share: number, seed: number): ReadonlySet<number> {
  const random = xoshiro128(seed);
  const chosen = new Set<number>();
  for (let label = 0; label < count; label++) {
    const rows = [...classes.keys()].filter((row) => classes[row] === label);
    const size = rows.length < 2 ? 0 : Math.min(rows.length - 1, Math.max(1, Math.round(share * rows.length)));
    for (let i = 0; i < size; i++) {
      const [row] = rows.splice(random.nextBelow(rows.length), 1);
      chosen.add(row!);
    }
  }
  return chosen;
}
