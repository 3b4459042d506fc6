// Similarity

export type { Vector } from "./array-views.ts";
export { NotFiniteError, OptionError, ShapeError, ZeroVectorError } from "./errors.ts";
export { xoshiro128 } from "./statistics/random.ts";
