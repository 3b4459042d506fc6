import type { Backend } from "../backend/backend.ts";
import { openWasmBackend, type WasmOptions } from "../backend/wasm/open.ts";
import type { Checkpoint, TensorInfo } from "../checkpoint/checkpoint.ts";
import { elementsOf } from "../checkpoint/dtype.ts";
import type { NamedArray } from "../checkpoint/named-array.ts";
import { flattenParameters, type Parameter } from "../layers/parameters.ts";
import type { ModelSettings } from "../models/model-family.ts";
import { muscall, muscallParameters } from "../models/muscall.ts";
import { type MuscallSizes, muscallSizes } from "../models/muscall-sizes.ts";
import { requireParameters } from "../models/read-parameters.ts";
import { recordedSettings } from "../models/recorded-settings.ts";
import { melBank, melMatrix } from "../spectral/mel-bank.ts";
import { muscallOptimiser, requireAdamW } from "./adam-w.ts";
import { TrainingConfigError } from "./errors.ts";
import { initialWeights } from "./initial-weights.ts";
import {
  frontEndOfConfig,
  type MuscallConfig,
  muscallConfig,
  requireMuscallFields,
  requireTrainable,
  requireTrainableSize,
  sizesOfConfig,
} from "./muscall-config.ts";
import { makeTrainer } from "./muscall-trainer.ts";
import { requireSchedule } from "./schedule.ts";
import type { ContrastiveTrainer, TrainerOptions } from "./trainer.ts";

/** Options of a trainer on any backend. */
export interface CreateTrainerOptions extends TrainerOptions {
  /** A MusCALL model to begin with, instead of new weights; it stays open. */
  readonly checkpoint?: Checkpoint;
}

/**
 * A trainer on WebAssembly, of a new model or of that in a checkpoint (fine-tuning).
 * @throws {TrainingConfigError} when nothing can be trained with these options
 * @throws {CheckpointError} when the checkpoint is not that of a whole MusCALL model
 */
export async function createContrastiveTrainer(
  options: CreateTrainerOptions & WasmOptions,
): Promise<ContrastiveTrainer> {
  return await createTrainerOn(await openWasmBackend(options), options);
}

/** A trainer on a backend. */
export async function createTrainerOn(backend: Backend, options: CreateTrainerOptions): Promise<ContrastiveTrainer> {
  const { seed, loss = "clip", schedule, checkpoint } = options;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new TrainingConfigError("seed", `is ${seed}, expected a whole number of at least 0`);
  }
  if (loss !== "clip" && loss !== "weighted-clip") {
    throw new TrainingConfigError("loss", `is ${String(loss)}, expected "clip" or "weighted-clip"`);
  }
  requireSchedule(schedule);
  const optimiser = { ...muscallOptimiser, ...definedOnly(options.optimiser ?? {}) };
  requireAdamW(optimiser);
  requireMuscallFields(options.config ?? {});
  const origin = checkpoint === undefined ? newModel(options) : await modelOf(checkpoint, options);
  const frontEnd = { ...frontEndOfConfig(origin.config), clipLength: origin.plan.clipSamples };
  return await makeTrainer({ backend, ...origin, frontEnd, seed, loss, optimiser, schedule });
}

function newModel({ config: changed, seed }: CreateTrainerOptions) {
  const config: MuscallConfig = { ...muscallConfig, ...definedOnly(changed ?? {}) };
  const sizes = sizesOfConfig(config);
  const flat = flattenParameters(muscallParameters(sizes));
  requireTrainableSize(flat);
  const parameters = new Map(flat.map((one) => [one.name, one]));
  const tensors = new Map([...parameters].map(([name, { shape }]) => [name, infoOf(shape)]));
  const plan = muscall.plan({ name: "the new model", format: "safetensors", tensors }, settingsOf(config));
  const initial = async (parameter: Parameter) =>
    parameter.name === FILTERS ? filtersOf(config) : initialWeights(parameter, parameters, seed);
  return { plan, sizes, config, initial, extras: newExtras(config, sizes, parameters) };
}

