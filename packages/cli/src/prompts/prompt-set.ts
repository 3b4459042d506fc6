/** Texts that stand for labels: one a label, or several, whose embeddings are averaged. */
export interface PromptSet {
  /** As in the store: `text/joint_space/<name>.npy`. */
  readonly name: string;
  readonly labels: readonly string[];
  /** The prompts of each label, at least one; several are an ensemble. */
  readonly prompts: readonly (readonly string[])[];
  /** The prompt set that this one denies: "A no {x} track" denies "A {x} track". */
  readonly negates?: string;
  /** Whether the prompts describe their labels without naming them. */
  readonly withoutLabel?: boolean;
  /** Where it is from, as a phrase. */
  readonly source: string;
}

/** Where the label goes in a template. */
export const PLACEHOLDER = "{x}";

/** A template with a label in it, wherever it asks for one. */
export const fillTemplate = (template: string, label: string): string => template.replaceAll(PLACEHOLDER, () => label);

/** A prompt set made of templates, every label in each of them. */
export function fromTemplates(
  name: string,
  templates: readonly string[],
  labels: readonly string[],
  rest: Pick<PromptSet, "source"> & Partial<Pick<PromptSet, "negates">>,
): PromptSet {
  return {
    name,
    labels,
    prompts: labels.map((label) => templates.map((template) => fillTemplate(template, label))),
    ...rest,
  };
}
