import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { LengthPolicy } from "../../src/audio/length-policies.ts";
import type { Backend } from "../../src/backend/backend.ts";
import { openFile } from "../../src/bytes/node.ts";
import { type Checkpoint, openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import type { ClapPlan, LoadedClap } from "../../src/models/clap-plan.ts";
import { huggingFaceClap } from "../../src/models/hugging-face-clap.ts";
import { laionClap } from "../../src/models/laion-clap.ts";
import type { ModelSettings } from "../../src/models/model-family.ts";
import { requireParameters } from "../../src/models/read-parameters.ts";
import { WeightReader } from "../../src/models/weight-reader.ts";

/** Files made by `python tools/goldens/clap.py`. */
const path = (file: string) => fileURLToPath(new URL(`goldens/clap/${file}`, import.meta.url));

export const goldenJson = <T>(file: string): T => JSON.parse(readFileSync(path(file), "utf8")) as T;
export const goldenBytes = (file: string): Uint8Array => readFileSync(path(file));

/** What the golden script recorded of its run. */
export const meta = goldenJson<{
  readonly models: Readonly<Record<ModelName, { readonly clips: Readonly<Record<ClipName, number>> }>>;
  readonly texts: readonly string[];
  readonly tokens: readonly number[];
  readonly sha256: Readonly<Record<string, string>>;
}>("meta.json");

export type ModelName = "tiny" | "other";
export type ClipName = "short" | "mid" | "exact" | "long";
export type ContainerName = "laion" | "huggingFace";

/** What no shape tells of the small models. */
const clips = {
  tiny: { hopLength: 120, clipSeconds: 30_000 / 48_000 },
  other: { hopLength: 120, clipSeconds: 14_640 / 48_000 },
};

/** The checkpoints of the small models: from LAION's trainer (zip and legacy), and from transformers (one file and shards). */
export const checkpoints: Record<
  ModelName,
  Record<ContainerName, { readonly file: string; readonly settings: ModelSettings }>
> = {
  tiny: {
    laion: { file: "tiny.pt", settings: { ...clips.tiny, textHeads: 4 } },
    huggingFace: {
      file: "tiny-hugging-face/model.safetensors",
      settings: { ...clips.tiny, fftLength: 256, config: goldenJson("tiny-hugging-face/config.json") },
    },
  },
  other: {
    laion: { file: "other-legacy.pt", settings: { ...clips.other, textHeads: 4 } },
    huggingFace: {
      file: "other-hugging-face/model.safetensors.index.json",
      settings: {
        ...clips.other,
        fftLength: 256,
        fMin: 80,
        fMax: 12_000,
        config: goldenJson("other-hugging-face/config.json"),
      },
    },
  },
};

export const modelNames = Object.keys(checkpoints) as ModelName[];

/** Tolerances against PyTorch: of outputs, of vectors of length 1, of stages relative to their largest value, of decibels. */
export const tolerance = { preJoint: 2e-5, joint: 5e-6, stage: 2e-5, decibels: 1e-4, resized: 2e-4 };

/**
 * A sum of float32 in another order, as for another number of rows, has another rounding: what is left of it in outputs of
 * about 1 after all layers of a small model.
 */
export const ROUNDING = 2e-6;

export async function openGolden(file: string): Promise<Checkpoint> {
  const sibling = (name: string) => openFile(path(file.replace(/[^/]*$/, name)));
  return await openCheckpoint(await openFile(path(file)), { sibling });
}

/** A small model as its family builds it. */
export async function loadGoldenModel(backend: Backend, model: ModelName, container: ContainerName = "laion") {
  const { file, settings } = checkpoints[model][container];
  const checkpoint = await openGolden(file);
  const plan = { laion: laionClap, huggingFace: huggingFaceClap }[container].plan(checkpoint, settings);
  requireParameters(checkpoint, plan.parameters, plan.names, plan.name);
  const weights = new WeightReader(checkpoint, plan, backend);
  const towers = await plan.build((wanted) => weights.read(wanted));
  await checkpoint.close();
  return { plan, towers, run: (compute: () => Tensor) => valuesOf(backend, compute) };
}

/** A small model with what runs it. */
export type GoldenModel = { plan: ClapPlan; towers: LoadedClap; run: (compute: () => Tensor) => Float32Array };

/** The values of what `compute` returns; nothing else stays. */
export function valuesOf(backend: Backend, compute: () => Tensor): Float32Array {
  const result = backend.run(compute);
  const values = result.dataSync<"float32">();
  result.dispose();
  return values;
}

/** Inputs and expected values of a model, by name. */
export async function goldenValues(model: ModelName) {
  const file = await openGolden(`${model}.safetensors`);
  const values = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) values.set(name, await file.read(name));
  await file.close();
  return {
    tensor: (name: string) => tensor(values.get(name)!, [...file.tensors.get(name)!.shape]),
    read: (name: string) => values.get(name)!,
    ids: Int32Array.from(values.get("ids")!),
    idsShape: file.tensors.get("ids")!.shape as [number, number],
  };
}

/** The waveform of the golden script: the same integers, a rising sawtooth, noise, and a tenth of silence. */
export function goldenWave(n: number): Float32Array {
  const samples = new Float32Array(n);
  const silence = Math.floor(n / 3);
  let [phase, state] = [0, n];
  for (let i = 0; i < n; i++) {
    phase = (phase + 150 + Math.floor(i / 50)) & 0xffff;
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const silent = i >= silence && i < silence + Math.floor(n / 10);
    if (!silent) samples[i] = (((phase - 32_768) >> 2) + ((state >>> 20) - 2_048)) / 32_767;
  }
  return samples;
}

/** Pre-joint embedding of a clip, alone in its batches: the weighted mean over its pieces. */
export function embedClip({ plan, towers, run }: GoldenModel, samples: Float32Array, policy: LengthPolicy) {
  const { pieces, weights } = policy(towers.prepare(samples), plan.clipSamples);
  const mean = new Float64Array(plan.preJointDim.audio);
  for (const [i, piece] of pieces.entries()) {
    const embedded = run(() => towers.audio(stacked([towers.logMel(piece)])));
    for (let k = 0; k < mean.length; k++) mean[k]! += weights[i]! * embedded[k]!;
  }
  return Float32Array.from(mean);
}

/** Spectrograms of one length as a batch. */
export function stacked(spectrograms: readonly { data: Float32Array; frames: number; melBins: number }[]): Tensor {
  const { frames, melBins } = spectrograms[0]!;
  const values = new Float32Array(spectrograms.length * frames * melBins);
  for (const [i, { data }] of spectrograms.entries()) values.set(data, i * frames * melBins);
  return tensor(values, [spectrograms.length, frames, melBins]);
}

/** A checkpoint that is only names and shapes. */
export type Outline = Pick<Checkpoint, "name" | "format" | "tensors">;

/** An outline of a checkpoint with some shapes changed, added, or (`null`) left out. */
export function outline(shapes: Readonly<Record<string, readonly number[] | null>>, from?: Outline): Outline {
  const tensors = new Map(from?.tensors);
  for (const [name, shape] of Object.entries(shapes)) {
    if (shape === null) tensors.delete(name);
    else tensors.set(name, { dtype: "float32", shape, byteLength: 0, storage: name });
  }
  return { name: "model.pt", format: "torch-zip", tensors };
}

/** The names and shapes of a published model. */
export function publishedOutline(model: "HTSAT-tiny from Hugging Face" | "HTSAT-base from LAION"): Outline {
  return outline(goldenJson<Record<typeof model, Record<string, number[]>>>("published.json")[model]);
}
