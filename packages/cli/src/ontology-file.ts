import { basename, extname } from "node:path";
import { parseTaxonomy, type RdfQuad, type Taxonomy, TaxonomyError, taxonomyFromSkos } from "@irec/ontology";
import { InputError } from "./errors.ts";
import { ONTOLOGY_EXTENSIONS } from "./ontology-names.ts";
import { readTextFile } from "./text-file.ts";

/** Some hundred thousand terms with their labels; AudioSet's whole ontology has a third of a megabyte. */
const MAX_ONTOLOGY_BYTES = 2 ** 25;

type Extension = (typeof ONTOLOGY_EXTENSIONS)[number];

const READERS: Readonly<Record<Extension, (text: string, fileName: string) => Taxonomy | Promise<Taxonomy>>> = {
  ".csv": (text, fileName) => parseTaxonomy(text, { format: "csv", fileName }),
  ".json": (text, fileName) => parseTaxonomy(text, { format: "json", fileName }),
  ".jsonld": (text, fileName) => parseTaxonomy(text, { format: "jsonld", fileName }),
  ".ttl": fromTurtle,
};

/** The extension of a file that can be read as an ontology, in lower case; undefined for other files. */
export function ontologyExtension(path: string): Extension | undefined {
  const extension = extname(path).toLowerCase();
  return ONTOLOGY_EXTENSIONS.find((known) => known === extension);
}

/**
 * The ontology in a file.
 * @throws {InputError} when it is missing, no text, or not what its extension says, with every problem and its line where known
 */
export async function readOntologyFile(path: string, extension: Extension): Promise<Taxonomy> {
  const text = await readTextFile(path, MAX_ONTOLOGY_BYTES);
  try {
    return await READERS[extension](text, basename(path));
  } catch (error) {
    if (error instanceof TaxonomyError) throw new InputError(path, error.message, { cause: error });
    throw error;
  }
}

/** A SKOS vocabulary in Turtle. */
async function fromTurtle(text: string, fileName: string): Promise<Taxonomy> {
  // Loaded when needed: few ontologies are Turtle.
  const { Parser } = await import("n3");
  let quads: RdfQuad[];
  try {
    // References are relative to the file, whose address nobody knows. N3 logic, which the parser knows too, is no Turtle.
    quads = new Parser({ format: "text/turtle", baseIRI: `file:///${encodeURIComponent(fileName)}` }).parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const line = Number(/ on line (\d+)\.?$/.exec(message)?.[1] ?? 1);
    const what = `not Turtle: ${message.replace(/ on line \d+\.?$/, "")}`;
    throw new TaxonomyError(fileName, [{ kind: "syntax", message: what, where: `line ${line}`, line }], fileName, {
      cause,
    });
  }
  return taxonomyFromSkos(quads, { name: fileName, source: fileName, fileName });
}
