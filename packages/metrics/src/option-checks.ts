import { OptionError, ShapeError } from "./errors.ts";

/** Throws unless the value is an integer of at least `minimum`. */
export function checkInteger(option: string, value: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    const upTo = maximum === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${maximum}`;
    throw new OptionError(option, value, `an integer of at least ${minimum}${upTo}`);
  }
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
