import { join } from "node:path";
import { InputError } from "../errors.ts";
import { digestOfFile } from "../file-digest.ts";
import { type JsonField, readJsonFile } from "../json-field.ts";
import { quoted } from "../quoted.ts";
import { AUDIO_RULES, TRIPLET_RULES } from "../results/results.ts";
import { SPACES } from "../store/embedding-store.ts";
import {
  type OutcomeClips,
  readClipOutcomes,
  readSimilarities,
  readTripletOutcomes,
  type Similarities,
  type TripletIndices,
} from "./outcome-files.ts";
import type { ScoredRow, TripletsRow } from "./outcome-index.ts";
import { CLIPS_FILE, INDEX_FILE, OUTCOMES_FOLDER, OUTCOMES_SCHEMA_VERSION } from "./outcome-index.ts";

/** What every clip and every triplet of a run scored. Matrices are read when they are asked for. */
export interface RunOutcomes {
  /** The run folder, as the caller named it. */
  readonly run: string;
  readonly models: readonly string[];
  /** How embeddings were compared. */
  readonly similarity: string;
  /** The name of the ontology behind the triplets. */
  readonly ontology: string;
  readonly synthetic: boolean;
  /** Undefined when no row needed clips. */
  readonly clips: OutcomeClips | undefined;
  readonly scores: readonly ScoresOfRow[];
  readonly triplets: readonly TripletsOfRow[];
}

/** The scores of a row of zero-shot or audio-only. */
export interface ScoresOfRow {
  readonly row: ScoredRow;
  /** Of the columns. */
  readonly labels: readonly string[];
  /** Shape [clips]: the label of each clip, an index into `labels`. */
  readonly classes: Int32Array;
  /** Shape [clips, labels]; the answer for a clip is its most similar label. @throws {InputError} when it is damaged */
  similarities(): Promise<Similarities>;
}

/** What a row of triplets was scored from. */
export interface TripletsOfRow {
  readonly row: TripletsRow;
  /** Of the rows and columns. */
  readonly labels: readonly string[];
  /** Indices into `labels`. @throws {InputError} when they are damaged */
  triplets(): Promise<TripletIndices>;
  /** Shape [labels, labels]. @throws {InputError} when it is damaged */
  similarities(): Promise<Similarities>;
}

/** results.json of a run with a hundred models has some ten megabytes. */
const MAX_RESULTS_BYTES = 2 ** 29;
const MAX_INDEX_BYTES = 2 ** 27;

const AGAIN = "Run irec evaluate again, into a new folder";

/**
 * Reads what `irec evaluate` left in a run folder of what every clip and triplet scored. Each file is compared with the sha256
 * that is written of it, in results.json for the index and in the index for all others.
 * @throws {InputError} when it is no run folder, was written without outcomes or by an irec that writes others, or is damaged
 */
