import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const golden = (file: string) => fileURLToPath(new URL(`../../encoders/test/${file}`, import.meta.url));

/** What no shape of the small CLAP model tells. */
export const CLAP_SETTINGS = { textHeads: 4, hopLength: 120, clipSeconds: 0.625 } as const;
export const CLAP_FLAGS = ["--text-heads", "4", "--hop-length", "120", "--clip-seconds", "0.625"];

/** Puts a CLAP model of random weights, 32 numbers wide, and its vocabulary into a folder; returns the checkpoint's path. */
export function putSmallClap(folder: string, name = "tiny.pt"): string {
  mkdirSync(folder, { recursive: true });
  cpSync(golden("models/goldens/clap/tiny.pt"), join(folder, name));
  cpSync(golden("text/goldens/roberta-vocab.json"), join(folder, "vocab.json"));
  cpSync(golden("text/goldens/roberta-merges.txt"), join(folder, "merges.txt"));
  return join(folder, name);
}
