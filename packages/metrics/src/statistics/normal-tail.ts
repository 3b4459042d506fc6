/**
 * The probability that a standard normal variable exceeds z; relative error below 1e-13 down to the smallest doubles.
 * @see Abramowitz & Stegun 1964, "Handbook of mathematical functions", 26.2.11 (series) and 26.2.14 (continued fraction)
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < SERIES_LIMIT) {
    let term = z;
    let sum = z;
    for (let k = 3; term > sum * Number.EPSILON; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let k = FRACTION_DEPTH; k > 0; k--) fraction = z + k / fraction;
  return density / fraction;
}

/** Below, the tail is a third of 0.5 or more and the subtraction loses no digits; above, the fraction converges. */
const SERIES_LIMIT = 1;
/** At z = 1, where it converges slowest, further terms change no digit. */
const FRACTION_DEPTH = 400;
