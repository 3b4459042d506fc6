/** An exact fraction, not necessarily in lowest terms. */
export interface Fraction {
  /** An integer, at most 2^26 in size, so that products with a denominator are exact. */
  readonly numerator: number;
  /** A positive integer, at most 2^26. */
  readonly denominator: number;
}

/** Negative, 0 or positive as a < b, a = b or a > b; exact, by cross-multiplication. */
export function compareFractions(a: Fraction, b: Fraction): number {
  return a.numerator * b.denominator - b.numerator * a.denominator;
}

/**
 * Whether high - low >= gap, exactly. The gap stands for the decimal that prints it: 0.1 means one tenth, although no
 * float is one tenth and 0.3 - 0.2 < 0.1 in floats.
 */
export function gapReaches(high: Fraction, low: Fraction, gap: number): boolean {
  const [gapNumerator, gapDenominator] = decimalFraction(gap);
  const [a, b, c, d] = [high.numerator, high.denominator, low.numerator, low.denominator].map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  return (a * d - c * b) * gapDenominator >= gapNumerator * b * d;
}

/** A finite number as the exact fraction that its shortest decimal form writes. */
function decimalFraction(value: number): [numerator: bigint, denominator: bigint] {
  const [digits = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", part = ""] = digits.split(".");
  const shift = Number(exponent) - part.length;
  const numerator = BigInt(whole + part);
  return shift >= 0 ? [numerator * 10n ** BigInt(shift), 1n] : [numerator, 10n ** BigInt(-shift)];
}
