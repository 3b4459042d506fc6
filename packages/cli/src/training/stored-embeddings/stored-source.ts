import { basename, relative, sep } from "node:path";
import { doktorski, type Taxonomy } from "@irec/ontology";
import type { NdArray } from "ndarray";
import { InputError } from "../../errors.ts";
import { sha256OfFiles } from "../../file-digest.ts";
import { inPublishedOrder } from "../../ground-truth/class-order.ts";
import type { ClipUnits } from "../../ground-truth/clip-units.ts";
import type { GroundTruth } from "../../ground-truth/ground-truth.ts";
import { readGroundTruth } from "../../ground-truth/read-ground-truth.ts";
import { readNpyMatrix } from "../../npy/npy-file.ts";
import { quoted } from "../../quoted.ts";
import { openStore, SPACES, type Space, type StoredModel, type Tower } from "../../store/embedding-store.ts";
import { ModelInputs, type TextInput } from "../../store/model-inputs.ts";
import { NotServed } from "../../store/not-served.ts";
import { storedGroundTruth, withoutSkipped } from "../../store/stored-ground-truth.ts";
import { type RowNames, requireUnchanged, requireUsableRows, VectorSizes } from "./array-checks.ts";
import type { SourceConfig } from "./source-config.ts";

/** A data set's embeddings, all in memory, each row with its class. */
export interface Clips {
  readonly matrix: NdArray;
  /** Shape [rows]: an index into the labels. */
  readonly classes: Int32Array;
  /** Shape [rows]; absent where the ground truth has none. */
  readonly folds?: Int32Array;
  /** The id of each row's clip. */
  readonly ids: readonly string[];
  /** What a bootstrap draws; its groups by row. */
  readonly units: ClipUnits;
}

/** A stored model that something is fitted on, joined to its ground truth. */
export interface StoredSource {
  readonly model: StoredModel;
  /** Undefined where the model has no audio. */
  readonly dataset: string | undefined;
  readonly groundTruth: GroundTruth;
  /** The prompt sets to learn from: each has a text for every label. */
  readonly promptSets: readonly string[];
  /** The clips' embeddings. @throws {InputError} when the store has none, or they cannot be used */
  clips(space: Space): Promise<Clips>;
  /** A prompt set's embeddings, row c for label c. @throws {InputError} when the store has none, or they cannot be used */
  texts(space: Space, promptSet: string): Promise<NdArray>;
  /** Any array of the model, as it is stored. @throws {InputError} when it cannot be used */
  array(tower: Tower, space: Space, name: string): Promise<NdArray>;
  /** Whether the store has audio and these prompt sets in the joint space, so that the model itself can be scored. */
  readonly hasJointSpace: boolean;
  /** The sha256 of every file that was read so far, by its path in the store or its name. @throws {InputError} when the manifest says another */
  digests(others: readonly string[]): Promise<readonly { readonly path: string; readonly sha256: string }[]>;
}

/**
 * Opens what a configuration names, and finds which clip and which text has which label.
 * @throws {InputError} when something is missing or does not fit
 */
export async function openSource(config: SourceConfig, ontology: Taxonomy = doktorski): Promise<StoredSource> {
  const { models } = await openStore(config.embeddings);
  const model = models.find(({ name }) => name === config.model);
  if (model === undefined) {
    const names = models.map(({ name }) => name).join(", ");
    throw new InputError(config.embeddings, `the store has no model ${quoted(config.model)}; it has ${names}.`);
  }
  const dataset = datasetOf(config, model);
  const found = await readLabels(config, model, dataset);
  if (found === undefined) {
    throw new InputError(
      config.embeddings,
      `nothing says which clip or text of ${model.name} has which label: give groundTruth, a CSV.`,
    );
  }
  const groundTruth = withoutSkipped(inPublishedOrder(found, ontology), [model], dataset);
  const inputs = new ModelInputs(model, { dataset, groundTruth, ontology });
  // Before anything else is said of a file: whether it is the one that the manifest was written for.
  const unchanged = async (tower: Tower, space: Space, name: string | undefined) => {
    const path = name === undefined ? undefined : model.path(tower, space, name);
    if (path !== undefined) await requireUnchanged(path, inputs.claimedSha256(path));
  };
  const sizes = new VectorSizes();
  const usable = (tower: Tower, space: Space, name: string, matrix: NdArray) => {
    const path = model.path(tower, space, name)!;
    sizes.require(space === "joint_space" ? space : tower, path, matrix.shape[1]!);
    requireUsableRows(path, matrix, rowNames(tower, name, { model, dataset, groundTruth }));
    return matrix;
  };
  const readTexts: ReadTexts = async (space, name) => {
    await unchanged("text", space, name);
    return await inputs.textByClass(space, name);
  };
  const promptSets = await promptSetsOf(config, model, inputs, readTexts);
  const given = config.groundTruth === undefined ? [] : [config.groundTruth];
  return {
    model,
    dataset,
    groundTruth,
    promptSets,
    clips: (space) =>
      served(config, async () => {
        await unchanged("audio", space, dataset);
        const clips = await readClips(inputs, space, groundTruth);
        usable("audio", space, dataset!, clips.matrix);
        return clips;
      }),
    texts: (space, name) =>
      served(config, async () => {
        const { matrix } = await readTexts(space, name);
        usable("text", space, name, (await inputs.text(space, name)).matrix as NdArray);
        return matrix as NdArray;
      }),
    async array(tower, space, name) {
      await unchanged(tower, space, name);
      return usable(tower, space, name, (await readNpyMatrix(model.path(tower, space, name)!)) as NdArray);
    },
    hasJointSpace:
      dataset !== undefined &&
      model.path("audio", "joint_space", dataset) !== undefined &&
      promptSets.every((name) => model.path("text", "joint_space", name) !== undefined),
    async digests(others) {
      const paths = [...given, ...others, ...inputs.usedPaths];
      for (const path of paths) await requireUnchanged(path, inputs.claimedSha256(path));
      const found = await sha256OfFiles(paths);
      return paths.map((path) => {
        const place = relative(config.embeddings, path).replaceAll(sep, "/");
        return { path: place.startsWith("..") ? basename(path) : place, sha256: found.get(path)! };
      });
    },
  };
}

