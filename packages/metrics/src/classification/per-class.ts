import { UndefinedMetricError } from "../errors.ts";
import { checkWord } from "../option-checks.ts";

/** A metric of every class. */
export interface PerClass {
  /** One value per class, shape [C]; NaN exactly for the classes listed in `undefinedClasses`. */
  readonly perClass: Float64Array;
  /** Classes that have a value, ascending. */
  readonly definedClasses: Int32Array;
  /** Classes for which the metric is undefined, ascending. */
  readonly undefinedClasses: Int32Array;
}

/** Options of the macro averages. */
export interface MacroOptions {
  /**
   * What to do when the metric is undefined for a class, usually because no item has it: `"error"` (the default) throws
   * and lists the classes, `"skip"` averages over the others.
   */
  readonly absent?: "error" | "skip";
}

/** Lists which classes of a metric have a value. */
export function perClassOf(perClass: Float64Array): PerClass {
  const defined: number[] = [];
  const missing: number[] = [];
  perClass.forEach((value, classIndex) => {
    (Number.isNaN(value) ? missing : defined).push(classIndex);
  });
  return { perClass, definedClasses: Int32Array.from(defined), undefinedClasses: Int32Array.from(missing) };
}

/**
 * The unweighted mean of a metric over its classes.
 * @throws {UndefinedMetricError} when a class has no value and `absent` is `"error"`, listing the classes in `where`;
 *   when no class has a value
 * @throws {OptionError} when `absent` is another word
 * @example macroAverage(rocAucPerClass(scores, labels), { absent: "skip" })
 */
export function macroAverage(metric: PerClass, options: MacroOptions = {}): number {
  return macroAverageOf("macroAverage", metric, options);
}

/** `macroAverage` under the name of the metric that the caller asked for. */
export function macroAverageOf(name: string, metric: PerClass, { absent = "error" }: MacroOptions): number {
  checkWord("absent", absent, ["error", "skip"]);
  const { perClass, definedClasses, undefinedClasses } = metric;
  if (absent === "error" && undefinedClasses.length > 0) {
    throw new UndefinedMetricError(
      name,
      `class ${undefinedClasses.join(", ")} has no value because one side is missing in the truth; ` +
        'leave the columns out or use absent: "skip"',
      undefinedClasses,
    );
  }
  if (definedClasses.length === 0) {
    throw new UndefinedMetricError(name, "no class has both kinds of items", undefinedClasses);
  }
  let sum = 0;
  for (const classIndex of definedClasses) sum += perClass[classIndex]!;
  return sum / definedClasses.length;
}