async function modelOf(checkpoint: Checkpoint, { config: changed = {} }: CreateTrainerOptions) {
  const settings: ModelSettings = { ...recordedSettings(checkpoint), ...settingsOf(changed) };
  const plan = muscall.plan(checkpoint, settings);
  requireParameters(checkpoint, plan.parameters, plan.names, plan.name);
  // A checkpoint without its filters gets those of the formula, and its trained model has them.
  const sizes = { ...muscallSizes(checkpoint.tensors, settings), hasFilters: true };
  const config: MuscallConfig = {
    ...muscallConfig,
    ...definedOnly({ fMin: settings.fMin, fMax: settings.fMax, dynamicRange: settings.dynamicRange }),
    ...definedOnly({ textHeads: settings.textHeads }),
    ...definedOnly(changed),
    sampleRate: plan.sampleRate,
    clipSeconds: secondsOf(plan.clipSamples, plan.sampleRate),
    melBins: sizes.melBins,
    fftLength: 2 * (sizes.bins - 1),
    convolutionWidth: sizes.resnet.width,
    blocks: sizes.resnet.blocks,
    pooling: sizes.poolTokens === undefined ? "average" : "attention",
    audioDim: sizes.audioOutputs,
    textDim: sizes.text.channels,
    textLayers: sizes.text.layers,
    contextLength: sizes.text.contextLength,
    vocabularySize: sizes.text.vocabulary,
    embedDim: sizes.embedDim,
  };
  requireTrainable(config);
  requireAgreement(changed, config);
  const parameters = new Map(plan.parameters.map((one) => [one.name, one]));
  const extras: NamedArray[] = [];
  for (const extra of newExtras(config, sizes, parameters)) {
    const { name, shape } = extra;
    const stored = checkpoint.tensors.get(name);
    const isFixed = name === "logit_scale" && config.temperature !== null;
    if (isFixed || stored === undefined || String(stored.shape) !== String(shape)) extras.push(extra);
    else if (extra.values instanceof Float32Array) extras.push({ name, shape, values: await checkpoint.read(name) });
    else {
      const values = BigInt64Array.from((await checkpoint.readValues(name)) as BigInt64Array, BigInt);
      extras.push({ name, shape, values });
    }
  }
  const initial = async ({ name }: Parameter) =>
    checkpoint.tensors.has(name) ? await checkpoint.read(name) : filtersOf(config);
  return { plan, sizes, config, initial, extras };
}

const FILTERS = "audio_backbone.spec.mel_scale.fb";

/** @throws {TrainingConfigError} where a size or setting that was given is not the checkpoint's */
function requireAgreement(given: Partial<MuscallConfig>, config: MuscallConfig): void {
  for (const [field, value] of Object.entries(definedOnly(given))) {
    const own = config[field as keyof MuscallConfig];
    // A fraction of a sample is no other length; another length has been refused with the positional table.
    if (String(value) === String(own) || field === "clipSeconds") continue;
    throw new TrainingConfigError(
      field,
      `is ${value}, but the checkpoint's is ${own}, which fine-tuning cannot change`,
    );
  }
}

function filtersOf(config: MuscallConfig): Float32Array {
  return Float32Array.from(melMatrix(melBank(frontEndOfConfig(config))));
}

/** What the reference's state dict has beside what the towers need: it loads no file without it. */
function newExtras(
  config: MuscallConfig,
  { text }: MuscallSizes,
  parameters: ReadonlyMap<string, Parameter>,
): NamedArray[] {
  const { fftLength, temperature } = config;
  const floats = (name: string, shape: readonly number[], valueAt: (i: number) => number): NamedArray => {
    const values = Float32Array.from({ length: elementsOf(shape) }, (_, i) => valueAt(i));
    return { name, shape, values };
  };
  const counters = [...parameters.keys()]
    .filter((name) => name.endsWith(".running_mean"))
    .map((name): NamedArray => {
      const counter = name.replace(/running_mean$/, "num_batches_tracked");
      return { name: counter, shape: [], values: BigInt64Array.of(0n) };
    });
  return [
    floats("logit_scale", [], () => Math.log(1 / (temperature ?? 0.07))),
    floats("audio_backbone.spec.spectrogram.window", [fftLength], (i) => Math.sin((Math.PI * i) / fftLength) ** 2),
    floats("textual_head.ln_final.weight", [text.channels], () => 1),
    floats("textual_head.ln_final.bias", [text.channels], () => 0),
    ...counters,
  ];
}

/** What of a configuration the names and shapes of a checkpoint do not tell. */
function settingsOf(config: Partial<MuscallConfig>): ModelSettings {
  const { sampleRate, clipSeconds, fMin, fMax, dynamicRange, textHeads, melBins, fftLength } = config;
  return definedOnly({ sampleRate, clipSeconds, fMin, fMax, dynamicRange, textHeads, melBins, fftLength });
}

/** Without what is there and undefined. */
function definedOnly<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** So many seconds that rounding down finds the samples again: 29 / 100 s at 100 Hz are 28.999... */
function secondsOf(samples: number, sampleRate: number): number {
  const seconds = samples / sampleRate;
  return Math.floor(seconds * sampleRate) === samples ? seconds : (samples + 0.5) / sampleRate;
}

function infoOf(shape: readonly number[]): TensorInfo {
  return { dtype: "float32", shape, byteLength: 4 * elementsOf(shape), storage: "" };
}
