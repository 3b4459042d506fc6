import { InvalidArgumentError } from "commander";
import { ONTOLOGY_EXTENSIONS, ONTOLOGY_NAMES } from "../ontology-names.ts";

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

/** What `--ontology` takes, for its help. */
export const ONTOLOGY_HELP = `${ONTOLOGY_NAMES.join(", ")} (by all of them), or a file of your own: ${ONTOLOGY_EXTENSIONS.join(", ")}`;

/** An ontology for `--ontology`, by the function of that name, which is loaded when it is needed. */
export async function readOntology(nameOrFile: string) {
  return await (await import("../read-ontology.ts")).readOntology(nameOrFile);
}
