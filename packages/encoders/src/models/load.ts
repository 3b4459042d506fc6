import type { Backend } from "../backend/backend.ts";
import { openWasmBackend, type WasmOptions } from "../backend/wasm/open.ts";
import { blobSource } from "../bytes/blob-source.ts";
import type { ByteSource } from "../bytes/byte-source.ts";
import { UnavailableError } from "../bytes/errors.ts";
import { openUrl, type UrlOptions } from "../bytes/http-source.ts";
import { type Checkpoint, type OpenCheckpointOptions, openCheckpoint } from "../checkpoint/checkpoint.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { TokenizerFiles } from "../text/tokenizer-files.ts";
import type { EncodeOptions, TowerOutput, TwoTower, Waveform } from "../two-tower.ts";
import {
  COMPANION_FILES,
  type Companions,
  configOf,
  readCompanion,
  separateCompanions,
  tokenizerFilesOf,
} from "./companions.ts";
import type { DescribedModel } from "./described-model.ts";
import { familyOf } from "./families.ts";
import { healthWarnings, type ModelHealth, meanPairCosine, UNRELATED_TEXTS } from "./health.ts";
import type { ModelPlan, ModelSettings } from "./model-family.ts";
import { requireParameters } from "./read-parameters.ts";
import { recordedSettings } from "./recorded-settings.ts";
import { type EncodeAudioOptions, type TextOutput, TwoTowerModel } from "./two-tower-model.ts";
import { WeightReader } from "./weight-reader.ts";

/** Options of `loadTwoTower`. */
export interface LoadOptions
  extends ModelSettings,
    Omit<OpenCheckpointOptions, "sibling" | "signal">,
    Pick<UrlOptions, "fetch" | "headers">,
    WasmOptions {
  /** The model's name in tables and messages. Left out: the file's name without its ending. */
  readonly name?: string;
  /** The vocabulary of the text tower, instead of the files beside the checkpoint. `null` for none: audio only. */
  readonly tokenizer?: TokenizerFiles | Tokenizer | null;
  /** Whether to measure if the text tower still tells texts apart; one forward pass. Default true. */
  readonly healthCheck?: boolean;
  /** Called with each sentence of the health check. Without it they are only in `health.warnings`. */
  readonly onWarning?: (warning: string) => void;
  /** Called after each parameter with the bytes read and to be read, counted as float32. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the loading: the promise rejects with the signal's reason, and nothing stays allocated. */
  readonly signal?: AbortSignal;
}

/** A model that is ready to encode, with what is known of it and what the check on loading found. */
export interface LoadedTwoTower extends TwoTower, DescribedModel {
  readonly health: ModelHealth;
  encodeAudio(clips: readonly Waveform[], options?: EncodeAudioOptions): Promise<TowerOutput>;
  encodeText(texts: readonly string[], options?: EncodeOptions): Promise<TextOutput>;
}

/**
 * A checkpoint: its URL; a Blob, a File, a buffered source; or several of them, with shards, config.json, vocab.json,
 * merges.txt or tokenizer.json among them, known by their names.
 */
export type CheckpointInput = URL | string | Blob | ByteSource | readonly (Blob | ByteSource)[];

/**
 * Loads LAION-CLAP (`.pt` of its trainer, or Hugging Face's ClapModel) or MusCALL from its original checkpoint, on
 * WebAssembly; which model it is, and of which size, is found from names and shapes. Only what the towers need is read.
 *
 * @param from - a string is a URL here, which may be relative to the page; in Node a path, unless it begins with http:// or
 *   https://. Of a URL the files config.json, tokenizer.json, vocab.json and merges.txt beside it are read where they exist.
 * @throws {UnknownModelError} when the checkpoint is of no model that is known
 * @throws {CheckpointMismatchError} when something is missing, unexpected or of another shape
 * @throws {CheckpointError} another subclass, when the file cannot be read
 * @throws {NonFiniteWeightError} when a weight is NaN or infinite
 * @throws {TokenizerMismatchError} when the vocabulary is of another model
 * @throws {ByteSourceError} when the bytes cannot be had
 * @example
 * const model = await loadTwoTower([checkpointFile, vocabFile, mergesFile]); // of an <input type="file" multiple>
 * const { joint } = await model.encodeText(["A violin track"]);
 * joint.shape; // [1, 512]
 */
export async function loadTwoTower(from: CheckpointInput, options: LoadOptions = {}): Promise<LoadedTwoTower> {
  const backend = await openWasmBackend(options);
  return await loadFromCheckpoint(await openInput(from, options), backend, options);
}

/** A checkpoint that is open, and what stands beside it. */
export interface OpenModel {
  readonly checkpoint: Checkpoint;
  readonly companions: Companions;
}

/** Opens a checkpoint and reads the files that came with it, or that stand beside it on its server. */
export async function openInput(from: CheckpointInput, options: LoadOptions): Promise<OpenModel> {
  requireInput(from);
  if (from instanceof URL || typeof from === "string") return await openFromUrl(absoluteUrl(from), options);
  const sources = (isList(from) ? from : [from]).map((one) => (one instanceof Blob ? blobSource(one) : one));
  const { checkpoint, companions } = await separateCompanions(sources, options);
  return { checkpoint: await openCheckpoint(checkpoint, options), companions };
}

