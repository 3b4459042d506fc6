import type { Taxonomy, TaxonomyNode } from "@irec/ontology";
import { NotServed } from "../store/not-served.ts";

/**
 * The ontology's node for each label.
 * @throws {NotServed} when it lacks one, or two are the same instrument
 */
export function termsOfLabels(labels: readonly string[], ontology: Taxonomy): readonly TaxonomyNode[] {
  const terms = labels.map((label) => {
    try {
      return ontology.find(label);
    } catch (error) {
      throw new NotServed((error as Error).message);
    }
  });
  const twice = terms.findIndex((term, i) => terms.indexOf(term) !== i);
  if (twice !== -1) {
    const first = labels[terms.indexOf(terms[twice]!)];
    throw new NotServed(`"${first}" and "${labels[twice]}" are the same instrument`);
  }
  return terms;
}
