import { AmbiguousTermError, type Taxonomy, type TaxonomyNode, UnknownTermError } from "@irec/ontology";
import { InputError } from "./errors.ts";
import type { GroundTruth } from "./ground-truth/ground-truth.ts";

/** The ontology's node for a label; undefined when it knows none or several. */
export function termOf(label: string, ontology: Taxonomy): TaxonomyNode | undefined {
  const term = findTerm(label, ontology);
  return term instanceof Error ? undefined : term;
}

/** The ontology's node for a label, or the error that says what is near. */
function findTerm(label: string, ontology: Taxonomy): TaxonomyNode | UnknownTermError | AmbiguousTermError {
  try {
    return ontology.find(label);
  } catch (error) {
    if (error instanceof UnknownTermError || error instanceof AmbiguousTermError) return error;
    throw error;
  }
}

/** Everything is like a label of three letters. */
const SHORTEST_MISSPELT = 4;

/**
 * Refuses labels that look like misspelt instruments, because one would take every triplet away, and labels that mean
 * several. A label that is like nothing in the ontology is no slip of the pen, and only a reason to skip.
 * @throws {InputError} naming the first such label, its place and what is near
 */
export function refuseMisspeltLabels(groundTruth: GroundTruth, ontology: Taxonomy): void {
  const found = groundTruth.labels.map((label) => findTerm(label, ontology));
  const unknown = found.findIndex(
    (term) =>
      term instanceof AmbiguousTermError ||
      (term instanceof UnknownTermError && term.suggestions.length > 0 && term.term.length >= SHORTEST_MISSPELT),
  );
  if (unknown === -1) return;
  throw new InputError(
    groundTruth.path,
    `${groundTruth.labelPlaces[unknown]}: ${(found[unknown] as Error).message}. Correct the label, give an ontology that ` +
      "knows it (--ontology FILE), or choose experiments that need none (--experiments zero-shot,audio-only).",
  );
}
