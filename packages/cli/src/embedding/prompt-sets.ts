import { existsSync } from "node:fs";
import { doktorski } from "@irec/ontology";
import { type ClipTable, groundTruthOf } from "../datasets/dataset.ts";
import { UsageError } from "../errors.ts";
import { inPublishedOrder } from "../ground-truth/class-order.ts";
import { builtInPromptSet, builtInPromptSets } from "../prompts/built-in.ts";
import { readPromptFile } from "../prompts/prompt-file.ts";
import type { PromptSet } from "../prompts/prompt-set.ts";
import { FAMILY_LABELS, FAMILY_TEMPLATES, STUDY_TEMPLATES, TINYSOL_LABELS } from "../prompts/templates.ts";

/** The word for no prompt sets at all. */
const NONE = "none";

/** The study's eleven, in its order. */
const STUDY_SETS: readonly string[] = [
  ...STUDY_TEMPLATES.map(({ name }) => name),
  ...["label_random_context", "definition", "definition_no_label_word"],
  ...FAMILY_TEMPLATES.map(({ name }) => name),
];

/**
 * The prompt sets that go with a data set: the study's when none are named. Templates are filled with the data set's labels, or
 * with TinySOL's where there is no data set; definitions only where irec has one for each label, families only for TinySOL.
 * What a set denies comes along, and before it.
 *
 * @param named - names of built-in sets and paths of prompt files; or the one word `none`
 * @param seed - of random sentences
 * @throws {UsageError} when there is no such set
 * @throws {InputError} when a file is none of prompts
 */
export async function promptSetsFor(
  clips: ClipTable | undefined,
  named: readonly string[] | undefined,
  seed: number,
): Promise<readonly PromptSet[]> {
  if (named?.length === 1 && named[0] === NONE) return [];
  const labels = clips === undefined ? TINYSOL_LABELS : labelsOf(clips);
  const spoken = labels.map(spokenLabel);
  const ownLabels = (set: PromptSet) => (isFamilySet(set) ? set : { ...set, labels });
  if (named === undefined) {
    const isTinysol = spoken.every((label) => TINYSOL_LABELS.includes(label));
    const sets = builtInPromptSets({ labels: spoken, seed });
    return sets.filter((set) => STUDY_SETS.includes(set.name) && (isTinysol || !isFamilySet(set))).map(ownLabels);
  }
  // Its name wins over a file or a folder of that name; `./label` is the file.
  const builtIn = new Set(builtInPromptSets().map(({ name }) => name));
  const sets: PromptSet[] = [];
  for (const one of named) {
    if (/\.json$|[/\\]/i.test(one) || (!builtIn.has(one) && existsSync(one))) sets.push(...(await readPromptFile(one)));
    else sets.push(...withDenied(one, (name) => ownLabels(builtInPromptSet(name, { labels: spoken, seed }))));
  }
  return refuseTwice([...sets].sort((a, b) => Number(a.negates !== undefined) - Number(b.negates !== undefined)));
}

/** In the order of the classes; of TinySOL's fourteen also those that no clip has. */
function labelsOf(clips: ClipTable): readonly string[] {
  const { labels, labelOrder } = inPublishedOrder(groundTruthOf(clips), doktorski);
  const named = labels.map((label, i) =>
    labelOrder === "published" && !clips.labels.includes(label) ? TINYSOL_LABELS[i]! : label,
  );
  const spoken = named.map(spokenLabel);
  return spoken.every((label) => TINYSOL_LABELS.includes(label)) ? spoken : named;
}

/** As in a sentence: TinySOL's as the study spells them; `synth_lead` without its underscore. */
function spokenLabel(label: string): string {
  const lower = label.toLowerCase();
  return TINYSOL_LABELS.includes(lower) ? lower : label.replaceAll("_", " ");
}

const isFamilySet = ({ labels }: PromptSet): boolean => labels === FAMILY_LABELS;

function withDenied(name: string, find: (name: string) => PromptSet): readonly PromptSet[] {
  const set = find(name);
  return set.negates === undefined ? [set] : [find(set.negates), set];
}

/** The same set may be asked for twice; two different ones of a name may not. */
function refuseTwice(sets: readonly PromptSet[]): readonly PromptSet[] {
  const byName = new Map<string, PromptSet>();
  for (const set of sets) {
    const first = byName.get(set.name) ?? set;
    if (JSON.stringify(first) !== JSON.stringify(set)) {
      throw new UsageError(`--prompts: there are two prompt sets of the name "${set.name}".`);
    }
    byName.set(set.name, first);
  }
  return [...byName.values()];
}
