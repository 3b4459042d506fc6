import { basename, extname } from "node:path";
import { parseTaxonomy, TaxonomyError } from "@irec/ontology";
import { InvalidArgumentError } from "commander";
import { InputError } from "../errors.ts";
import { AGREED, NAMED_ONTOLOGIES, type OntologyChoice } from "../ontology-choice.ts";
import { readTextFile } from "../text-file.ts";

/** For options that take an integer in a range. */
export function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** For options that take a path. An empty one is a variable that was not set, and would mean the current folder. */
export function path(text: string): string {
  if (text === "") throw new InvalidArgumentError("Expected a path, found nothing.");
  return text;
}

/** For options that take a list, separated by commas or given several times. */
export function list(text: string, before: readonly string[] | undefined): readonly string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.includes("")) throw new InvalidArgumentError("Expected names separated by commas.");
  return [...(before ?? []), ...items];
}

/** For options that take a list of the words of a set. */
export function listOf<Word extends string>(words: readonly Word[]) {
  return (text: string, before: readonly Word[] | undefined): readonly Word[] => {
    const items = list(text, undefined);
    const wrong = items.find((item) => !words.includes(item as Word));
    if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of: ${words.join(", ")}.`);
    return [...(before ?? []), ...(items as Word[])];
  };
}

/** 32-bit seeds are what the generator takes. */
export const seed = integer(0, 2 ** 32 - 1);

/** Some hundred thousand terms with their labels; AudioSet's whole ontology has a third of a megabyte. */
const MAX_ONTOLOGY_BYTES = 2 ** 25;

const ontologyNames = [...NAMED_ONTOLOGIES.map(({ name }) => name), AGREED];

/** What `--ontology` takes, for its help. */
export const ONTOLOGY_HELP = `${ontologyNames.join(", ")} (by all of them), or a .json or .csv file of your own`;

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
      `no such ontology; expected ${ontologyNames.join(", ")}, or a .json or .csv file of your own.`,
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
