// Randomness

export { type RandomSource, xoshiro128 } from "./random.ts";

// Errors

export {
  AmbiguousTermError,
  ArgumentError,
  TaxonomyError,
  type TaxonomyProblem,
  type TaxonomyProblemKind,
  TermListError,
  TripletCountError,
  UnknownTermError,
} from "./errors.ts";
