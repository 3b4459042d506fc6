import { UsageError } from "../errors.ts";
import { definitionOf } from "./definitions.ts";
import { withoutLabelWords } from "./label-words.ts";
import { fromTemplates, type PromptSet } from "./prompt-set.ts";
import { randomSentence } from "./random-context.ts";
import {
  FAMILY_LABELS,
  FAMILY_TEMPLATES,
  FOLLOW_UP_NEGATIONS,
  FOLLOW_UP_TEMPLATES,
  STUDY_TEMPLATES,
  type Template,
  TINYSOL_LABELS,
} from "./templates.ts";

const SOURCES = {
  study: "the study, arXiv 2407.18058",
  followUp: "the follow-up study, arXiv 2409.11449",
  own: "irec",
};

export interface BuiltInOptions {
  /** Of the data set, instead of TinySOL's; families stay as they are. */
  readonly labels?: readonly string[] | undefined;
  /** Of the random sentences; 0 unless told otherwise. */
  readonly seed?: number | undefined;
}

/**
 * The prompt sets that irec knows: the study's eleven under their names, nine templates and the four negations of the
 * follow-up study, and two of our own: the label alone, and an ensemble of the nine.
 *
 * Sets with definitions are left out when a label has none.
 */
export function builtInPromptSets({ labels = TINYSOL_LABELS, seed = 0 }: BuiltInOptions = {}): readonly PromptSet[] {
  const each = (templates: readonly Template[], source: string, of = labels) =>
    templates.map(({ name, template, negates }) =>
      fromTemplates(name, [template], of, { source, ...(negates === undefined ? {} : { negates }) }),
    );
  const nine = FOLLOW_UP_TEMPLATES.map(({ template }) => template);
  return [
    ...each(STUDY_TEMPLATES, SOURCES.study),
    fromSentences("label_random_context", labels, (label) => `${label} ${randomSentence(label, seed)}.`),
    ...definitionSets(labels),
    ...each(FAMILY_TEMPLATES, SOURCES.study, FAMILY_LABELS),
    fromTemplates("label", ["{x}"], labels, { source: SOURCES.own }),
    ...each([...FOLLOW_UP_TEMPLATES, ...FOLLOW_UP_NEGATIONS], SOURCES.followUp),
    fromTemplates("follow_up_ensemble", nine, labels, { source: `${SOURCES.followUp}; averaged by irec` }),
  ];
}

/** @throws {UsageError} when there is none of this name */
export function builtInPromptSet(name: string, options: BuiltInOptions = {}): PromptSet {
  const sets = builtInPromptSets(options);
  const found = sets.find((set) => set.name === name);
  if (found !== undefined) return found;
  const unknown = options.labels?.find((label) => definitionOf(label) === undefined);
  if (name.startsWith("definition") && unknown !== undefined) {
    throw new UsageError(`${name}: irec has no definition of "${unknown}"; give a prompt file.`);
  }
  throw new UsageError(`there is no prompt set "${name}"; there are ${sets.map((set) => set.name).join(", ")}.`);
}

function definitionSets(labels: readonly string[]): readonly PromptSet[] {
  if (labels.some((label) => definitionOf(label) === undefined)) return [];
  const define = (label: string) => `${label}, ${definitionOf(label)}`;
  return [
    fromSentences("definition", labels, define),
    {
      ...fromSentences("definition_no_label_word", labels, (label) => withoutLabelWords(define(label), label)),
      withoutLabel: true,
    },
  ];
}

/** As in the study in kind; the words are ours. */
function fromSentences(name: string, labels: readonly string[], sentence: (label: string) => string): PromptSet {
  return {
    name,
    labels,
    prompts: labels.map((label) => [sentence(label)]),
    source: `${SOURCES.own}, after ${SOURCES.study}`,
  };
}
