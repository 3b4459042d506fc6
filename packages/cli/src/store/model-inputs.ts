import type { Taxonomy } from "@irec/ontology";
import ndarray from "ndarray";
import { InputError } from "../errors.ts";
import { type ClipUnits, clipUnits } from "../ground-truth/clip-units.ts";
import type { GroundTruth } from "../ground-truth/ground-truth.ts";
import { type Embeddings, type NpyMatrix, openNpyMatrix, readNpyMatrix } from "../npy/npy-file.ts";
import { FOLLOW_UP_NEGATIONS, STUDY_TEMPLATES } from "../prompts/templates.ts";
import { quoted } from "../quoted.ts";
import type { Space, StoredModel, Tower } from "./embedding-store.ts";
import { rowOfEachLabel } from "./label-order.ts";
import { NotServed } from "./not-served.ts";

/** The audio embeddings of the data set, each row with its class. */
export interface AudioInput {
  readonly path: string;
  readonly matrix: NpyMatrix;
  /** Shape [rows]: the class of each row, an index into the ground truth's labels. */
  readonly classes: Int32Array;
  /** Shape [rows]: the fold of each row, where the ground truth has folds. */
  readonly folds?: Int32Array;
  /** Shape [rows]: which clip of the ground truth each row is; absent when row i is clip i. */
  readonly clipOfRow?: Int32Array;
  /** What is drawn when clips are drawn; its groups by row. */
  readonly units: ClipUnits;
}

/** The embeddings of one prompt set, one row a label. */
export interface TextInput {
  readonly promptSet: string;
  readonly path: string;
  readonly matrix: Embeddings;
  /** The label of each row. */
  readonly labels: readonly string[];
}

/** Joins one stored model's arrays to the ground truth: which row is which clip, which row is which label. */
export class ModelInputs {
  readonly name: string;
  readonly #model: StoredModel;
  readonly #dataset: string | undefined;
  readonly #groundTruth: GroundTruth | undefined;
  readonly #ontology: Taxonomy;
  readonly #promptSets: readonly string[] | undefined;
  readonly #texts = new Map<string, Promise<Embeddings>>();
  readonly #used = new Set<string>();

  constructor(
    model: StoredModel,
    options: {
      readonly dataset: string | undefined;
      readonly groundTruth: GroundTruth | undefined;
      readonly ontology: Taxonomy;
      /** Only these, when given. */
      readonly promptSets?: readonly string[] | undefined;
    },
  ) {
    this.name = model.name;
    if (model.manifest !== undefined) this.#used.add(model.manifest.path);
    this.#model = model;
    this.#dataset = options.dataset;
    this.#groundTruth = options.groundTruth;
    this.#ontology = options.ontology;
    this.#promptSets = options.promptSets;
  }

