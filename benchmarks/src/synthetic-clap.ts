import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClapTask } from "./clap-process.ts";
import { peer, runProcess } from "./process.ts";
import { syntheticSound } from "./synthetic-sound.ts";

/** A LAION-CLAP model of the published size with random weights, and what it reads. */
export interface SyntheticClap {
  /** As LAION's trainer saves it, with its optimiser: 2.3 GB. */
  readonly checkpoint: string;
  /** Folder of vocab.json and merges.txt: one token for each letter. */
  readonly vocabulary: string;
  /** Ten seconds at 44.1 kHz. */
  readonly wav: string;
}

/** What the towers and projections need of the file, a third of it: 193,946,840 numbers of 4 bytes. */
export const CLAP_WEIGHT_BYTES = 775_787_360;

const VOCABULARY_SIZE = 50_265;

/** Makes the model in a folder, once; it takes a minute and 2.3 GB. */
export async function syntheticClap(parent: string, python: string): Promise<SyntheticClap> {
  const folder = join(parent, "clap");
  const vocabulary = join(folder, "vocabulary");
  mkdirSync(vocabulary, { recursive: true });
  const checkpoint = join(folder, "checkpoint.pt");
  if (!existsSync(checkpoint)) await runProcess(python, [peer("clap.py"), "checkpoint", checkpoint]);
  writeFileSync(join(vocabulary, "vocab.json"), JSON.stringify(letterVocabulary()));
  writeFileSync(join(vocabulary, "merges.txt"), "#version: 0.2\n");
  return { checkpoint, vocabulary, wav: syntheticSound(parent, 10, 1) };
}

/** The tower of a task as ONNX, made once. */
export async function onnxTower(clap: SyntheticClap, name: string, task: ClapTask, python: string): Promise<string> {
  const model = join(clap.checkpoint, "..", `${name}.onnx`);
  // Written last.
  if (!existsSync(`${model}.json`)) {
    await runProcess(python, [peer("clap.py"), "onnx", clap.checkpoint, JSON.stringify(task), model]);
  }
  return model;
}

/** Texts of 75 letters, which are 77 tokens with those of start and end: nothing of a batch is padding. */
export function letterTexts(count: number): string[] {
  return Array.from({ length: count }, (_, text) =>
    String.fromCharCode(...Array.from({ length: 75 }, (_, i) => 97 + ((i * i + 7 * text + i * text) % 26))),
  );
}

/** RoBERTa's in size; the letters have the ids from 4 on, which peers/clap.py knows. */
function letterVocabulary(): Record<string, number> {
  const isVisible = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  const invisible = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !isVisible(byte));
  const letters = Array.from({ length: 26 }, (_, i) => 97 + i);
  const others = Array.from({ length: 256 }, (_, byte) => byte).filter(
    (byte) => isVisible(byte) && !letters.includes(byte),
  );
  const bytes = [...letters, ...others, ...invisible.map((_, i) => 256 + i)].map((code) => String.fromCharCode(code));
  const tokens = ["<s>", "<pad>", "</s>", "<unk>", ...bytes];
  while (tokens.length < VOCABULARY_SIZE - 1) tokens.push(`unused${tokens.length}`);
  return Object.fromEntries([...tokens, "<mask>"].map((token, id) => [token, id]));
}
