import type { PromptFault } from "./lint.ts";
import type { PromptSet } from "./prompt-set.ts";

/** Every set with what it makes of its first label. */
export function promptSetList(sets: readonly PromptSet[]): string {
  const width = Math.max(...sets.map(({ name }) => name.length));
  const lines = sets.map(({ name, labels, prompts, source }) => {
    const several = prompts[0]!.length > 1 ? ` (and ${prompts[0]!.length - 1} more)` : "";
    return `${name.padEnd(width)}  ${String(labels.length).padStart(2)} labels  ${prompts[0]![0]}${several}  [${source}]`;
  });
  return `${lines.join("\n")}\n`;
}

/** Label and prompt, a line each. */
export function promptSetText({ labels, prompts }: PromptSet): string {
  const width = Math.max(...labels.map((label) => label.length));
  const lines = labels.flatMap((label, i) =>
    prompts[i]!.map((prompt, k) => `${(k === 0 ? label : "").padEnd(width)}  ${prompt}`),
  );
  return `${lines.join("\n")}\n`;
}

export function lintText(sets: readonly PromptSet[], faults: readonly PromptFault[], counted: boolean): string {
  const lines = faults.map(({ promptSet, label, prompt, kind, message }) => {
    const shown = prompt.length > 60 ? `${prompt.slice(0, 60)}...` : prompt;
    return `${promptSet}, "${label}": ${kind}: "${shown}" ${message}.\n`;
  });
  const prompts = sets.reduce((sum, set) => sum + set.prompts.flat().length, 0);
  const hint = counted ? "" : "Tokens were not counted: --tokenizer DIR does that, for the tokenizer of your model.\n";
  const verdict =
    faults.length === 0 ? "nothing is wrong" : `${faults.length} ${faults.length === 1 ? "fault" : "faults"}`;
  return `${lines.join("")}${prompts} ${prompts === 1 ? "prompt" : "prompts"} in ${sets.length} ${sets.length === 1 ? "set" : "sets"}: ${verdict}.\n${hint}`;
}
