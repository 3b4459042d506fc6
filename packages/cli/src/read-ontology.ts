import { basename, extname } from "node:path";
import { parseTaxonomy, TaxonomyError } from "@irec/ontology";
import { InputError } from "./errors.ts";
import { NAMED_ONTOLOGIES, type OntologyChoice } from "./ontology-choice.ts";
import { AGREED, ONTOLOGY_NAMES } from "./ontology-names.ts";
import { readTextFile } from "./text-file.ts";

/** Some hundred thousand terms with their labels; AudioSet's whole ontology has a third of a megabyte. */
const MAX_ONTOLOGY_BYTES = 2 ** 25;

/** An ontology of ours by its name, all of them, or a user's own from a .json or .csv file. */
export async function readOntology(
  nameOrFile: string,
): Promise<{ readonly ontology: OntologyChoice; readonly ontologyFile?: string }> {
  if (nameOrFile === AGREED) return { ontology: NAMED_ONTOLOGIES };
  const named = NAMED_ONTOLOGIES.find(({ name }) => name === nameOrFile);
  if (named !== undefined) return { ontology: named };
  const format = { ".json": "json", ".csv": "csv" }[extname(nameOrFile).toLowerCase()] as "json" | "csv" | undefined;
  if (format === undefined) {
    throw new InputError(
      nameOrFile,
      `no such ontology; expected ${ONTOLOGY_NAMES.join(", ")}, or a .json or .csv file of your own.`,
    );
  }
  try {
    const text = await readTextFile(nameOrFile, MAX_ONTOLOGY_BYTES);
    return { ontology: parseTaxonomy(text, { format, fileName: basename(nameOrFile) }), ontologyFile: nameOrFile };
  } catch (error) {
    if (error instanceof TaxonomyError) throw new InputError(nameOrFile, error.message, { cause: error });
    throw error;
  }
}
