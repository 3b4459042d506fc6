import type { NdArray } from "ndarray";
import { InputError } from "../../errors.ts";
import { digestOfFile } from "../../file-digest.ts";
import { quoted } from "../../quoted.ts";

/** As those of @irec/encoders: squares of lengths between these stay inside of float32, in which heads compute. */
const [SHORTEST, LONGEST] = [1e-15, 1e15];

/** Names the rows of an array for an error: what they are, and which; undefined where nothing says. */
export interface RowNames {
  readonly kind: "clip" | "label";
  readonly names: readonly string[] | undefined;
}

/**
 * @param rows - as the file has them
 * @throws {InputError} naming file, row and clip or label when a row has a value that is not finite, has no direction, or is too
 *   long or too short for float32
 */
export function requireUsableRows(path: string, rows: NdArray, { kind, names }: RowNames): void {
  const [count, columns] = rows.shape as [number, number];
  const advice = `Was that ${kind} silent, unreadable or skipped? Embed it again or leave it out.`;
  for (let row = 0; row < count; row++) {
    let length = 0;
    for (let column = 0; column < columns; column++) length += rows.get(row, column) ** 2;
    length = Math.sqrt(length);
    if (length >= SHORTEST && length <= LONGEST) continue;
    const name = names?.[row];
    const place = `row ${row}${name === undefined ? "" : ` (${kind} ${quoted(name)})`}`;
    const values = Array.from({ length: columns }, (_, column) => rows.get(row, column));
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad !== -1) throw new InputError(path, `${place}, column ${bad} is ${values[bad]}. ${advice}`);
    // The length of values whose squares overflow or vanish.
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) throw new InputError(path, `${place} is all zeros, which have no direction. ${advice}`);
    const exact = largest * Math.sqrt(values.reduce((sum, value) => sum + (value / largest) ** 2, 0));
    throw new InputError(
      path,
      `${place} has the length ${exact.toPrecision(3)}; heads compute in float32 and take 1e-15 to 1e15. Scale the array.`,
    );
  }
}

/** @throws {InputError} when a file is not the one that a manifest was written for */
export async function requireUnchanged(path: string, claimed: string | undefined): Promise<void> {
  if (claimed === undefined) return;
  const found = await digestOfFile(path, "sha256");
  if (found === claimed) return;
  throw new InputError(path, `its sha256 is ${found}, while the manifest says ${claimed}; it was changed.`);
}

/** Sees to it that vectors which are compared or stacked have one size. */
export class VectorSizes {
  readonly #first = new Map<string, { readonly path: string; readonly size: number }>();

  /**
   * @param key - of what must have one size
   * @throws {InputError} when the array has another size than the first of its key
   */
  require(key: string, path: string, size: number): void {
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, { path, size });
    else if (first.size !== size) {
      throw new InputError(path, `has embeddings of ${size} numbers, while ${first.path} has ${first.size}.`);
    }
  }
}
