import { join, relative } from "node:path";
import type { ContrastiveConfig } from "./contrastive-config.ts";
import type { RunState } from "./run-state.ts";
import type { RetrievalScores, ValidationScores } from "./validation.ts";

/** A line about an epoch. */
export function epochText(
  epoch: number,
  epochs: number,
  meanLoss: number,
  { loss, textToAudio, audioToText }: ValidationScores,
  isBest: boolean,
): string {
  const ways = `text to audio ${recalls(textToAudio)}, audio to text ${recalls(audioToText)}`;
  const best = isBest ? "; the best so far" : "";
  return `epoch ${epoch}/${epochs}: loss ${meanLoss.toFixed(4)}, validation ${loss.toFixed(4)}; R@1/5/10 ${ways}${best}`;
}

/** How long the rest of a run takes, for the end of a line; nothing when it is not worth saying. */
export function timeLeft(seconds: number): string {
  if (seconds < 60) return "";
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `; about ${hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`} left`;
}

const recalls = ({ r1, r5, r10 }: RetrievalScores): string => [r1, r5, r10].map(percent).join("/");
const percent = (share: number): string => (100 * share).toFixed(1);

/** What a run has come to, and what to do next. */
export function summaryText(config: ContrastiveConfig, state: RunState, stepsPerEpoch: number, out: string): string {
  const { best, epoch } = state;
  const { patience, metric } = config.validation;
  const stopped = epoch < config.epochs ? `, stopped: none of the last ${patience} epochs was better by ${metric}` : "";
  const lines = [`Trained ${epoch} epochs of ${stepsPerEpoch} steps${stopped}.`];
  if (best !== null) {
    const { loss, textToAudio, audioToText } = best.scores;
    const row = (name: string, { r1, r5, r10, medianRank }: RetrievalScores) =>
      `  ${name.padEnd(14)}R@1 ${percent(r1).padStart(5)}  R@5 ${percent(r5).padStart(5)}  R@10 ${percent(r10).padStart(5)}  median rank ${medianRank}`;
    lines.push(
      `The best one by ${metric} is epoch ${best.epoch}, with a validation loss of ${loss.toFixed(4)}:`,
      row("text to audio", textToAudio),
      row("audio to text", audioToText),
    );
  }
  const folder = shortest(out);
  const model = join(folder, "best.safetensors");
  lines.push(
    "",
    `The model is ${model}; what became of each step is in ${join(folder, "log.csv")}.`,
    "Next:",
    `  irec models check ${model}`,
    `  irec evaluate --model ${model} --dataset tinysol`,
  );
  return `${lines.join("\n")}\n`;
}

/** A path as it is easiest to read: from here, unless that goes up. */
function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === "" || fromHere.startsWith("..") ? path : fromHere;
}
