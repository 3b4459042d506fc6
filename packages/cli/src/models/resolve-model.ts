import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError, EXIT_CODES, UsageError } from "../errors.ts";
import { cachedFile } from "../hub/cache.ts";
import { type Environment, hubSettings } from "../hub/environment.ts";
import type { LoadSettings } from "./check-model.ts";
import { type HubSource, MODELS, type ModelEntry, modelNamed, type TokenizerSource } from "./registry.ts";

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
  /** Branch, tag or commit of the model's repository; `main` when left out. */
  readonly revision?: string | undefined;
  readonly env?: Environment;
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
 * Finds the files of a model, without the network.
 * @param nameOrPath - a name of the registry; a path or address of a checkpoint; or `NAME=PATH`, a checkpoint of one's own
 *   that is to have the name and the vocabulary of a model of the registry
 * @throws {ModelNotHereError} when the model is known and not here, with the command that fetches it
 * @throws {UsageError} when it is neither a name nor a path
 */
export async function resolveModel(nameOrPath: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const [entry, path] = entryAndPath(nameOrPath);
  const { tokenizer } = options;
  if (entry === undefined) {
    return {
      name: nameOfPath(path),
      checkpoint: path,
      ...(tokenizer === undefined ? {} : { tokenizer }),
      loadOptions: {},
    };
  }
  const found =
    path === "" ? checkpointOf(entry, options) : { checkpoint: path, tokenizer: findTokenizer(entry, options) };
  return { name: entry.name, loadOptions: entry.loadOptions ?? {}, entry, ...found };
}

/** An entry alone, a path alone, or both. */
function entryAndPath(nameOrPath: string): readonly [entry: ModelEntry | undefined, path: string] {
  const entry = modelNamed(nameOrPath);
  if (entry !== undefined) return [entry, ""];
  if (existsSync(nameOrPath) || /^https?:\/\//i.test(nameOrPath)) return [undefined, nameOrPath];
  const [name = "", ...rest] = nameOrPath.split("=");
  const named = modelNamed(name);
  if (named !== undefined && rest.join("=") !== "") return [named, rest.join("=")];
  if (looksLikePath(nameOrPath)) return [undefined, nameOrPath]; // whoever opens it says what is wrong with it
  throw new UsageError(
    `there is no model "${nameOrPath}", and no file of this name; there are ${MODELS.map((one) => one.name).join(", ")}.`,
  );
}

const looksLikePath = (text: string): boolean => /[/\\]|\.(pt|pth|bin|tar|safetensors|json)$/i.test(text);

/** Names of files that say nothing of the model, as Hugging Face gives them. */
const GENERAL_NAMES = ["model", "pytorch_model"];

function nameOfPath(path: string): string {
  const plain = path.replace(/[?#].*$/, "").replace(/[/\\]+$/, "");
  const stem = basename(plain).replace(/(\.index\.json|\.pth\.tar|\.(pt|pth|bin|safetensors))$/i, "");
  const folder = basename(dirname(plain));
  return GENERAL_NAMES.includes(stem) && /\w/.test(folder) ? folder : stem;
}

function checkpointOf(entry: ModelEntry, options: ResolveOptions) {
  const { source } = entry;
  if (source.kind === "local") throw new ModelNotHereError(entry.name, `${source.advice}.`);
  if (source.kind === "shipped") {
    const shipped = (path: string) => join(PACKAGE_FOLDER, path);
    return { checkpoint: shipped(source.checkpoint), tokenizer: options.tokenizer ?? shipped(source.tokenizer) };
  }
  const checkpoint = findCheckpoint(source, options);
  if (checkpoint === undefined) throw notHere(entry, `its checkpoint is`, options);
  return { ...checkpoint, tokenizer: findTokenizer(entry, options) };
}

/** Sources, the library and the command's bundle all lie two folders below it. */
const PACKAGE_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** The file to open, when it and all that belongs beside it are in the cache. */
function findCheckpoint({ repository, files }: HubSource, { revision = "main", env }: ResolveOptions) {
  const { cache } = hubSettings(env);
  const paths = files.map(({ names }) =>
    names.map((name) => cachedFile(cache, repository, revision, name)).find((path) => path !== undefined),
  );
  return paths.includes(undefined) ? undefined : { checkpoint: paths[0]! };
}

function findTokenizer(entry: ModelEntry, options: ResolveOptions): string {
  const found = options.tokenizer ?? (entry.tokenizer && cachedTokenizer(entry.tokenizer, options));
  if (found === undefined)
    throw notHere(entry, `the vocabulary of its text tower (${entry.tokenizer?.repository}) is`, options);
  return found;
}

/** The folder of a vocabulary in the cache. */
function cachedTokenizer({ repository, formerly = [], files }: TokenizerSource, { env }: ResolveOptions) {
  const { cache } = hubSettings(env);
  for (const known of [repository, ...formerly]) {
    for (const names of files) {
      const paths = names.map((name) => cachedFile(cache, known, "main", name));
      if (!paths.includes(undefined)) return dirname(paths[0]!);
    }
  }
  return undefined;
}

function notHere({ name }: ModelEntry, what: string, { env }: ResolveOptions): ModelNotHereError {
  const { cache } = hubSettings(env);
  return new ModelNotHereError(
    name,
    `${what} not on this machine; looked in ${cache}. Fetch it with "irec models pull ${name}", or give the path of a ` +
      "checkpoint. HF_HOME and HF_HUB_CACHE say where else to look.",
  );
}
