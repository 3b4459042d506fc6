import { TrainingConfigError } from "./errors.ts";

/**
 * Refuses fields that nobody reads, and values of another type than that of the usual ones, since JavaScript would take "0.1"
 * for a number until it is added to one. What may be null is left to whoever knows.
 * @param what - what to call the whole in the message
 * @throws {TrainingConfigError} naming the field
 */
export function requireFields(given: object, usual: object, what: string): void {
  for (const [field, value] of Object.entries(given)) {
    if (!Object.hasOwn(usual, field)) {
      const known = Object.keys(usual).join(", ");
      throw new TrainingConfigError(field, `is no field of the ${what}, which has ${known}`);
    }
    const example: unknown = usual[field as keyof typeof usual];
    if (value === undefined || example === null) continue;
    if (Array.isArray(example)) {
      if (!Array.isArray(value)) throw new TrainingConfigError(field, `is ${shown(value)}, expected a list`);
    } else requireType(field, value, typeof example);
  }
}

/** @throws {TrainingConfigError} for a value of another type */
export function requireType(field: string, value: unknown, type: string): void {
  if (typeof value !== type) throw new TrainingConfigError(field, `is ${shown(value)}, expected a ${type}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
