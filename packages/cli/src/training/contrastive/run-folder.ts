import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TokenizerFiles } from "@irec/encoders";
import { diskError } from "../../disk-error.ts";
import { InputError, OutputError } from "../../errors.ts";
import { type JsonField, readJsonFile } from "../../json-field.ts";
import type { CommonConfig } from "../training-kind.ts";
import { writeWhole } from "../write-whole.ts";
import { type ContrastiveConfig, contrastiveConfigJson, readContrastiveConfig } from "./contrastive-config.ts";
import { requireSameConfig } from "./run-state.ts";
import { NOTHING_TRAINED } from "./what-is-kept.ts";

/** What a run writes, besides the files of its tokenizer. */
export const RUN_FILES = {
  config: "config.json",
  log: "log.csv",
  checkpoint: "checkpoint.safetensors",
  best: "best.safetensors",
} as const;

/** A configuration is written by hand. */
const MAX_CONFIG_BYTES = 2 ** 24;
/** As many names as a message has room for. */
const LISTED = 5;

/**
 * Makes the folder of a run, unless there is something in it that is no run of this kind.
 * @returns whether it was not there
 * @throws {OutputError} when something else is in it, or it cannot be made
 */
export async function openRunFolder(out: string): Promise<boolean> {
  let names: string[];
  try {
    if (mkdirSync(out, { recursive: true }) !== undefined) return true;
    names = readdirSync(out).filter((name) => !name.startsWith("."));
  } catch (error) {
    throw diskError(out, error, NOTHING_TRAINED);
  }
  if (names.length === 0) return false;
  if (!names.includes(RUN_FILES.config)) {
    throw new OutputError(
      `${out}: has other files in it, and no run of irec train: ${listed(names)}. Choose another --out.`,
    );
  }
  const path = join(out, RUN_FILES.config);
  try {
    const fields = await readJsonFile(path, "config", MAX_CONFIG_BYTES);
    fields.get("schemaVersion").exactly(1);
    fields.get("kind").oneOf(["contrastive"]);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const found = `its ${RUN_FILES.config} is of something else (${error.message.replace(`${path}: `, "").replace(/\.$/, "")})`;
    throw new OutputError(
      `${out}: is no run of irec train: ${found}, and training would replace files. It has: ${listed(names)}. Choose another --out.`,
      { cause: error },
    );
  }
  return false;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).join(", ");
  return shown + (names.length > LISTED ? ` and ${names.length - LISTED} more` : "");
}

/**
 * Of a folder without a checkpoint: throws when a run would replace what another one has made.
 * @throws {InputError} when its run was begun with another configuration
 * @throws {OutputError} when it has results of a run whose checkpoint is gone
 */
export async function requireNothingToLose(out: string, config: ContrastiveConfig, seed: number): Promise<void> {
  const path = join(out, RUN_FILES.config);
  if (!existsSync(path)) return;
  const fields = await readJsonFile(path, "config", MAX_CONFIG_BYTES);
  const before = readContrastiveConfig(fields, {
    file: path,
    out,
    seed,
    path: (field: JsonField) => resolve(out, field.text()),
  });
  const seedBefore = fields.has("seed") ? fields.get("seed").integer(0, 2 ** 32 - 1) : 0;
  requireSameConfig(
    out,
    { config: contrastiveConfigJson(before), seed: seedBefore },
    { config: contrastiveConfigJson(config), seed },
  );
  const log = join(out, RUN_FILES.log);
  const results = [
    ...(existsSync(join(out, RUN_FILES.best)) ? [RUN_FILES.best] : []),
    ...(existsSync(log) && readFileSync(log, "utf8").trimEnd().includes("\n") ? [RUN_FILES.log] : []),
  ];
  if (results.length === 0) return;
  const lost = `has ${results.join(" and ")} of a run, and no ${RUN_FILES.checkpoint}: the run cannot go on, and would replace`;
  const advice = "Put the checkpoint back; or, to train anew, delete the folder or choose another --out.";
  throw new OutputError(`${out}: ${lost} ${results.length === 1 ? "it" : "them"}. ${advice}`);
}

/**
 * Writes the configuration and the tokenizer of a run that begins; what is there already stays.
 * @throws {OutputError} when another tokenizer is there, or the disk says no
 */
export function beginRunFolder(
  { out, seed }: Pick<CommonConfig, "out" | "seed">,
  files: TokenizerFiles,
  config: ContrastiveConfig,
): void {
  const absent = namedTexts(files).filter(([name, text]) => {
    const path = join(out, name);
    if (!existsSync(path)) return true;
    if (readFileSync(path, "utf8") === text) return false;
    throw new OutputError(
      `${path}: is not the tokenizer that is trained with. ${NOTHING_TRAINED} Choose another --out.`,
    );
  });
  const path = join(out, RUN_FILES.config);
  if (!existsSync(path)) {
    const own = { schemaVersion: 1, kind: "contrastive", out: ".", seed, ...contrastiveConfigJson(config) };
    writeWhole(path, `${JSON.stringify(own, null, 2)}\n`, NOTHING_TRAINED);
  }
  for (const [name, text] of absent) writeWhole(join(out, name), text, NOTHING_TRAINED);
}

/** A tokenizer's files as they are called beside a model. */
export function namedTexts(files: TokenizerFiles): [name: string, text: string][] {
  if ("tokenizer" in files) return [["tokenizer.json", files.tokenizer]];
  return [
    ["vocab.json", files.vocab],
    ["merges.txt", files.merges],
  ];
}
