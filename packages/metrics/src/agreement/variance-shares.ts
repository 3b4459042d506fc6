import type { NdArray } from "ndarray";
import { checkExtent, isNdArray } from "../array-views.ts";
import { describeValue, NotFiniteError, ShapeError, UndefinedMetricError } from "../errors.ts";

/** The variance that goes with one factor, or with several together. */
export interface VarianceShare {
  /** The axes of the values: [0] is the first factor's main effect, [0, 2] what first and third do together. */
  readonly factors: readonly number[];
  readonly sumOfSquares: number;
  readonly degreesOfFreedom: number;
  /** Sum of squares over that of all values (η²); all shares sum to 1. */
  readonly share: number;
}

/**
 * Takes the variance of a full table apart, such as accuracy by model, prompt and instrument: how much goes with each factor
 * alone, and with each combination of them beyond that. With one value a cell, the last entry, of all factors together,
 * is also what an analysis of variance would call the residual.
 * @param values - a full table of 1 to 8 axes, each factor one, of at least two values
 * @returns main effects first, then pairs, and so on; 2^axes - 1 entries
 * @throws {ShapeError} when values are no ndarray with 1 to 8 axes
 * @throws {NotFiniteError} when a value is NaN or infinite
 * @throws {UndefinedMetricError} when there are no values, or all are the same
 * @example varianceShares(ndarray([1, 2, 3, 4], [2, 2])).map(({ share }) => share) // [0.8, 0.2, 0]
 * @see Fisher 1925, "Statistical methods for research workers", chapter VII; statsmodels anova_lm for a balanced table
 */
export function varianceShares(values: NdArray): VarianceShare[] {
  if (!isNdArray(values))
    throw new ShapeError("values", [], "an ndarray with an axis a factor", `is ${describeValue(values)}`);
  const { shape } = values;
  const axes = shape.length;
  if (axes < 1 || axes > MOST_AXES) throw new ShapeError("values", shape, `1 to ${MOST_AXES} axes`);
  checkExtent("values", values);
  const cells = readCells(values);
  if (cells.length === 0) throw new UndefinedMetricError("varianceShares", "there are no values");
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, length) => size * length, 1));
  const mean = cells.reduce((sum, value) => sum + value, 0) / cells.length;
  const centred = cells.map((value) => value - mean);

  /** What goes with a combination of factors, less what goes with parts of it, for every cell. */
  const effects = new Map<number, Float64Array>();
  const sets = Array.from({ length: 2 ** axes - 1 }, (_, i) => i + 1);
  const factorsOf = (set: number): number[] => shape.map((_, axis) => axis).filter((axis) => set & (1 << axis));
  const ordered = sets.sort((a, b) => factorsOf(a).length - factorsOf(b).length || compare(factorsOf(a), factorsOf(b)));
  const total = centred.reduce((sum, value) => sum + value ** 2, 0);
  if (total === 0 || cells.every((value) => value === cells[0])) {
    throw new UndefinedMetricError("varianceShares", "all values are the same");
  }
  return ordered.map((set) => {
    const factors = factorsOf(set);
    const effect = marginalMeans(centred, shape, steps, factors);
    for (const [part, ofPart] of effects) {
      if ((part & set) === part) for (let i = 0; i < effect.length; i++) effect[i]! -= ofPart[i]!;
    }
    effects.set(set, effect);
    const sumOfSquares = effect.reduce((sum, value) => sum + value ** 2, 0);
    const degreesOfFreedom = factors.reduce((product, axis) => product * (shape[axis]! - 1), 1);
    return { factors, sumOfSquares, degreesOfFreedom, share: sumOfSquares / total };
  });
}

/** The number of combinations doubles with each. */
const MOST_AXES = 8;

/** The values in row-major order. */
function readCells(values: NdArray): Float64Array {
  const { shape } = values;
  const cells = new Float64Array(shape.reduce((size, length) => size * length, 1));
  const index = shape.map(() => 0);
  for (let i = 0; i < cells.length; i++) {
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    const value = Number(values.get(...index));
    if (value - value !== 0) {
      throw new NotFiniteError(`values at [${index.join(", ")}]`, i, undefined, value, "a table must be full");
    }
    cells[i] = value;
  }
  return cells;
}

/** For every cell, the mean of the cells that agree with it in the given factors. */
function marginalMeans(
  cells: Float64Array,
  shape: readonly number[],
  steps: readonly number[],
  factors: readonly number[],
): Float64Array {
  const levels = factors.reduce((product, axis) => product * shape[axis]!, 1);
  const levelOf = (cell: number): number =>
    factors.reduce((level, axis) => level * shape[axis]! + (Math.floor(cell / steps[axis]!) % shape[axis]!), 0);
  const means = new Float64Array(levels);
  for (let cell = 0; cell < cells.length; cell++) means[levelOf(cell)]! += (cells[cell]! * levels) / cells.length;
  return cells.map((_, cell) => means[levelOf(cell)]!);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, i) => value !== b[i]);
  return differing === -1 ? 0 : a[differing]! - b[differing]!;
}
