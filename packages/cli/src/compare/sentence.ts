import type { ComparedSide, Comparison } from "./comparisons.ts";

/** What was found, as a person would say it. */
export function sentenceOf(comparison: Omit<Comparison, "sentence">): string {
  const { measure, scoreA, scoreB, difference, interval, adjustedPValue, verdict } = comparison;
  const [a, b] = namesOf(comparison);
  const claim =
    verdict === "not distinguishable"
      ? `${a} and ${b} are not distinguishable`
      : `${a} is ${verdict === "better" ? "better" : "worse"} than ${b}`;
  const percent = Number((100 * interval.level).toFixed(4));
  return (
    `${contextOf(comparison)}: by ${measure}, ${claim}: ${digits(scoreA)} against ${digits(scoreB)}, a difference of ` +
    `${digits(difference)} (${percent} % interval ${digits(interval.low)} to ${digits(interval.high)}; ` +
    `${pText(adjustedPValue)} after Holm's correction).`
  );
}

/** Where the comparison was made: the experiment, and what both sides have in common. */
export function contextOf({
  experiment,
  a,
  b,
  space,
  rule,
}: Pick<Comparison, "experiment" | "a" | "b" | "space" | "rule">) {
  const promptSet = a.promptSet === b.promptSet ? a.promptSet : undefined;
  return [experiment, promptSet, space, rule].filter((part) => part !== undefined).join(", ");
}

/** Each side by what it differs in from the other. */
export function namesOf({ a, b }: Pick<Comparison, "a" | "b">): readonly [string, string] {
  const nameOf = (side: ComparedSide) => {
    const parts = [
      ...(a.model === b.model ? [] : [side.model]),
      ...(a.promptSet === b.promptSet ? [] : [side.promptSet!]),
      ...(a.run === b.run ? [] : [side.run]),
    ];
    const [first, ...others] = a.model === b.model ? [side.model, ...parts] : parts;
    return others.length === 0 ? first! : `${first} (${others.join(", ")})`;
  };
  return [nameOf(a), nameOf(b)];
}

/** Four decimals; what rounds to nothing has no sign. */
const digits = (value: number): string => value.toFixed(4).replace(/^-(0\.0000)$/, "$1");

const pText = (p: number): string => (p < 0.0001 ? "p < 0.0001" : `p = ${p.toFixed(4)}`);
