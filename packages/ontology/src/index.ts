// Taxonomies

export { audioset } from "./audioset.ts";
export { doktorski, tinysolTerms } from "./doktorski.ts";
export { hornbostelSachs, hornbostelSachsPath } from "./hornbostel-sachs.ts";
export { type ClassEvidence, type HornbostelSachsClass, hornbostelSachsClasses } from "./hornbostel-sachs-classes.ts";
export { quadsFromJsonLd } from "./json-ld.ts";
export { type InstrumentType, musicbrainzTypes } from "./musicbrainz-types.ts";
export { type ParseTaxonomyOptions, parseTaxonomy } from "./parse-taxonomy.ts";
export { type RdfQuad, type RdfTerm, type SkosOptions, taxonomyFromSkos } from "./skos.ts";
export { Taxonomy, type TaxonomyNode, type TaxonomyOptions } from "./taxonomy.ts";
export { type TaxonomyRow, taxonomyFromRows } from "./taxonomy-from-rows.ts";
export { type TaxonomyTree, taxonomyFromTree } from "./taxonomy-from-tree.ts";
export type { TaxonomyEntry } from "./taxonomy-graph.ts";

// Similarities

export type { Fraction } from "./fraction.ts";
export {
  distanceMatrix,
  lcaDepth,
  pathLength,
  type Similarities,
  type SimilarityRule,
  similarityMatrix,
  wuPalmer,
} from "./similarity.ts";

// Agreement between taxonomies

export {
  type AgreedTriplets,
  type AgreedTripletsOptions,
  type Agreement,
  type AgreementOptions,
  agreedTriplets,
  ontologyAgreement,
} from "./agreement.ts";
export { type AudiosetMatch, audiosetMatches, type MatchRelation } from "./audioset-matches.ts";
export { type KendallCounts, kendallCounts, kendallTauB } from "./kendall.ts";
export { type SharedInstruments, type SharedInstrumentsOptions, sharedInstruments } from "./shared-instruments.ts";

// Triplets

export { type NegationTemplates, type NegationTriplets, negationTriplets } from "./negation.ts";
export {
  type TripletColumns,
  type TripletCsvOptions,
  type TripletSource,
  type TripletTextOptions,
  tripletCsv,
  tripletJsonl,
} from "./triplet-text.ts";
export {
  sampleTriplets,
  type Triplet,
  type TripletArrays,
  type TripletOptions,
  type TripletRun,
  type TripletSet,
  tripletSet,
} from "./triplets.ts";

// The study as published, for reproduction

export { publishedDistanceMatrix, publishedTinysolTriplets, publishedTripletCsv } from "./published-2024.ts";

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
