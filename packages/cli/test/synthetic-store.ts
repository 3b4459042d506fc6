import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { doktorski, type RandomSource, type TaxonomyNode, tinysolTerms, xoshiro128 } from "@irec/ontology";
import ndarray, { type NdArray } from "ndarray";
import { npyBytes } from "../src/npy/write-npy.ts";
import type { Manifest } from "../src/store/manifest.ts";

/** Recorded nowhere else: the synthetic store is the same for everybody. */
const SEED = 2024;
const CLIPS_PER_LABEL = 40;
const FOLDS = 5;
const SIZE = { preAudio: 48, preText: 64, joint: 32 };

/**
 * Two make-believe models that show what a report looks like when the text tower works and when it does not. Their
 * audio vectors are alike; `synthetic-weak-text` has text vectors that are mostly noise.
 */
const MODELS = [
  { name: "synthetic-good", textNoise: 0.6 },
  { name: "synthetic-weak-text", textNoise: 4 },
] as const;

/** How an instrument's vector is disturbed in a clip. */
const AUDIO_NOISE = 2;

const PROMPT_SETS = {
  muscall_prompt: { prompt: (label: string) => `A ${label} track`, noise: 0 },
  this_is_a_recording_of: { prompt: (label: string) => `This is a recording of ${label}`, noise: 0.5 },
  negative_muscall_prompts: { prompt: (label: string) => `A no ${label} track`, noise: 0.7, negates: "muscall_prompt" },
} as const;

/**
 * Writes `store/` and `ground-truth.csv` into a folder, with every array that an experiment can ask for. Every number is drawn
 * from a seeded generator, and of no real model.
 */
export function writeSyntheticStore(folder: string): { readonly embeddings: string; readonly groundTruth: string } {
  const clips = tinysolTerms.flatMap((term, label) =>
    [...Array(CLIPS_PER_LABEL).keys()].map((i) => ({ id: `${term.name}-${i + 1}`, term, label, fold: i % FOLDS })),
  );
  const lines = clips.map(({ id, term, fold }) => `Synthetic/${term.label}/${id}.wav,${fold},${term.label}`);
  writeFileSync(join(folder, "ground-truth.csv"), `Path,Fold,Instrument (in full)\n${lines.join("\n")}\n`);
  for (const model of MODELS) writeModel(join(folder, "store", model.name), model, clips);
  return { embeddings: join(folder, "store"), groundTruth: join(folder, "ground-truth.csv") };
}

function writeModel(
  folder: string,
  model: (typeof MODELS)[number],
  clips: readonly { readonly id: string; readonly label: number }[],
): void {
  const random = xoshiro128(SEED);
  const concepts = conceptVectors(random);
  const audio = clips.map(({ label }) => disturbed(concepts[label]!, AUDIO_NOISE, random));
  const beforeAudioHead = linearMap(SIZE.preAudio, random);
  const beforeTextHead = linearMap(SIZE.preText, random);
  const arrays: Record<string, NdArray> = {
    "audio/joint_space/synthetic": matrix(audio),
    "audio/pre_joint/synthetic": matrix(audio.map(beforeAudioHead)),
  };
  const text = concepts.map((concept) => disturbed(concept, model.textNoise, random));
  for (const [name, { noise }] of Object.entries(PROMPT_SETS)) {
    const prompts = text.map((vector) => disturbed(vector, noise, random));
    arrays[`text/joint_space/${name}`] = matrix(prompts);
    arrays[`text/pre_joint/${name}`] = matrix(prompts.map(beforeTextHead));
  }

  const sha256: Record<string, string> = {};
  for (const [name, array] of Object.entries(arrays)) {
    const bytes = npyBytes(array);
    sha256[name] = createHash("sha256").update(bytes).digest("hex");
    const path = join(folder, `${name}.npy`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  const labels = tinysolTerms.map((term) => term.label);
  const promptSets = Object.entries(PROMPT_SETS).map(([name, { prompt, ...rest }]) => [
    name,
    { labels, prompts: labels.map(prompt), ...("negates" in rest ? { negates: rest.negates } : {}) },
  ]);
  const manifest: Omit<Manifest, "path"> = {
    schemaVersion: 1,
    model: model.name,
    synthetic: true,
    datasets: { synthetic: { clipIds: clips.map((clip) => clip.id) } },
    promptSets: Object.fromEntries(promptSets),
    sha256,
  };
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** An instrument's vector is the sum of its ancestors' and its own, so that near relatives are near. */
function conceptVectors(random: RandomSource): Float64Array[] {
  const ofNode = new Map<TaxonomyNode, Float64Array>();
  for (const node of doktorski.nodes) ofNode.set(node, noise(SIZE.joint, random));
  return tinysolTerms.map((term) => {
    const concept = ofNode.get(term)!.slice();
    for (const ancestor of doktorski.ancestors(term)) add(concept, ofNode.get(ancestor)!, 1);
    return concept;
  });
}

function disturbed(vector: Float64Array, amount: number, random: RandomSource): Float64Array {
  const result = vector.slice();
  add(result, noise(vector.length, random), amount);
  return result;
}

/** A random linear map from the joint space: what it yields stands for the vectors before a projection head. */
function linearMap(size: number, random: RandomSource): (vector: Float64Array) => Float64Array {
  const weights = [...Array(size).keys()].map(() => noise(SIZE.joint, random));
  return (vector) => Float64Array.from(weights, (row) => row.reduce((sum, w, i) => sum + w * vector[i]!, 0));
}

/** Nearly normal numbers with mean 0 and variance 1. Sums and no transcendental function: the same on every platform. */
function noise(length: number, random: RandomSource): Float64Array {
  return Float64Array.from({ length }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random.nextDouble();
    return sum;
  });
}

function add(target: Float64Array, source: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

function matrix(rows: readonly Float64Array[]): NdArray {
  const columns = rows[0]!.length;
  const data = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries()) data.set(row, i * columns);
  return ndarray(data, [rows.length, columns]);
}