async function readLabels({ groundTruth }: SourceConfig, model: StoredModel, dataset: string | undefined) {
  if (groundTruth !== undefined) return await readGroundTruth(groundTruth);
  return dataset === undefined ? undefined : storedGroundTruth([model], dataset);
}

function datasetOf({ embeddings, dataset }: SourceConfig, model: StoredModel): string | undefined {
  const names = [...new Set(SPACES.flatMap((space) => model.arrays("audio", space)))].sort();
  if (dataset === undefined && names.length > 1) {
    throw new InputError(
      embeddings,
      `${model.name} has several data sets; choose one with dataset: ${names.join(", ")}.`,
    );
  }
  const chosen = dataset ?? names[0];
  if (chosen === undefined || names.includes(chosen)) return chosen;
  throw new InputError(
    embeddings,
    `${model.name} has no data set ${quoted(chosen)}; it has ${names.join(", ") || "none"}.`,
  );
}

/** The study's negations; other stores say in the manifest which prompt set negates which. */
const NEGATION = /^negative_/;

type ReadTexts = (space: Space, promptSet: string) => Promise<TextInput>;

async function promptSetsOf(
  config: SourceConfig,
  model: StoredModel,
  inputs: ModelInputs,
  readTexts: ReadTexts,
): Promise<readonly string[]> {
  const stored = inputs.promptSets("pre_joint");
  const entries = model.manifest?.promptSets ?? {};
  if (config.promptSets !== undefined) {
    // Read once, so that the reason why one cannot be used is its own.
    for (const name of config.promptSets) await served(config, () => readTexts("pre_joint", name));
    return config.promptSets;
  }
  const usable: string[] = [];
  for (const name of stored) {
    if (entries[name]?.negates !== undefined || NEGATION.test(name)) continue;
    const text = await readTexts("pre_joint", name).catch(refused);
    if (text !== undefined) usable.push(name);
  }
  if (usable.length > 0) return usable;
  throw new InputError(
    config.embeddings,
    `${model.name} has no text/pre_joint array with a text for each label of the ground truth.`,
  );
}

/** A prompt set that has no text for some label is no error where nobody asked for it. */
function refused(error: unknown): TextInput | undefined {
  if (error instanceof NotServed) return undefined;
  throw error;
}

async function readClips(inputs: ModelInputs, space: Space, { clipIds }: GroundTruth): Promise<Clips> {
  const { matrix, classes, folds, clipOfRow, units } = await inputs.audio(space);
  const ids = clipOfRow === undefined ? clipIds : Array.from(clipOfRow, (clip) => clipIds[clip]!);
  try {
    return { matrix: (await matrix.read()) as NdArray, classes, ids, units, ...(folds && { folds }) };
  } finally {
    await matrix.close();
  }
}

/** What the rows of an array are: the manifest knows, or else the ground truth. */
function rowNames(
  tower: Tower,
  name: string,
  { model, dataset, groundTruth }: Pick<StoredSource, "model" | "dataset" | "groundTruth">,
): RowNames {
  const { manifest } = model;
  if (tower === "text") return { kind: "label", names: (manifest?.promptSets[name] ?? groundTruth).labels };
  return { kind: "clip", names: (manifest?.datasets[name] ?? (name === dataset ? groundTruth : undefined))?.clipIds };
}

/** What an experiment would skip is here an error: the configuration asks for it. */
async function served<T>({ embeddings }: SourceConfig, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof NotServed)) throw error;
    throw new InputError(embeddings, `${error.message}.`, { cause: error });
  }
}
