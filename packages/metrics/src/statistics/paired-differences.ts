import { readFiniteVector, type Vector } from "../array-views.ts";
import { checkSameLength } from "../option-checks.ts";

/** a[i] - b[i] of two checked vectors of one length. */
export function pairedDifferences(a: Vector, b: Vector): Float64Array {
  const first = readFiniteVector("a", a);
  const second = readFiniteVector("b", b);
  checkSameLength("b", second.length, "a", first.length);
  return Float64Array.from(first, (value, i) => value - second[i]!);
}
