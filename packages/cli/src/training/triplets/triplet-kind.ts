import { join } from "node:path";
import type { ProjectionTraining, TextResidual, TunedText, TuneTextOptions } from "@irec/encoders";
import { majorityBaseline } from "@irec/metrics";
import { type Taxonomy, type TaxonomyNode, type TripletArrays, tripletSet } from "@irec/ontology";
import type { NdArray } from "ndarray";
import { type Encoders, withEncoders } from "../../encoders.ts";
import { InputError } from "../../errors.ts";
import { jsonText } from "../../json-text.ts";
import { labelOntology } from "../../ontology-choice.ts";
import { quoted } from "../../quoted.ts";
import { readOntology } from "../../read-ontology.ts";
import { count, score, type Table, text } from "../../results/table.ts";
import { toTerminal } from "../../results/table-formats.ts";
import { SPACES } from "../../store/embedding-store.ts";
import { rowsOf, stacked } from "../stored-embeddings/matrix-rows.ts";
import { newManifest } from "../stored-embeddings/new-manifest.ts";
import { type NewModel, prepareNewModel } from "../stored-embeddings/new-model.ts";
import { type Clips, openSource, type StoredSource } from "../stored-embeddings/stored-source.ts";
import {
  scoreCells,
  scoreColumns,
  scoredClips,
  scoreOf,
  type ZeroShotScore,
  zeroShotPredictions,
} from "../stored-embeddings/zero-shot-predictions.ts";
import type { TrainContext, TrainingKind } from "../training-kind.ts";
import { heldOutParts } from "./label-parts.ts";
import { defaultTripletConfig, readTripletConfig, TRIPLET_KEYS, type TripletConfig } from "./triplet-config.ts";
import { type TripletScore, type TripletScores, together, tripletScores } from "./triplet-score.ts";

/** The text projection of a stored model, tuned with the triplets of an ontology. */
export const tripletKind: TrainingKind = {
  defaultConfig: defaultTripletConfig,
  keys: TRIPLET_KEYS,
  configure(fields, common) {
    const config = readTripletConfig(fields, common);
    return { run: (context) => tune(config, common.file, context) };
  },
};

async function tune(config: TripletConfig, configFile: string, context: TrainContext): Promise<string> {
  const ontology = await oneOntology(config, configFile);
  const source = await openSource(config, labelOntology(ontology));
  const { labels } = source.groundTruth;
  const terms = termsOf(source, ontology);
  const parts = heldOutParts(config.heldOut, labels, config.tune.seed);
  if (typeof parts === "string") throw new InputError(configFile, `config.heldOut: ${parts}.`);
  const texts = await readTexts(source);
  const tripletsOf = (some: readonly number[]): TripletArrays => {
    const { rule, minGap } = config;
    return tripletSet(ontology, { terms: some.map((label) => terms[label]!), rule, minGap }).toArrays();
  };
  const clips = source.hasJointSpace ? await source.clips("joint_space") : undefined;
  const made = prepareNewModel(config.out, config.name);
  try {
    return await withEncoders(async (encoders) => {
      const { backend, progress } = context;
      const training = await encoders.openProjectionTraining(backend === undefined ? {} : { backend });
      const isCrossValidation = "parts" in config.heldOut;
      const tunings = parts.length + Number(isCrossValidation);
      const work = progress.start("text tuning", tunings * config.tune.epochs, { unit: "epochs" });
      const tuneOn = (trained: readonly number[]) =>
        tuneTexts(training, texts, trained, tripletsOf(trained), config, configFile, () => work.advance(1));
      const everyLabel = [...labels.keys()];
      const measured: Tuning[] = [];
      let final: TunedText | undefined;
      try {
        for (const heldOut of parts) {
          const tuned = await tuneOn(everyLabel.filter((label) => !heldOut.includes(label)));
          measured.push({ heldOut, residual: tuned });
          final = tuned;
        }
        if (isCrossValidation) final = await tuneOn(everyLabel);
      } finally {
        work.end();
      }
      const scores = texts.map((set) =>
        scoreSet(training, set, measured, tripletsOf(everyLabel), clips, config.tune.seed),
      );
      // The labels that each tuning which was measured has not seen.
      const heldOut = parts.map((part) => part.map((label) => labels[label]!));
      const report = { losses: final!.losses, heldOut, scores };
      await writeModel(encoders, training, final!, made, source, config, ontology, report);
      return summaryText(config, source, parts, scores, clips);
    });
  } finally {
    made.discard();
  }
}

async function oneOntology({ ontology: name }: TripletConfig, configFile: string): Promise<Taxonomy> {
  const { ontology } = await readOntology(name);
  if ("nodes" in ontology) return ontology;
  throw new InputError(configFile, `config.ontology: ${quoted(name)} is several; text is tuned by one ontology.`);
}

