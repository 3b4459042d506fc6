import { InputError } from "./errors.ts";
import { NAMED_ONTOLOGIES, type OntologyChoice } from "./ontology-choice.ts";
import { ontologyExtension, readOntologyFile } from "./ontology-file.ts";
import { AGREED, ONTOLOGY_EXTENSIONS, ONTOLOGY_NAMES } from "./ontology-names.ts";

/** An ontology of ours by its name, all of them, or a user's own from a file. */
export async function readOntology(
  nameOrFile: string,
): Promise<{ readonly ontology: OntologyChoice; readonly ontologyFile?: string }> {
  if (nameOrFile === AGREED) return { ontology: NAMED_ONTOLOGIES };
  const named = NAMED_ONTOLOGIES.find(({ name }) => name === nameOrFile);
  if (named !== undefined) return { ontology: named };
  const extension = ontologyExtension(nameOrFile);
  if (extension === undefined) {
    throw new InputError(
      nameOrFile,
      `no such ontology; expected ${ONTOLOGY_NAMES.join(", ")}, or a file of your own: ${ONTOLOGY_EXTENSIONS.join(", ")}.`,
    );
  }
  return { ontology: await readOntologyFile(nameOrFile, extension), ontologyFile: nameOrFile };
}
