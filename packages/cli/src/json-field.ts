import { InputError } from "./errors.ts";
import { nearestWord } from "./nearest-word.ts";
import { quoted } from "./quoted.ts";
import { readTextFile } from "./text-file.ts";

/**
 * Reads a JSON file that is to be taken apart field by field.
 * @param place - what to call the whole of it in messages
 * @throws {InputError} when it cannot be read, is larger, or is not JSON
 */
export async function readJsonFile(path: string, place: string, maxBytes: number): Promise<JsonField> {
  const text = await readTextFile(path, maxBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replace(/\s+/g, " ");
    throw new InputError(path, `not valid JSON: ${reason}.`, { cause: error });
  }
  return new JsonField(path, place, value);
}

/** A value somewhere in a JSON file, with its place for the error message. */
export class JsonField {
  readonly #file: string;
  readonly #place: string;
  readonly #value: unknown;

  constructor(file: string, place: string, value: unknown) {
    this.#file = file;
    this.#place = place;
    this.#value = value;
  }

  #expected(what: string): InputError {
    const found = this.#value === undefined ? "nothing" : JSON.stringify(this.#value).slice(0, 60);
    return new InputError(this.#file, `${this.#place}: expected ${what}, found ${found}.`);
  }

  #object(): Record<string, unknown> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.#expected("an object");
    return value as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object(), key);
  }

  /** The value of a key; `otherwise` where the key is left out. */
  get(key: string, otherwise?: unknown): JsonField {
    const value = this.has(key) ? this.#object()[key] : otherwise;
    return new JsonField(this.#file, `${this.#place}.${key}`, value);
  }

  exactly(value: number): void {
    if (this.#value !== value) throw this.#expected(`${value} (written by a newer irec?)`);
  }

  string(): string {
    if (typeof this.#value !== "string") throw this.#expected("a string");
    return this.#value;
  }

  sha256(): string {
    const text = this.string().toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(text)) throw this.#expected("a sha256, 64 hexadecimal digits");
    return text;
  }

  /** A string that says something. */
  text(): string {
    const text = this.string();
    if (text.trim() === "") throw this.#expected("a text that is not empty");
    return text;
  }

  /** A finite number in a range, both ends included. */
  number(least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): number {
    const value = this.#value;
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      throw this.#expected(`a number${rangeText(least, most)}`);
    }
    return value;
  }

  /** A whole number in a range, both ends included. */
  integer(least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value;
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw this.#expected(`a whole number${rangeText(least, most)}`);
    }
    return value as number;
  }

  /** One of some words. */
  oneOf<Word extends string>(words: readonly Word[]): Word {
    if (!words.includes(this.#value as Word)) throw this.#expected(words.map(quoted).join(" or "));
    return this.#value as Word;
  }

  isNull(): boolean {
    return this.#value === null;
  }

  boolean(): boolean {
    if (typeof this.#value !== "boolean") throw this.#expected("true or false");
    return this.#value;
  }

  strings(): readonly string[] {
    const value = this.#value;
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
      throw this.#expected("a list of strings");
    return value;
  }

  /** A list of whole numbers of at least 0, such as classes. */
  counts(): readonly number[] {
    const value = this.#value;
    if (!Array.isArray(value) || !value.every((item) => Number.isSafeInteger(item) && item >= 0))
      throw this.#expected("a list of whole numbers");
    return value;
  }

  count(): number {
    const value = this.#value;
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw this.#expected("a whole number");
    return value as number;
  }

  /** An object that nobody takes apart. */
  object(): Readonly<Record<string, unknown>> {
    return this.#object();
  }

  /** Each item of a list. */
  list<T>(read: (item: JsonField) => T): readonly T[] {
    const value = this.#value;
    if (!Array.isArray(value)) throw this.#expected("a list");
    return value.map((item, i) => read(new JsonField(this.#file, `${this.#place}[${i}]`, item)));
  }

  /** Whether it is a list; a field may be one thing or several. */
  isList(): boolean {
    return Array.isArray(this.#value);
  }

  /** Whether it is a string; a name may be a number or a text. */
  isText(): boolean {
    return typeof this.#value === "string";
  }

  keys(): readonly string[] {
    return Object.keys(this.#object());
  }

  /** Refuses keys that nobody reads, which are slips of the pen. */
  only(known: readonly string[]): void {
    const unknown = this.keys().find((key) => !known.includes(key));
    if (unknown === undefined) return;
    const nearest = nearestWord(unknown, known);
    const guess = nearest === undefined ? "" : ` (did you mean ${quoted(nearest)}?)`;
    throw this.error(`has no use for ${quoted(unknown)}${guess}; it takes ${known.join(", ")}`);
  }

  /** An error about this place, for what the caller alone can judge. */
  error(problem: string): InputError {
    return new InputError(this.#file, `${this.#place}: ${problem}.`);
  }

  record<T>(read: (entry: JsonField, key: string) => T): Record<string, T> {
    return Object.fromEntries(this.keys().map((key) => [key, read(this.get(key), key)]));
  }
}

function rangeText(least: number, most: number): string {
  if (least === Number.NEGATIVE_INFINITY) return most === Number.POSITIVE_INFINITY ? "" : ` of at most ${most}`;
  return most >= Number.MAX_SAFE_INTEGER ? ` of at least ${least}` : ` from ${least} to ${most}`;
}