export async function readOutcomes(run: string): Promise<RunOutcomes> {
  const results = await readJsonFile(join(run, "results.json"), "results", MAX_RESULTS_BYTES);
  if (!results.has("outcomes")) {
    throw results.error(
      `has no outcomes: the run was written by an older irec, which did not keep what every clip scored. ${AGAIN}`,
    );
  }
  const path = join(run, INDEX_FILE);
  await checkDigest(path, results.get("outcomes").get("sha256").sha256(), "results.json");
  const index = await readJsonFile(path, "outcomes", MAX_INDEX_BYTES);
  checkVersion(index.get("schemaVersion"));
  const files = new OutcomeFiles(run, index.get("sha256"));
  const unit = index.get("unit").oneOf(["clip", "instrument-pitch group"]);
  const labelLists = index.get("labels").list((list) => list.strings());
  const labelsOf = (entry: JsonField) => labelLists[entry.get("labels").integer(0, labelLists.length - 1)]!;
  const entries = index.get("scores").list((entry) => entry);
  const clips = entries.length === 0 ? undefined : await readClipOutcomes(await files.checked(CLIPS_FILE), unit);
  return {
    run,
    models: results.get("models").strings(),
    similarity: results.get("similarity").string(),
    ontology: results.get("ontology").string(),
    synthetic: results.get("synthetic").boolean(),
    clips,
    scores: entries.map((entry) => {
      const [labels, file] = [labelsOf(entry), entry.get("file").string()];
      return {
        row: scoredRow(entry),
        labels,
        classes: classesOf(clips!, labels),
        similarities: async () =>
          readSimilarities(await files.checked(file), [clips!.ids.length, labels.length], "clips and labels"),
      };
    }),
    triplets: index.get("triplets").list((entry) => {
      const labels = labelsOf(entry);
      const [list, file] = [entry.get("triplets").string(), entry.get("similarities").string()];
      return {
        row: {
          model: entry.get("model").string(),
          space: entry.get("space").oneOf(SPACES),
          promptSet: entry.get("promptSet").string(),
          rule: entry.get("rule").oneOf(TRIPLET_RULES),
        },
        labels,
        triplets: async () => readTripletOutcomes(await files.checked(list), labels),
        similarities: async () =>
          readSimilarities(await files.checked(file), [labels.length, labels.length], "labels and labels"),
      };
    }),
  };
}

function scoredRow(entry: JsonField): ScoredRow {
  const model = entry.get("model").string();
  return entry.get("experiment").oneOf(["zero-shot", "audio-only"]) === "zero-shot"
    ? { experiment: "zero-shot", model, promptSet: entry.get("promptSet").string() }
    : {
        experiment: "audio-only",
        model,
        space: entry.get("space").oneOf(SPACES),
        rule: entry.get("rule").oneOf(AUDIO_RULES),
      };
}

/** Another minor version only adds what is not read here. */
function checkVersion(field: JsonField): void {
  const version = field.string();
  const [major] = OUTCOMES_SCHEMA_VERSION.split(".");
  if (version.split(".")[0] === major) return;
  throw field.error(
    `is ${quoted(version)}, while this irec reads ${major}.x; it was written by another irec. ${AGAIN}`,
  );
}

function classesOf({ path, labels: ofClip }: OutcomeClips, labels: readonly string[]): Int32Array {
  const place = new Map(labels.map((label, i) => [label, i]));
  return Int32Array.from(ofClip, (label, clip) => {
    const found = place.get(label);
    if (found === undefined) {
      throw new InputError(path, `clip ${clip} has the label ${quoted(label)}, which is none of its row's.`);
    }
    return found;
  });
}

/** The files that an index names, each checked once. */
class OutcomeFiles {
  readonly #run: string;
  readonly #claims: JsonField;
  readonly #checked = new Map<string, Promise<string>>();

  constructor(run: string, claims: JsonField) {
    this.#run = run;
    this.#claims = claims;
  }

  /** The path of a file whose sha256 is the one that is written of it. */
  checked(file: string): Promise<string> {
    const checking = this.#checked.get(file) ?? this.#check(file);
    this.#checked.set(file, checking);
    return checking;
  }

  async #check(file: string): Promise<string> {
    // The run may be a stranger's: nothing outside of it is opened.
    if (!file.startsWith(`${OUTCOMES_FOLDER}/`) || file.split(/[/\\]/).includes("..")) {
      throw this.#claims.error(`names ${quoted(file)}, which is not in the folder ${OUTCOMES_FOLDER}`);
    }
    const path = join(this.#run, file);
    await checkDigest(path, this.#claims.get(file).sha256(), INDEX_FILE);
    return path;
  }
}

async function checkDigest(path: string, claimed: string, by: string): Promise<void> {
  const found = await digestOfFile(path, "sha256");
  if (found === claimed) return;
  throw new InputError(
    path,
    `its sha256 is ${found}, while ${by} says ${claimed}; it was changed or damaged after the run was written. ${AGAIN}.`,
  );
}
