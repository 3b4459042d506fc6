import { type JsonField, readJsonFile } from "../json-field.ts";
import { quoted } from "../quoted.ts";
import { fromTemplates, PLACEHOLDER, type PromptSet } from "./prompt-set.ts";

/** Ten thousand labels with ten prompts of a hundred letters; the built-in sets together have 50 KB. */
const MAX_FILE_BYTES = 2 ** 26;

/**
 * Reads prompt sets from a JSON file: `schemaVersion` 1, `labels`, and `promptSets` by name. A set has one of
 *
 * - `template`, such as "A {x} track", or `templates`, several, whose embeddings are averaged;
 * - `prompts`: an object with a text, or a list of texts, for each label;
 *
 * and may have `negates` (the set that it denies), `withoutLabel` (its prompts do not name their labels) and `labels` of
 * its own. packages/cli/schema/prompts.schema.json says the same to an editor.
 *
 * @throws {InputError} naming the field that is wrong
 */
export async function readPromptFile(path: string): Promise<readonly PromptSet[]> {
  const file = await readJsonFile(path, "prompts", MAX_FILE_BYTES);
  file.only(["$schema", "schemaVersion", "labels", "promptSets"]);
  file.get("schemaVersion").exactly(1);
  const labels = file.has("labels") ? labelsOf(file.get("labels")) : undefined;
  const sets = Object.values(file.get("promptSets").record((field, name) => promptSetOf(field, name, labels, path)));
  if (sets.length === 0) throw file.get("promptSets").error("has no prompt set; expected at least one");
  for (const { name, negates } of sets) {
    if (negates === undefined) continue;
    const field = file.get("promptSets").get(name).get("negates");
    if (negates === name) throw field.error("a prompt set cannot negate itself");
    if (!sets.some((set) => set.name === negates)) throw field.error(`there is no prompt set ${quoted(negates)}`);
  }
  return sets;
}

function labelsOf(field: JsonField): readonly string[] {
  const labels = field.list((item) => item.text().trim());
  if (labels.length === 0) throw field.error("is empty; expected at least one label");
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw field.error(`has ${quoted(twice)} twice`);
  return labels;
}

function promptSetOf(field: JsonField, name: string, common: readonly string[] | undefined, source: string): PromptSet {
  if (!/^[\w.-]+$/.test(name) || name.startsWith(".")) {
    throw field.error("its name becomes a file name; use letters, digits, _, - and . only");
  }
  const kinds = ["template", "templates", "prompts"] as const;
  field.only([...kinds, "labels", "negates", "withoutLabel"]);
  const given = kinds.filter((kind) => field.has(kind));
  if (given.length !== 1)
    throw field.error(`expected one of ${kinds.join(", ")}, found ${given.join(" and ") || "none"}`);
  const labels = field.has("labels") ? labelsOf(field.get("labels")) : common;
  const rest = {
    source,
    ...(field.has("negates") ? { negates: field.get("negates").text() } : {}),
    ...(field.has("withoutLabel") ? { withoutLabel: field.get("withoutLabel").boolean() } : {}),
  };
  if (given[0] === "prompts") return { name, ...promptsOf(field.get("prompts"), labels), ...rest };
  if (labels === undefined) throw field.error('needs labels: its own, or those of the file ("labels")');
  const templates =
    given[0] === "template" ? [templateOf(field.get("template"))] : oneOrMore(field.get("templates"), templateOf);
  return { ...fromTemplates(name, templates, labels, rest), ...rest };
}

function templateOf(field: JsonField): string {
  const template = field.text();
  if (!template.includes(PLACEHOLDER)) throw field.error(`expected a text with ${PLACEHOLDER} where the label goes`);
  return template;
}

function oneOrMore<T>(field: JsonField, read: (item: JsonField) => T): readonly T[] {
  const items = field.list(read);
  if (items.length === 0) throw field.error("is empty; expected at least one");
  return items;
}

function promptsOf(field: JsonField, labels: readonly string[] | undefined): Pick<PromptSet, "labels" | "prompts"> {
  const order = labels ?? field.keys();
  const missing = order.find((label) => !field.has(label));
  if (missing !== undefined) throw field.error(`has no prompt for the label ${quoted(missing)}`);
  const unknown = field.keys().find((label) => !order.includes(label));
  if (unknown !== undefined) throw field.error(`${quoted(unknown)} is none of the labels`);
  if (order.length === 0) throw field.error("is empty; expected a prompt for each label");
  return {
    labels: order,
    prompts: order.map((label) => {
      const prompt = field.get(label);
      // An empty text is what `irec prompts lint` is for; it can be wanted to see what a tower makes of it.
      return prompt.isList() ? oneOrMore(prompt, (item) => item.string()) : [prompt.string()];
    }),
  };
}

/** Prompt sets in the form that `readPromptFile` reads. */
export function promptFileText(sets: readonly PromptSet[]): string {
  const promptSets = sets.map(({ name, labels, prompts, negates, withoutLabel }) => {
    const byLabel = labels.map((label, i) => [label, prompts[i]!.length === 1 ? prompts[i]![0] : prompts[i]]);
    return [
      name,
      {
        prompts: Object.fromEntries(byLabel),
        ...(negates === undefined || !sets.some((set) => set.name === negates) ? {} : { negates }),
        ...(withoutLabel === undefined ? {} : { withoutLabel }),
      },
    ];
  });
  return `${JSON.stringify({ schemaVersion: 1, promptSets: Object.fromEntries(promptSets) }, null, 2)}\n`;
}
