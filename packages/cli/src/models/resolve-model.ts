import { existsSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { CliError, EXIT_CODES } from "../errors.ts";
import { type Environment, hubSettings } from "../hub/environment.ts";
import { cachedCheckpoint, cachedTokenizer, tokenizerRevision } from "./cached-model.ts";
import type { LoadSettings } from "./check-model.ts";
import { modelReference } from "./model-reference.ts";
import type { PullModelOptions } from "./pull-model.ts";
import type { ModelEntry } from "./registry.ts";
import { shippedPath } from "./shipped-path.ts";

/** A model whose files are on this machine, ready for `loadTwoTower` of @irec/encoders. */
export interface ResolvedModel {
  /** What tables and stores call it. */
  readonly name: string;
  /** What to load: a file, a folder or an address. */
  readonly checkpoint: string;
  /** For `readTokenizerFiles`: the vocabulary; absent where it is beside the checkpoint, if anywhere. */
  readonly tokenizer?: string;
  readonly loadOptions: LoadSettings;
  /** Of the checkpoint, where the hub has named the file by it; the file was not read for this. */
  readonly sha256?: string;
  /** What is known of it; absent for a file that irec does not know by name. */
  readonly entry?: ModelEntry;
}

export interface ResolveOptions {
  /** A folder with the vocabulary, or tokenizer.json, instead of the usual one. */
  readonly tokenizer?: string | undefined;
  /** Fetches what is missing. */
  readonly pull?: Pick<PullModelOptions, "say" | "progress" | "timing"> | undefined;
  readonly env?: Environment | undefined;
}

/** A model is known, but its files are not on this machine. */
export class ModelNotHereError extends CliError {
  override name = "ModelNotHereError";
  override readonly exitCode = EXIT_CODES.input.code;
  readonly model: string;

  constructor(model: string, message: string) {
    super(`${model}: ${message}`);
    this.model = model;
  }
}

/**
 * Finds the files of a model; without the network, unless told to pull what is missing.
 * @param nameOrPath - a name of the registry, perhaps with the branch, tag or commit of its repository (`music-clap@main`);
 *   a path or address of a checkpoint; or `NAME=PATH`, a checkpoint of one's own that is to have the name and the vocabulary
 *   of a model of the registry
 * @throws {ModelNotHereError} when the model is known and not here, with the command that fetches it
 * @throws {UsageError} when it is neither a name nor a path
 * @throws as `pullModel`, when it pulls
 */
export async function resolveModel(nameOrPath: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const { entry, revision, path } = modelReference(nameOrPath);
  const { tokenizer } = options;
  if (entry === undefined) {
    const vocabulary = tokenizer === undefined ? {} : { tokenizer };
    return { name: nameOfPath(path), checkpoint: path, ...vocabulary, loadOptions: {} };
  }
  const files = await filesOf(entry, revision, path, options);
  return { name: entry.name, ...files, loadOptions: entry.loadOptions ?? {}, entry };
}

/** Names of files that say nothing of the model, as Hugging Face gives them. */
const GENERAL_NAMES = ["model", "pytorch_model"];

function nameOfPath(path: string): string {
  const plain = path.replace(/[?#].*$/, "").replace(/[/\\]+$/, "");
  const stem = basename(plain).replace(/(\.index\.json|\.pth\.tar|\.(pt|pth|bin|safetensors))$/i, "");
  const folder = basename(dirname(plain));
  return GENERAL_NAMES.includes(stem) && /\w/.test(folder) ? folder : stem;
}

type Files = Pick<ResolvedModel, "checkpoint" | "tokenizer" | "sha256">;

async function filesOf(
  entry: ModelEntry,
  revision: string,
  path: string | undefined,
  options: ResolveOptions,
): Promise<Files> {
  const { source } = entry;
  if (source.kind === "shipped") {
    return {
      checkpoint: path ?? shippedPath(source.checkpoint),
      tokenizer: options.tokenizer ?? shippedPath(source.tokenizer),
    };
  }
  if (source.kind === "local" && path === undefined) throw new ModelNotHereError(entry.name, `${source.advice}.`);
  const found = findFiles(entry, revision, path, options);
  if (!(found instanceof ModelNotHereError)) return found;
  if (options.pull === undefined) throw found;
  const { pullModel } = await import("./pull-model.ts");
  const { modelTerms } = await import("./model-text.ts");
  const { say } = options.pull;
  say?.(modelTerms(entry));
  const files = await pullModel(entry, {
    ...options.pull,
    env: options.env,
    revision,
    vocabularyOnly: path !== undefined,
  });
  for (const { warning } of files) if (warning !== undefined) say?.(`warning: ${warning}`);
  const pulled = findFiles(entry, revision, path, options);
  if (pulled instanceof ModelNotHereError) throw pulled;
  return pulled;
}

function findFiles(
  entry: ModelEntry,
  revision: string,
  path: string | undefined,
  { tokenizer: given, env }: ResolveOptions,
): Files | ModelNotHereError {
  const { source } = entry;
  const checkpoint = path ?? (source.kind === "hub" ? cachedCheckpoint(source, revision, env) : undefined);
  if (checkpoint === undefined) return notHere(entry, "its checkpoint is", env);
  const tokenizer =
    given ?? (entry.tokenizer && cachedTokenizer(entry.tokenizer, tokenizerRevision(entry, revision), env)?.folder);
  if (tokenizer === undefined) {
    return notHere(entry, `the vocabulary of its text tower (${entry.tokenizer?.repository}) is`, env);
  }
  return { checkpoint, tokenizer, ...publishedSha256(checkpoint) };
}

/** The hub's name for a large file is its sha256, and the cache links to it. */
function publishedSha256(path: string): { readonly sha256?: string } {
  const blob = basename(existsSync(path) ? realpathSync(path) : path);
  return /^[0-9a-f]{64}$/.test(blob) ? { sha256: blob } : {};
}

function notHere({ name }: ModelEntry, what: string, env: Environment | undefined): ModelNotHereError {
  const { cache } = hubSettings(env);
  return new ModelNotHereError(
    name,
    `${what} not on this machine; looked in ${cache}. Fetch it with "irec models pull ${name}", or give the path of a ` +
      "checkpoint. HF_HOME and HF_HUB_CACHE say where else to look.",
  );
}
