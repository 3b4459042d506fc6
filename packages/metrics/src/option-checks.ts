import { OptionError, ShapeError } from "./errors.ts";

/** Throws unless the value is an integer of at least `minimum`. */
export function checkInteger(option: string, value: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    const upTo = maximum === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${maximum}`;
    throw new OptionError(option, value, `an integer of at least ${minimum}${upTo}`);
  }
}

/**
 * Most classes or groups, of which something is counted: 8 bytes each make 128 MiB. More is a wrong argument, such as a
 * label or a hash in the place of a count, and soon more than a typed array may hold.
 */
export const MOST_CLASSES = 2 ** 24;

/** Throws unless the value can be the number of classes, or of something else that is counted. */
export function checkClassCount(option: string, value: number): void {
  checkInteger(option, value, 1, MOST_CLASSES);
}

/** Throws unless the value is one of the given words. */
export function checkWord(option: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) {
    throw new OptionError(option, value, `one of ${words.map((word) => JSON.stringify(word)).join(", ")}`);
  }
}

/** Throws unless two arguments that go together have the same length. */
export function checkSameLength(argument: string, length: number, other: string, otherLength: number): void {
  if (length !== otherLength) {
    throw new ShapeError(argument, [length], `[${otherLength}], one value for each entry of ${other}`);
  }
}
