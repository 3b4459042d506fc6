import type { MergeReport } from "./merge-shards.ts";
import type { ArrayReport, EmbedReport } from "./request.ts";

/** What a run has done, for a terminal. */
export function reportText(report: EmbedReport): string {
  const { arrays, shard, store, model } = report;
  const lines = [heading(report), ...arrays.filter(isAudio).map(audioLine), ...textLines(arrays, "done")];
  lines.push(...notesText(report));
  if (shard.count > 1) {
    lines.push(`Shard ${shard.index}/${shard.count} is complete in ${store}. When all are: irec embed merge ${store}`);
  } else {
    lines.push(`Wrote ${store}/${model}. Now: irec evaluate --embeddings ${store}`);
  }
  return `${lines.join("\n")}\n`;
}

/** What a run would do. */
export function planText(report: EmbedReport): string {
  const { arrays } = report;
  const bytes = arrays
    .filter(({ found }) => !found)
    .reduce((sum, { rows, preJointDim, jointDim }) => sum + 4 * rows * (preJointDim + jointDim), 0);
  const lines = [
    heading(report),
    ...arrays.filter(isAudio).map((array) => `${array.array}: ${planned(array, "clips")}`),
    ...textLines(arrays, "planned"),
    `on disk      ${(bytes / 1e6).toFixed(1)} MB of arrays, and as much again while they are computed`,
    "time         is known after the first batches",
  ];
  return `${lines.join("\n")}\n`;
}

export function mergeText({ store, arrays, found }: MergeReport): string {
  const merged = arrays.filter((array) => !found.includes(array));
  const lines = [
    ...(merged.length > 0 ? [`Merged ${counted(merged.length, "array")}: ${merged.join(", ")}.`] : []),
    ...(found.length > 0 ? [`Was there already: ${found.join(", ")}.`] : []),
    `${merged.length > 0 ? "Wrote" : "Nothing was added to"} ${store}. Now: irec evaluate --embeddings ${store}`,
  ];
  return `${lines.join("\n")}\n`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const heading = ({ model, architecture, backend, lengthPolicy }: EmbedReport): string =>
  `${model}: ${architecture} on ${backend}, length policy ${lengthPolicy}`;

const isAudio = ({ array }: ArrayReport): boolean => array.startsWith("audio/");

function audioLine({ array, rows, found, kept, computed, skipped }: ArrayReport): string {
  if (found) return `${array}: ${counted(rows, "clip")}, all there before`;
  const before = kept > 0 ? `, ${kept} of them before` : "";
  const without = skipped.length > 0 ? `, ${skipped.length} SKIPPED` : "";
  return `${array}: ${counted(kept + computed - skipped.length, "clip")}${before}${without}`;
}

function textLines(arrays: readonly ArrayReport[], tense: "done" | "planned"): readonly string[] {
  const texts = arrays.filter((array) => !isAudio(array));
  if (texts.length === 0) return [];
  const sum = (of: (array: ArrayReport) => number) => texts.reduce((total, array) => total + of(array), 0);
  const counts = { items: sum(({ items }) => items), computed: sum((one) => one.computed) };
  const verb = tense === "done" ? "computed" : "to compute";
  const [sets, prompts] = [counted(texts.length, "prompt set"), counted(counts.items, "prompt")];
  return [`text: ${sets}, ${prompts}, ${counts.computed} ${verb}`];
}

const planned = ({ found, items, kept, computed }: ArrayReport, unit: string): string =>
  found ? `${items} ${unit}, all there` : `${items} ${unit}, ${kept} there, ${computed} to compute`;

/** What a reader of the numbers has to know: clips that are missing, and prompts that are cut. */
export const notesText = ({ arrays }: EmbedReport): readonly string[] => arrays.flatMap(notes);

function notes({ array, skipped, cut }: ArrayReport): readonly string[] {
  return [
    ...skipped.map(({ clipId, reason }) => `skipped ${clipId}: ${reason}`),
    ...cut.map(
      ({ label, lostTokens }) => `warning: ${array}, "${label}": the end is cut, ${lostTokens} tokens are lost`,
    ),
  ];
}
