import { audioset, doktorski, hornbostelSachs, musicbrainzTypes, type Taxonomy } from "@irec/ontology";
import { AGREED } from "./ontology-names.ts";

/** The ontologies that `--ontology` knows by name, each by its own. */
export const NAMED_ONTOLOGIES: readonly Taxonomy[] = [doktorski, audioset, hornbostelSachs, musicbrainzTypes];

/** An ontology, or several that have to agree. */
export type OntologyChoice = Taxonomy | readonly Taxonomy[];

/** The ontologies of a choice. */
export function ontologiesOf(choice: OntologyChoice): readonly Taxonomy[] {
  return "nodes" in choice ? [choice] : choice;
}

/** What to call a choice in results. */
export function choiceName(choice: OntologyChoice): string {
  return "nodes" in choice ? choice.name : `${AGREED}: ${choice.map((ontology) => ontology.name).join(", ")}`;
}

/**
 * The ontology in which labels are looked up. Ours are about the same instruments, so it is Doktorski's, which knows the most
 * spellings; an ontology of the user's has its own.
 */
export function labelOntology(choice: OntologyChoice): Taxonomy {
  return "nodes" in choice && !NAMED_ONTOLOGIES.includes(choice) ? choice : doktorski;
}
