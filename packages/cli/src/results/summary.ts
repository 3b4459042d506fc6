import { attributionSentence } from "./attribution-tables.ts";
import type { Results, Skip } from "./results.ts";
import { toTerminal } from "./table-formats.ts";
import { mainTables } from "./tables.ts";

/** What a person reads on the terminal: what was evaluated, the tables, what was skipped and why. */
export function summaryText(results: Results): string {
  const parts = [heading(results), ...mainTables(results).map(toTerminal)];
  const { attribution } = results.experiments;
  if (attribution !== undefined) parts.push(`${attribution.map(attributionSentence).join("\n")}\n`);
  if (results.skipped.length > 0) parts.push(skippedText(results.skipped));
  return parts.join("\n");
}

function heading({ synthetic, dataset, models }: Results): string {
  const lines = [`Models: ${models.join(", ")}`];
  if (dataset !== null) {
    const { label, accuracy } = dataset.majorityBaseline;
    const labelsWithClips = dataset.clipsPerLabel.filter((clips) => clips > 0).length;
    lines.push(
      `Data set: ${dataset.name ?? "(no audio)"}, ${grouped(dataset.clips)} clips, ${dataset.labels.length} labels`,
      `Majority baseline: always answering "${label}" scores ${accuracy.toFixed(4)} top-1, ` +
        `${(1 / labelsWithClips).toFixed(4)} balanced`,
    );
  }
  if (synthetic)
    lines.unshift("SYNTHETIC embeddings, drawn from a seeded generator: these numbers describe no real model.", "");
  return `${lines.join("\n")}\n`;
}

/** One line a reason and experiment, with every model and prompt set that it holds for. */
function skippedText(skipped: readonly Skip[]): string {
  const lines = new Map<string, { models: Set<string>; promptSets: Set<string> }>();
  for (const { experiment, reason, model, promptSet } of skipped) {
    const line = `${experiment}: ${reason}`;
    const who = lines.get(line) ?? { models: new Set(), promptSets: new Set() };
    who.models.add(model);
    if (promptSet !== undefined) who.promptSets.add(promptSet);
    lines.set(line, who);
  }
  const texts = [...lines].map(([line, { models, promptSets }]) => {
    const sets = promptSets.size > 0 ? `; ${[...promptSets].join(", ")}` : "";
    return `  ${line} (${[...models].join(", ")}${sets})`;
  });
  return `Skipped:\n${texts.join("\n")}\n`;
}

/** 2913 as 2,913; by hand, because loading the locale data for it takes 15 ms. */
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