  /** Every file that was read: arrays and the manifest. */
  get usedPaths(): readonly string[] {
    return [...this.#used].sort();
  }

  /** The sha256 that the manifest claims for an array of this model, by path. */
  claimedSha256(path: string): string | undefined {
    const claims = this.#model.manifest?.sha256 ?? {};
    return Object.entries(claims).find(([key]) => {
      const [tower, space, ...name] = key.split("/");
      return this.#model.path(tower as Tower, space as Space, name.join("/")) === path;
    })?.[1];
  }

  /** The prompt sets stored for a space, the study's main one first. */
  promptSets(space: Space): readonly string[] {
    const stored = this.#model.arrays("text", space).filter((name) => this.#promptSets?.includes(name) ?? true);
    return stored.toSorted((a, b) => Number(b === MAIN_PROMPT_SET) - Number(a === MAIN_PROMPT_SET));
  }

  /**
   * Every prompt set that has a negation in the store, with its negation; several times when it has several.
   * @throws {NotServed} when there is none
   */
  promptPairs(space: Space): readonly (readonly [promptSet: string, negation: string])[] {
    const stored = this.#model.arrays("text", space);
    const pairs = this.promptSets(space).flatMap((promptSet) => {
      const negations = this.#negationsOf(promptSet).map((names) => names.filter((name) => stored.includes(name)));
      return (negations.find((names) => names.length > 0) ?? []).map((negation) => [promptSet, negation] as const);
    });
    if (pairs.length > 0) return pairs;
    throw new NotServed(
      `the store has no prompt set with its negation in text/${space} ` +
        `(${MAIN_PROMPT_SET} and ${MAIN_NEGATION}, or a manifest that says which set negates which)`,
    );
  }

  /** Whether a prompt set denies its labels, by the manifest or as one of those that irec knows. */
  isNegation(promptSet: string): boolean {
    const entry = this.#model.manifest?.promptSets[promptSet];
    return entry?.negates !== undefined || (entry === undefined && KNOWN_NEGATIONS.has(promptSet));
  }

  /** What may negate a prompt set: what the manifest says does, or else what irec knows by name. */
  #negationsOf(promptSet: string): readonly [declared: readonly string[], known: readonly string[]] {
    const entries = this.#model.manifest?.promptSets ?? {};
    const declared = Object.keys(entries).filter((name) => entries[name]!.negates === promptSet);
    const known = [...KNOWN_NEGATIONS].filter(
      ([name, negates]) => negates === promptSet && (name === MAIN_NEGATION || entries[name] === undefined),
    );
    return [declared, known.map(([name]) => name)];
  }

  /**
   * Opens the audio embeddings of the data set. The caller closes them.
   * @throws {NotServed} when the store has none or there is no ground truth
   * @throws {InputError} when rows and clips do not match
   */
  async audio(space: Space): Promise<AudioInput> {
    const groundTruth = this.#groundTruth;
    if (groundTruth === undefined) throw new NotServed("no ground truth was given (--groundtruth FILE)");
    const path = this.#dataset === undefined ? undefined : this.#model.path("audio", space, this.#dataset);
    if (path === undefined) {
      throw new NotServed(`the store has no audio/${space}/${this.#dataset ?? "<dataset>"}.npy for it`);
    }
    this.#used.add(path);
    const matrix = await openNpyMatrix(path);
    try {
      const clipOfRow = this.#clipOfEachRow(matrix, groundTruth);
      const pick = (values: Int32Array) =>
        clipOfRow === undefined ? values : Int32Array.from(clipOfRow, (clip) => values[clip]!);
      const { unit, groups } = clipUnits(groundTruth.clipIds);
      return {
        path,
        matrix,
        units: { unit, groups: pick(groups) },
        classes: pick(groundTruth.classes),
        ...(groundTruth.folds === undefined ? {} : { folds: pick(groundTruth.folds) }),
        ...(clipOfRow === undefined ? {} : { clipOfRow }),
      };
    } catch (error) {
      await matrix.close();
      throw error;
    }
  }