/** The ontology's node for each label. @throws {InputError} for a label that it does not have, or has twice */
function termsOf({ groundTruth: { path, labels, labelPlaces } }: StoredSource, ontology: Taxonomy): TaxonomyNode[] {
  const terms = labels.map((label, i) => {
    try {
      return ontology.find(label);
    } catch (error) {
      const place = labelPlaces[i] === "" ? "" : `${labelPlaces[i]}: `;
      throw new InputError(path, `${place}${(error as Error).message}.`, { cause: error });
    }
  });
  const twice = terms.findIndex((term, i) => terms.indexOf(term) !== i);
  if (twice === -1) return terms;
  const [first, second] = [labels[terms.indexOf(terms[twice]!)]!, labels[twice]!];
  throw new InputError(path, `${quoted(first)} and ${quoted(second)} are the same instrument to ${ontology.name}.`);
}

/** A prompt set, row c for label c. */
interface PromptSetTexts {
  readonly promptSet: string;
  readonly preJoint: NdArray;
  readonly joint: NdArray;
}

async function readTexts(source: StoredSource): Promise<readonly PromptSetTexts[]> {
  const sets: PromptSetTexts[] = [];
  for (const promptSet of source.promptSets) {
    const [preJoint, joint] = [
      await source.texts("pre_joint", promptSet),
      await source.texts("joint_space", promptSet),
    ];
    sets.push({ promptSet, preJoint, joint });
  }
  return sets;
}

/** Tunes on the triplets of some labels, in every prompt set by itself. */
async function tuneTexts(
  training: ProjectionTraining,
  texts: readonly PromptSetTexts[],
  labels: readonly number[],
  { anchors, positives, negatives, length }: TripletArrays,
  { tune: { temperature, margin, ...options }, rule }: TripletConfig,
  configFile: string,
  onEpoch: () => void,
): Promise<TunedText> {
  if (length === 0) {
    throw new InputError(configFile, `the ${labels.length} labels in training make no triplet by the rule ${rule}.`);
  }
  const inEverySet = (indices: ArrayLike<number>) =>
    Int32Array.from(
      { length: texts.length * length },
      (_, i) => Math.floor(i / length) * labels.length + indices[i % length]!,
    );
  const settings: TuneTextOptions = {
    ...options,
    ...(temperature !== undefined && { temperature }),
    ...(margin !== undefined && { margin }),
    onEpoch,
  };
  return await training.tuneText(
    {
      preJoint: stacked(texts.map((set) => rowsOf(set.preJoint, labels))),
      joint: stacked(texts.map((set) => rowsOf(set.joint, labels))),
      anchors: inEverySet(anchors),
      positives: inEverySet(positives),
      negatives: inEverySet(negatives),
    },
    settings,
  );
}

/** A tuning, and the labels that it has not seen. */
interface Tuning {
  readonly heldOut: readonly number[];
  readonly residual: TextResidual;
}

/** One prompt set before and after; zero-shot is null where the store has no audio in the joint space. */
interface PromptSetScores {
  readonly promptSet: string;
  readonly triplets: BeforeAfter<TripletScores>;
  readonly zeroShot: { readonly [Part in keyof TripletScores]: ZeroShotChange } | null;
}

interface BeforeAfter<T> {
  readonly before: T;
  readonly after: T;
}

interface ZeroShotChange extends BeforeAfter<ZeroShotScore> {
  /** What always giving the commonest answer scores on these clips. */
  readonly majority: number;
}

/** Several tunings are scored together: each clip and each anchor as often as it was in a part. */
function scoreSet(
  training: ProjectionTraining,
  set: PromptSetTexts,
  tunings: readonly Tuning[],
  triplets: TripletArrays,
  clips: Clips | undefined,
  seed: number,
): PromptSetScores {
  const tuned = tunings.map(({ heldOut, residual }) => ({ heldOut, texts: training.applyResidual(residual, set) }));
  return {
    promptSet: set.promptSet,
    triplets: {
      before: together(tuned.map(({ heldOut }) => tripletScores(set.joint, triplets, heldOut))),
      after: together(tuned.map(({ heldOut, texts }) => tripletScores(texts, triplets, heldOut))),
    },
    zeroShot: clips === undefined ? null : zeroShotScores(set, tuned, clips, seed),
  };
}

function zeroShotScores(
  { joint }: PromptSetTexts,
  tuned: readonly { readonly heldOut: readonly number[]; readonly texts: NdArray }[],
  clips: Clips,
  seed: number,
) {
  const { matrix, classes } = clips;
  const before = zeroShotPredictions(matrix, joint);
  const runs = tuned.map(({ heldOut, texts }) => ({ heldOut, after: zeroShotPredictions(matrix, texts) }));
  const part = (isHeldOut: boolean): ZeroShotChange => {
    const [rows, own, tunedAnswers]: [number[], number[], number[]] = [[], [], []];
    for (const { heldOut, after } of runs) {
      for (const [row, label] of classes.entries()) {
        if (heldOut.includes(label) !== isHeldOut) continue;
        rows.push(row);
        own.push(before[row]!);
        tunedAnswers.push(after[row]!);
      }
    }
    const scored = scoredClips(clips, rows, seed);
    const majority = rows.length === 0 ? 0 : majorityBaseline(scored.classes, joint.shape[0]!).accuracy;
    return {
      before: scoreOf(scored, Int32Array.from(own)),
      after: scoreOf(scored, Int32Array.from(tunedAnswers)),
      majority,
    };
  };
  return { heldOut: part(true), training: part(false) };
}

