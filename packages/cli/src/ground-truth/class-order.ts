import { type Taxonomy, type TaxonomyNode, tinysolTerms } from "@irec/ontology";
import { termOf } from "../ontology-terms.ts";
import type { GroundTruth } from "./ground-truth.ts";

/**
 * Ground truth with its classes in the published order of TinySOL's 14 instruments, when its labels are among them.
 *
 * A metadata CSV names labels row by row, so their order means nothing, while a store without a manifest has its text
 * rows in the study's order. One-hot columns are an order of their own and stay as they are.
 */
export function inPublishedOrder(groundTruth: GroundTruth, ontology: Taxonomy): GroundTruth {
  if (groundTruth.labelOrder === "file") return groundTruth;
  const classOfLabel = groundTruth.labels.map((label) => tinysolTerms.indexOf(termOf(label, ontology) as TaxonomyNode));
  if (classOfLabel.includes(-1) || new Set(classOfLabel).size < classOfLabel.length) return groundTruth;
  const labels = tinysolTerms.map((term, i) => groundTruth.labels[classOfLabel.indexOf(i)] ?? term.label);
  const labelPlaces = tinysolTerms.map((_, i) => groundTruth.labelPlaces[classOfLabel.indexOf(i)] ?? "");
  return {
    ...groundTruth,
    labelOrder: "published",
    labels,
    labelPlaces,
    classes: groundTruth.classes.map((c) => classOfLabel[c]!),
  };
}
