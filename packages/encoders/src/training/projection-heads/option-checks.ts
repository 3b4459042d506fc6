import { TrainingConfigError } from "../errors.ts";

/** @throws {TrainingConfigError} when the value is none of these words */
export function requireOneOf(option: string, value: unknown, words: readonly string[]): void {
  if (!words.includes(value as string)) throw impossible(option, value, `one of: ${words.join(", ")}`);
}

/** @throws {TrainingConfigError} when the value is no whole number in the range */
export function requireWhole(option: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw impossible(option, value, `a whole number from ${low} to ${high}`);
}

/** @throws {TrainingConfigError} when the value is not above 0 and finite */
export function requirePositive(option: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw impossible(option, value, "a finite number above 0");
}

/** @throws {TrainingConfigError} when the value is negative or not finite */
export function requireAtLeastZero(option: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value))) throw impossible(option, value, "a finite number of at least 0");
}

/** What the error says of a value. */
export function impossible(option: string, value: unknown, expected: string): TrainingConfigError {
  const found = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new TrainingConfigError(option, `is ${found}, expected ${expected}`);
}