async function writeModel(
  { writeSafetensors }: Encoders,
  training: ProjectionTraining,
  tuned: TunedText,
  made: NewModel,
  source: StoredSource,
  config: TripletConfig,
  ontology: Taxonomy,
  report: object,
): Promise<void> {
  const { model } = source;
  for (const space of SPACES) {
    for (const name of model.arrays("audio", space)) {
      made.copy(`audio/${space}/${name}`, model.path("audio", space, name)!);
    }
  }
  for (const name of model.arrays("text", "joint_space")) {
    const pre = model.path("text", "pre_joint", name);
    // A text whose pre-joint embedding is not stored cannot be tuned, and would not fit to the others.
    if (pre === undefined) continue;
    const preJoint = await source.array("text", "pre_joint", name);
    const joint = await source.array("text", "joint_space", name);
    made.copy(`text/pre_joint/${name}`, pre);
    made.array(`text/joint_space/${name}`, training.applyResidual(tuned, { preJoint, joint }));
  }
  const { weight } = tuned;
  const array = { name: "text_residual.weight", shape: weight.shape, values: weight.data };
  made.file("text-residual.safetensors", writeSafetensors([array], { format: "irec text residual 1" }));
  made.file("training.json", jsonText({ schemaVersion: 1, kind: "triplets", ...report }));
  const { rule, minGap, heldOut, tune } = config;
  const record = { rule, minGap, heldOut, ...tune };
  made.complete(
    await newManifest(
      source,
      config.name,
      { kind: "triplets", config: { ...record, ontology: ontology.name }, backend: training.backendName },
      config.ontologyFile === undefined ? [] : [config.ontologyFile],
    ),
  );
}

function summaryText(
  config: TripletConfig,
  { groundTruth: { labels } }: StoredSource,
  parts: readonly (readonly number[])[],
  scores: readonly PromptSetScores[],
  clips: Clips | undefined,
): string {
  const named = (part: readonly number[]) => part.map((label) => labels[label]).join(", ");
  const split =
    parts.length > 1
      ? `Cross-validation: each label is held out once (${parts.map(named).join(" | ")}). The model that is written is tuned on all labels.`
      : `Held out of the tuning: ${named(parts[0]!)}.`;
  const triplets: Table = {
    name: "triplets",
    caption: "Triplets: share that is right; held out: the anchor was not in training, training: all three labels were",
    columns: [text("prompt set"), text("labels"), count("triplets"), score("before"), score("after")],
    rows: scores.flatMap(({ promptSet, triplets: { before, after } }) =>
      PARTS.map(([part, label]) => [promptSet, label, after[part].triplets, share(before[part]), share(after[part])]),
    ),
  };
  const tables = [toTerminal(triplets)];
  if (clips === undefined) {
    tables.push(`The store has no audio of ${config.model} in the joint space, so zero-shot cannot be scored.\n`);
  } else {
    tables.push(
      toTerminal({
        name: "zero-shot",
        caption: `Zero-shot with all ${labels.length} labels as answers; majority: what always giving the commonest answer scores; low and high: 95 % intervals`,
        columns: [
          text("prompt set"),
          text("clips of labels"),
          count("clips"),
          ...scoreColumns("top-1 before"),
          ...scoreColumns("top-1 after"),
          ...scoreColumns("balanced before"),
          ...scoreColumns("balanced after"),
          score("majority"),
        ],
        rows: scores.flatMap(({ promptSet, zeroShot }) =>
          PARTS.map(([part, label]) => {
            const { before, after, majority } = zeroShot![part];
            return [
              ...[promptSet, label, after.clips],
              ...[...scoreCells(before, "top1"), ...scoreCells(after, "top1")],
              ...[...scoreCells(before, "balanced"), ...scoreCells(after, "balanced")],
              majority,
            ];
          }),
        ),
      }),
    );
  }
  const next = `irec evaluate --embeddings ${config.out} --model ${config.name}`;
  return `${split}\n\n${tables.join("\n")}\nWrote ${join(config.out, config.name)}\nNext: ${next}   (scores all clips, those of the training too)\n`;
}

const PARTS = [
  ["heldOut", "held out"],
  ["training", "training"],
] as const;

const share = ({ correct, triplets }: TripletScore): number | null => (triplets === 0 ? null : correct / triplets);