  /**
   * The embeddings of a prompt set in its own row order. Read once and kept.
   * @throws {NotServed} when the store lacks it or its rows cannot be named
   */
  async text(space: Space, promptSet: string): Promise<TextInput> {
    const path = this.#model.path("text", space, promptSet);
    if (path === undefined) throw new NotServed(`the store has no text/${space}/${promptSet}.npy for it`);
    this.#used.add(path);
    const key = `${space}/${promptSet}`;
    const reading = this.#texts.get(key) ?? readNpyMatrix(path);
    this.#texts.set(key, reading);
    const matrix = await reading;
    return { promptSet, path, matrix, labels: this.#labelOfEachRow(path, promptSet, matrix.shape[0]!) };
  }

  /**
   * The embeddings of a prompt set with row c for class c of the ground truth.
   * @throws {NotServed} when its labels are not those of the ground truth
   */
  async textByClass(space: Space, promptSet: string): Promise<TextInput> {
    const text = await this.text(space, promptSet);
    const labels = this.#groundTruth?.labels;
    if (labels === undefined) throw new NotServed("no ground truth was given (--groundtruth FILE)");
    const rows = rowOfEachLabel(labels, text.labels, this.#ontology);
    if (typeof rows === "string") throw new NotServed(rows);
    return { ...text, labels, matrix: reorderRows(text.matrix, rows) };
  }

  #labelOfEachRow(path: string, promptSet: string, rows: number): readonly string[] {
    const declared = this.#model.manifest?.promptSets[promptSet]?.labels;
    if (declared !== undefined) {
      if (declared.length === rows) return declared;
      throw new InputError(
        path,
        `has ${rows} rows, while the manifest names ${declared.length} labels for ${promptSet}.`,
      );
    }
    if (this.#groundTruth === undefined) {
      throw new NotServed(
        `nothing names the rows of ${promptSet}: give --groundtruth FILE, or a manifest in the store`,
      );
    }
    const { labels, labelOrder } = this.#groundTruth;
    if (labelOrder === "appearance") {
      throw new NotServed(
        "nothing says which row is which label: a metadata CSV lists clips, not labels in an order, and these are not " +
          "TinySOL's. Give a one-hot CSV (song,<label>,<label>,...), or a manifest in the store",
      );
    }
    if (labels.length !== rows) {
      throw new NotServed(`${rows} rows, while the ground truth has ${labels.length} labels`);
    }
    return labels;
  }

  /** Which clip of the ground truth each audio row is; undefined when row i is clip i. */
  #clipOfEachRow(matrix: NpyMatrix, groundTruth: GroundTruth): Int32Array | undefined {
    const clips = groundTruth.clipIds;
    const declared = this.#dataset === undefined ? undefined : this.#model.manifest?.datasets[this.#dataset]?.clipIds;
    if (declared === undefined) {
      if (matrix.rows === clips.length) return undefined;
      throw new InputError(
        matrix.path,
        `has ${matrix.rows} rows, while the ground truth ${groundTruth.path} lists ${clips.length} clips; ` +
          "row i must be clip i. Is it the right data set?",
      );
    }
    if (declared.length !== matrix.rows) {
      throw new InputError(matrix.path, `has ${matrix.rows} rows, while the manifest names ${declared.length} clips.`);
    }
    const clipIndex = new Map(clips.map((id, i) => [id, i]));
    const rows = Int32Array.from(declared, (id, row) => {
      const clip = clipIndex.get(id);
      if (clip === undefined) {
        const first = declared.indexOf(id);
        if (first < row) {
          throw new InputError(
            matrix.path,
            `rows ${first} and ${row} are the same clip, ${quoted(id)}, by the manifest.`,
          );
        }
        throw new InputError(groundTruth.path, `has no line for clip ${quoted(id)}, row ${row} of ${matrix.path}.`);
      }
      clipIndex.delete(id);
      return clip;
    });
    if (clipIndex.size > 0) {
      const [missing] = clipIndex.keys();
      throw new InputError(
        matrix.path,
        `lacks ${clipIndex.size} clip(s) of ${groundTruth.path}, the first is ${quoted(missing!)}.`,
      );
    }
    return rows;
  }
}

/** The study's main prompt set, "A {x} track", and the one that negates it, "A no {x} track". */
const MAIN_PROMPT_SET = "muscall_prompt";
const MAIN_NEGATION = "negative_muscall_prompts";

/** The negations among the built-in prompt sets, each with what it negates. */
const KNOWN_NEGATIONS: ReadonlyMap<string, string> = new Map(
  [...STUDY_TEMPLATES, ...FOLLOW_UP_NEGATIONS].flatMap(({ name, negates }) =>
    negates === undefined ? [] : [[name, negates] as const],
  ),
);

function reorderRows(matrix: Embeddings, rows: readonly number[]): Embeddings {
  if (rows.every((row, i) => row === i) && rows.length === matrix.shape[0]) return matrix;
  const columns = matrix.shape[1]!;
  const data = new Float64Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns; j++) data[i * columns + j] = matrix.get(rows[i]!, j);
  }
  return ndarray(data, [rows.length, columns]);
}
