import { readFiniteVector, type Vector } from "../array-views.ts";
import { LabelError } from "../errors.ts";

/**
 * The p-values of a family of comparisons, adjusted by Holm's method, shape [m]: reject where the adjusted value is at most
 * alpha, and the chance of any false rejection in the family is at most alpha, however the tests depend on each other.
 *
 * The smallest of m p-values is multiplied by m, the next by m - 1 and so on; none gets smaller than one before it, or
 * larger than 1.
 * @param pValues - shape [m], in [0, 1]; the order is kept
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {LabelError} when a value is outside [0, 1]
 * @example holmCorrection([0.01, 0.04, 0.03]) // Float64Array [0.03, 0.06, 0.06]
 * @see Holm 1979, "A simple sequentially rejective multiple test procedure"; statsmodels multipletests(method="holm")
 */
export function holmCorrection(pValues: Vector): Float64Array {
  const values = readFiniteVector("pValues", pValues);
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < 0 || values[i]! > 1)
      throw new LabelError("pValues", i, undefined, values[i]!, "a number in [0, 1]");
  }
  const order = Int32Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const adjusted = new Float64Array(values.length);
  let largest = 0;
  for (const [place, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, values[i]! * (values.length - place)));
    adjusted[i] = largest;
  }
  return adjusted;
}
