import { readFileSync } from "node:fs";
import type { Backend } from "../../src/backend/backend.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { type Checkpoint, openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import type { LoadedTowers, ModelPlan, ModelSettings } from "../../src/models/model-family.ts";
import { muscall } from "../../src/models/muscall.ts";
import { requireParameters } from "../../src/models/read-parameters.ts";
import { WeightReader } from "../../src/models/weight-reader.ts";

/** Files made by `python tools/goldens/muscall.py`. */
const bytes = (file: string) => readFileSync(new URL(`goldens/muscall/${file}`, import.meta.url));

/** The small models: their checkpoints, and what these do not tell. */
export const models = {
  tiny: { file: "tiny.pth.tar", settings: { textHeads: 4 } },
  other: { file: "other-model.safetensors", settings: { textHeads: 5, sampleRate: 8000, clipSeconds: 0.9 } },
  average: { file: "average.pth.tar", settings: { textHeads: 2, clipSeconds: 0.5 } },
} as const satisfies Record<string, { file: string; settings: ModelSettings }>;

export type ModelName = keyof typeof models;

/** Tolerances against PyTorch: of outputs and stages, of vectors of length 1. */
export const tolerance = { preJoint: 2e-5, joint: 5e-6, stage: 2e-5 };

export const openGolden = (file: string): Promise<Checkpoint> => openCheckpoint(bufferSource(file, bytes(file)));

export const goldenJson = <T>(file: string): T => JSON.parse(bytes(file).toString()) as T;

/** Inputs and expected values of a model, by name, with their shapes. */
export async function goldenValues(model: ModelName) {
  const file = await openGolden(`${model}.safetensors`);
  const { shape } = file.tensors.get("wave")!;
  const [clips, samples] = shape as [number, number];
  const wave = (await file.read("wave")).map((code) => code / 8192);
  return {
    clips: Array.from({ length: clips }, (_, i) => wave.subarray(i * samples, (i + 1) * samples)),
    ids: Int32Array.from(await file.read("ids")),
    idsShape: file.tensors.get("ids")!.shape as [number, number],
    shape: (name: string) => file.tensors.get(name)!.shape,
    read: (name: string) => file.read(name),
  };
}

/**
 * A small model as its family builds it.
 * @param withoutFilters - settings for the same checkpoint without its mel filters
 */
export async function loadGoldenModel(
  backend: Backend,
  model: ModelName,
  withoutFilters?: ModelSettings,
): Promise<{ readonly plan: ModelPlan; readonly towers: LoadedTowers }> {
  const { file, settings } = models[model];
  const whole = await openGolden(file);
  const rest = new Map([...whole.tensors].filter(([name]) => !name.endsWith("mel_scale.fb")));
  const checkpoint = withoutFilters === undefined ? whole : { ...whole, tensors: rest };
  const plan = muscall.plan(checkpoint, { ...settings, ...withoutFilters });
  requireParameters(checkpoint, plan.parameters, plan.names, plan.name);
  const weights = new WeightReader(checkpoint, plan, backend);
  return { plan, towers: await plan.build((wanted) => weights.read(wanted)) };
}

/** The log-mel spectrograms of some clips as values of shape [b, frames, melBins]. */
export function stackedLogMel(towers: Pick<LoadedTowers, "logMel">, clips: readonly Float32Array[]) {
  const spectrograms = clips.map((clip) => towers.logMel(clip));
  const { frames, melBins } = spectrograms[0]!;
  const values = new Float32Array(clips.length * frames * melBins);
  for (const [i, { data }] of spectrograms.entries()) values.set(data, i * frames * melBins);
  return { values, shape: [clips.length, frames, melBins] as [number, number, number] };
}