/** In a page and a worker an address counts from there; elsewhere it has to be whole. */
function absoluteUrl(url: URL | string): string {
  return String(new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href));
}

async function openFromUrl(url: string, options: LoadOptions): Promise<OpenModel> {
  const sibling = (name: string) => openUrl(String(new URL(name, url)), options);
  const checkpoint = await openCheckpoint(await openUrl(url, options), { sibling, ...options });
  try {
    const companions: Companions = {};
    for (const name of COMPANION_FILES) {
      // Not needed when the caller brings the vocabulary.
      if (name !== "config.json" && options.tokenizer !== undefined) continue;
      const source = await sibling(name).catch((error) => {
        if (error instanceof UnavailableError && !error.retry) return undefined;
        throw error;
      });
      if (source !== undefined) companions[name] = await readCompanion(source, options);
    }
    return { checkpoint, companions };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** Loads an open model onto a backend, and closes its checkpoint. */
export async function loadFromCheckpoint(
  { checkpoint, companions }: OpenModel,
  backend: Backend,
  options: LoadOptions = {},
): Promise<LoadedTwoTower> {
  try {
    const plan = planOf(checkpoint, companions, options);
    requireParameters(checkpoint, plan.parameters, plan.names, plan.name);
    const tokenizer = tokenizerOf(plan, companions, options);
    const weights = new WeightReader(checkpoint, plan, backend, options);
    const towers = await plan
      .build((wanted) => weights.read(wanted))
      .catch((error) => {
        weights.dispose();
        throw error;
      });
    const model = new TwoTowerModel(options.name ?? stemOf(checkpoint.name), plan, towers, backend, tokenizer);
    const health = await healthOf(model, weights.zeroParameters, options).catch((error) => {
      model.dispose();
      throw error;
    });
    for (const warning of health.warnings) options.onWarning?.(warning);
    return Object.assign(model, { health });
  } finally {
    await checkpoint.close();
  }
}

/** Which model a checkpoint holds; reads no tensor. */
export function planOf(checkpoint: Checkpoint, companions: Companions, settings: ModelSettings = {}): ModelPlan {
  const config = settings.config ?? configOf(companions);
  const all = { ...recordedSettings(checkpoint), ...given(settings), ...(config !== undefined && { config }) };
  return familyOf(checkpoint).plan(checkpoint, all);
}

/** Without what is there and undefined: it would hide what the checkpoint records. */
function given(settings: ModelSettings): ModelSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** The tokenizer that was given, or that of the companion files. */
export function tokenizerOf(
  plan: ModelPlan,
  companions: Companions,
  { tokenizer }: LoadOptions,
): Tokenizer | undefined {
  if (tokenizer === null) return undefined;
  if (typeof tokenizer === "string") {
    throw new TypeError(
      "the option tokenizer is a string, expected the contents of its files, { vocab, merges } or { tokenizer }; in Node " +
        "readTokenizerFiles(path) reads them",
    );
  }
  if (tokenizer !== undefined && "encodeBatch" in tokenizer) return tokenizer;
  const files = tokenizer ?? tokenizerFilesOf(companions);
  return files && plan.tokenizer(files, { embeddingRows: plan.vocabularySize });
}

async function healthOf(
  model: TwoTowerModel,
  zeroParameters: readonly string[],
  { healthCheck = true, signal }: LoadOptions,
): Promise<ModelHealth> {
  const measured = healthCheck && model.tokenizer !== undefined;
  const output = measured ? await model.encodeText(UNRELATED_TEXTS, signal && { signal }) : undefined;
  const textCosine = output && meanPairCosine(output.joint);
  return { textCosine, zeroParameters, warnings: healthWarnings(textCosine, zeroParameters) };
}

/** Names of files that say nothing of the model, as Hugging Face gives them. */
const GENERAL_NAMES = ["model", "pytorch_model"];

/** The file's name without folders and ending; the folder's, when the file is called as all are. */
export function stemOf(name: string): string {
  const parts = name.replace(/[?#].*$/, "").split(/[/\\]/);
  const fileName = parts.pop()!.replace(/(\.index\.json)$/, "");
  const stem = fileName.replace(/(\.pth\.tar|\.[^.]+)$/, "") || name;
  const folder = parts.pop();
  return GENERAL_NAMES.includes(stem) && folder ? folder : stem;
}

/** Throws for what no caller of TypeScript would give. */
function requireInput(from: unknown): void {
  const one = (value: unknown) =>
    value instanceof Blob || (typeof value === "object" && value !== null && "slice" in value && "byteLength" in value);
  if (typeof from === "string" || from instanceof URL || one(from)) return;
  if (Array.isArray(from) && from.length > 0 && from.every(one)) return;
  throw new TypeError(
    `loadTwoTower got ${Array.isArray(from) ? "a list of other things" : String(from)}, expected a path or URL, a Blob or ` +
      "ByteSource, or a list of these with the files of one model",
  );
}

function isList(from: Blob | ByteSource | readonly (Blob | ByteSource)[]): from is readonly (Blob | ByteSource)[] {
  return Array.isArray(from);
}
