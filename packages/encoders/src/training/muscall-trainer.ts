import {
  add,
  matMul,
  mul,
  scalar,
  square,
  sum as sumOf,
  type Tensor,
  type Tensor2D,
  tensor,
  tidy,
  transpose,
  type Variable,
  variable,
} from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import type { Backend, BackendName } from "../backend/backend.ts";
import type { NamedArray } from "../checkpoint/named-array.ts";
import type { BatchNormWeights } from "../layers/batch-norm.ts";
import { flattenParameters, loadParameters, type Parameter } from "../layers/parameters.ts";
import { DisposedModelError } from "../models/errors.ts";
import type { LoadedTowers, ModelPlan } from "../models/model-family.ts";
import { muscallParameters } from "../models/muscall.ts";
import type { MuscallSizes } from "../models/muscall-sizes.ts";
import { settingsMetadata } from "../models/recorded-settings.ts";
import { inLayout } from "../models/weight-reader.ts";
import type { FrontEnd } from "../spectral/front-ends.ts";
import { type LogMel, logMel } from "../spectral/log-mel.ts";
import { type MelBank, melBankFromMatrix } from "../spectral/mel-bank.ts";
import { frameCount } from "../spectral/stft.ts";
import { causalMask } from "../towers/text-transformer.ts";
import type { TowerOutput } from "../two-tower.ts";
import { AdamW, type AdamWOptions } from "./adam-w.ts";
import { captionRows, captionTensors } from "./caption-tensors.ts";
import { type ContrastiveLossName, contrastiveLoss, pairWeights } from "./contrastive-loss.ts";
import type { BatchStatistics } from "./differentiable/batch-norm.ts";
import { TrainingBatchError, TrainingDivergedError, TrainingStateError } from "./errors.ts";
import type { MuscallConfig } from "./muscall-config.ts";
import { audioPass, type DropOut, type MuscallWeights, textPass } from "./muscall-training-pass.ts";
import { RandomStream } from "./random-stream.ts";
import { type Schedule, scheduleFactor } from "./schedule.ts";
import { Tape } from "./tape.ts";
import type { ContrastiveTrainer, TrainerState, TrainingBatch, TrainingStep } from "./trainer.ts";

/** What a trainer is made of. */
export interface TrainerParts {
  readonly backend: Backend;
  readonly plan: ModelPlan;
  readonly sizes: MuscallSizes;
  readonly config: MuscallConfig;
  readonly frontEnd: FrontEnd;
  readonly seed: number;
  readonly loss: ContrastiveLossName;
  readonly optimiser: AdamWOptions;
  readonly schedule: Schedule;
  /** Values of a parameter in the order in which it is stored. */
  readonly initial: (parameter: Parameter) => Promise<Float32Array>;
  /** What the reference keeps beside what the towers need, as it is or as it begins. */
  readonly extras: readonly NamedArray[];
}

/** MusCALL's: similarities are multiplied by 100 at most. */
const GREATEST_LOGIT_SCALE = Math.log(100);
/** Part of the running statistics that a batch replaces; PyTorch's default. */
const MOMENTUM = 0.1;
const LOGIT_SCALE = "logit_scale";
const FILTERS = "audio_backbone.spec.mel_scale.fb";
const BATCHES_SEEN = ".num_batches_tracked";
const MOMENTS = { first: "exp_avg.", second: "exp_avg_sq." } as const;
const STEP = "step";

/** Makes the trainer; frees what it has made when a parameter cannot be had. */
export async function makeTrainer(parts: TrainerParts): Promise<ContrastiveTrainer> {
  const { backend, sizes, initial, config, extras } = parts;
  const variables = new Map<string, Variable>();
  const make = (name: string, values: Float32Array, parameter?: Parameter): Variable => {
    const uploaded = backend.upload(values, parameter?.shape ?? []);
    const made = backend.run(() => (parameter === undefined ? uploaded.clone() : inLayout(uploaded, parameter)));
    const isTrained =
      name !== FILTERS && !/running_(mean|var)$/.test(name) && !(name === LOGIT_SCALE && config.temperature !== null);
    const kept = variable(made, isTrained);
    uploaded.dispose();
    made.dispose();
    variables.set(name, kept);
    return kept;
  };
  try {
    const weights = await loadParameters(muscallParameters(sizes), async (parameter) =>
      make(parameter.name, await initial(parameter), parameter),
    );
    const bank = melBankFromMatrix(variables.get(FILTERS)!.dataSync<"float32">(), sizes.bins, sizes.melBins);
    const scale = extras.find(({ name }) => name === LOGIT_SCALE)!;
    make(LOGIT_SCALE, scale.values as Float32Array);
    return new MuscallTrainer(parts, weights, variables, bank);
  } catch (error) {
    for (const kept of variables.values()) kept.dispose();
    throw error;
  }
}

class MuscallTrainer implements ContrastiveTrainer {
  readonly config: MuscallConfig;
  readonly clipSamples: number;
  readonly backendName: BackendName;
  readonly #parts: TrainerParts;
  readonly #weights: MuscallWeights;
  /** All tensors by their names in a checkpoint. */
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #bank: MelBank;
  readonly #optimiser: AdamW;
  readonly #logitScale: Variable;
  /** How many batches each normalisation has seen, by the name of its counter. */
  readonly #batchesSeen = new Map<string, bigint>();
  /** The model for inference; undefined where the weights have changed since. */
  #towers: LoadedTowers | undefined;
  #disposed = false;

  constructor(parts: TrainerParts, weights: MuscallWeights, variables: ReadonlyMap<string, Variable>, bank: MelBank) {
    this.#parts = parts;
    this.config = parts.config;
    this.clipSamples = parts.frontEnd.clipLength;
    this.backendName = parts.backend.name;
    this.#weights = weights;
    this.#variables = variables;
    this.#parameters = new Map(flattenParameters(muscallParameters(parts.sizes)).map((one) => [one.name, one]));
    this.#bank = bank;
    this.#logitScale = variables.get(LOGIT_SCALE)!;
    const trained = [...variables.values()].filter(({ trainable }) => trainable);
    this.#optimiser = new AdamW(parts.backend, trained, parts.optimiser);
    for (const { name, values } of parts.extras) {
      if (name.endsWith(BATCHES_SEEN)) this.#batchesSeen.set(name, BigInt(values[0]!));
    }
  }

  get stepsDone(): number {
    return this.#optimiser.step;
  }

  logMel(samples: Float32Array): LogMel {
    if (samples.length !== this.clipSamples) {
      const expected = `${this.clipSamples} (${this.config.clipSeconds} s at ${this.config.sampleRate} Hz)`;
      throw new TrainingBatchError("waveforms", `has a clip of ${samples.length} samples, expected ${expected}`);
    }
    return logMel(samples, this.#parts.frontEnd, this.#bank);
  }

  async step(batch: TrainingBatch): Promise<TrainingStep> {
    this.#requireLiving();
    const { spectrograms, captions, weights } = this.#read(batch);
    const { backend, schedule, optimiser } = this.#parts;
    const learningRate = optimiser.learningRate * scheduleFactor(schedule, this.#optimiser.step);
    const heads = this.config.textHeads;
    const loss = backend.run(() => {
      const tape = new Tape();
      const seen: [BatchNormWeights, BatchStatistics][] = [];
      const audio = audioPass(tape, tensor(...spectrograms), this.#weights, (norm, statistics) => {
        seen.push([norm, statistics]);
      });
      const text = textPass(tape, captionTensors(captions, causalMask), this.#weights, heads, this.#dropOut());
      const { loss, logitGradient, scaleGradient } = this.#lossOf(text.value, audio.value, weights);
      const gradients = tape.backward([
        [text, matMul(logitGradient, audio.value as Tensor2D)],
        [audio, matMul(logitGradient, text.value as Tensor2D, true, false)],
      ]);
      gradients.set(this.#logitScale, scalar(scaleGradient));
      requireFinite(gradients.values(), this.stepsDone + 1);
      for (const [norm, statistics] of seen) tidy(() => updateRunning(norm, statistics));
      this.#optimiser.apply(gradients, learningRate);
      const scale = this.#logitScale.dataSync()[0]!;
      if (scale > GREATEST_LOGIT_SCALE) this.#logitScale.assign(scalar(GREATEST_LOGIT_SCALE));
      return loss as unknown as Tensor;
    }) as unknown as number;
    for (const [name, count] of this.#batchesSeen) this.#batchesSeen.set(name, count + 1n);
    this.#dropTowers();
    const temperature = Math.exp(-this.#logitScale.dataSync()[0]!);
    return { loss, learningRate, temperature, step: this.#optimiser.step };
  }

  async loss(batch: TrainingBatch): Promise<number> {
    const { spectrograms, captions, weights } = this.#read(batch);
    const towers = await this.#inference();
    return this.#parts.backend.run(() => {
      const audio = towers.projectAudio(towers.audio(tensor(...spectrograms)));
      const text = towers.projectText(towers.text(tensor(captions.ids, [captions.b, captions.n], "int32")));
      return this.#lossOf(text, audio, weights).loss as unknown as Tensor;
    }) as unknown as number;
  }

  async encodeAudio(
    clips: readonly Float32Array[] | readonly LogMel[],
    { batchSize = 8 }: { readonly batchSize?: number } = {},
  ): Promise<TowerOutput> {
    const towers = await this.#inference();
    const { sizes } = this.#parts;
    return this.#encode(clips.length, batchSize, sizes.audioOutputs, (start, end) => {
      const some = clips.slice(start, end).map((clip) => (clip instanceof Float32Array ? this.logMel(clip) : clip));
      const preJoint = towers.audio(tensor(...this.#stacked(some as LogMel[])));
      return [preJoint, towers.projectAudio(preJoint)];
    });
  }

  async encodeText(
    tokenIds: NdArray<Int32Array>,
    { batchSize = 32 }: { readonly batchSize?: number } = {},
  ): Promise<TowerOutput> {
    const towers = await this.#inference();
    const { contextLength, vocabularySize, textDim } = this.config;
    const { ids, b, n } = captionRows(tokenIds, contextLength, vocabularySize);
    return this.#encode(b, batchSize, textDim, (start, end) => {
      const preJoint = towers.text(tensor(ids.subarray(start * n, end * n), [end - start, n], "int32"));
      return [preJoint, towers.projectText(preJoint)];
    });
  }

  modelState(): NamedArray[] {
    this.#requireLiving();
    return this.#parts.extras
      .filter(({ name }) => !this.#variables.has(name))
      .map((array): NamedArray => {
        const seen = this.#batchesSeen.get(array.name);
        return seen === undefined ? array : { ...array, values: BigInt64Array.of(seen) };
      })
      .concat([...this.#variables].map(([name, kept]) => this.#stored(name, name, kept)));
  }

  modelMetadata(): Readonly<Record<string, string>> {
    const { textHeads, sampleRate, clipSeconds, fMin, fMax, dynamicRange } = this.config;
    return settingsMetadata({ textHeads, sampleRate, clipSeconds, fMin, fMax, dynamicRange });
  }

  optimiserState(): NamedArray[] {
    this.#requireLiving();
    const step: NamedArray = {
      name: STEP,
      shape: [],
      values: BigInt64Array.of(BigInt(this.stepsDone)),
    };
    const moments = this.#trained().flatMap(([name, kept]) => {
      const { first, second } = this.#optimiser.moments(kept);
      return [this.#stored(MOMENTS.first + name, name, first), this.#stored(MOMENTS.second + name, name, second)];
    });
    return [step, ...moments];
  }

  restore({ model, optimiser }: TrainerState): void {
    this.#requireLiving();
    const states = new Map([...model, ...optimiser].map((array) => [array.name, array]));
    const found = (name: string, shape: readonly number[]) => {
      const array = states.get(name);
      if (array === undefined)
        throw new TrainingStateError(`the saved state has no ${name}; is it that of another model?`);
      if (String(array.shape) === String(shape)) return array;
      const fault = `${name} of the shape [${array.shape}], expected [${shape}]`;
      throw new TrainingStateError(`the saved state has ${fault}; is it that of another configuration?`);
    };
    const shapeOf = (name: string) => this.#parameters.get(name)?.shape ?? [];
    const wanted: [Variable, string, string][] = [...this.#variables].map(([name, kept]) => [kept, name, name]);
    for (const [name, kept] of this.#trained()) {
      const { first, second } = this.#optimiser.moments(kept);
      wanted.push([first, name, MOMENTS.first + name], [second, name, MOMENTS.second + name]);
    }
    const arrays = wanted.map(([kept, name, saved]) => [kept, name, found(saved, shapeOf(name))] as const);
    const seen = [...this.#batchesSeen.keys()].map((name) => [name, found(name, [])] as const);
    const step = found(STEP, []);
    for (const [kept, name, { values }] of arrays) {
      const uploaded = this.#parts.backend.upload(values as Float32Array, shapeOf(name));
      const parameter = this.#parameters.get(name);
      this.#parts.backend.run(() => {
        kept.assign(parameter === undefined ? uploaded : inLayout(uploaded, parameter));
      });
      uploaded.dispose();
    }
    for (const [name, { values }] of seen) this.#batchesSeen.set(name, BigInt(values[0]!));
    this.#optimiser.step = Number(step.values[0]);
    this.#dropTowers();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#dropTowers();
    this.#optimiser.dispose();
    for (const kept of this.#variables.values()) kept.dispose();
  }

  #requireLiving(): void {
    if (this.#disposed) throw new DisposedModelError("the trainer");
  }

  #trained(): [string, Variable][] {
    return [...this.#variables].filter(([, { trainable }]) => trainable);
  }

  /** The values of a parameter, or of what has its shape, as they are stored. */
  #stored(as: string, name: string, kept: Tensor): NamedArray {
    const parameter = this.#parameters.get(name);
    const stored = this.#parts.backend.run(() => {
      if (parameter?.layout === "linear") return transpose(kept, [1, 0]);
      if (parameter?.layout === "convolution") return transpose(kept, [3, 2, 0, 1]);
      return kept.clone();
    });
    const values = Float32Array.from(stored.dataSync<"float32">());
    stored.dispose();
    return { name: as, shape: parameter?.shape ?? [], values };
  }

  #read({ waveforms, logMels, tokenIds, captionSimilarity }: TrainingBatch) {
    if ((waveforms === undefined) === (logMels === undefined)) {
      const found = waveforms === undefined ? "are both missing" : "are both given";
      throw new TrainingBatchError("waveforms and logMels", `${found}, expected one of them`);
    }
    const { contextLength, vocabularySize } = this.config;
    const captions = captionRows(tokenIds, contextLength, vocabularySize);
    const { b } = captions;
    const clips = (waveforms ?? logMels)!.length;
    if (clips !== b || b < 2) {
      throw new TrainingBatchError(
        "the batch",
        `has ${clips} clips and ${b} captions, expected as many, and 2 at least`,
      );
    }
    const spectrograms = this.#stacked(logMels ?? waveforms!.map((clip) => this.logMel(clip)));
    return { spectrograms, captions, weights: this.#pairWeights(captionSimilarity, b) };
  }

  #pairWeights(similarity: TrainingBatch["captionSimilarity"], b: number): Float64Array | undefined {
    if (this.#parts.loss === "clip") return undefined;
    if (similarity === undefined || String(similarity.shape) !== String([b, b])) {
      const found = similarity === undefined ? "is missing" : `has the shape [${similarity.shape}]`;
      throw new TrainingBatchError("captionSimilarity", `${found}, expected [${b}, ${b}] for the loss "weighted-clip"`);
    }
    const values = Float64Array.from({ length: b * b }, (_, i) => similarity.get(Math.floor(i / b), i % b));
    return pairWeights(values, b);
  }

  /** Values and shape [b, frames, melBins]. */
  #stacked(logMels: readonly LogMel[]): [Float32Array, [number, number, number]] {
    const frames = frameCount(this.clipSamples, this.#parts.frontEnd);
    const { melBins } = this.config;
    const values = new Float32Array(logMels.length * frames * melBins);
    for (const [i, one] of logMels.entries()) {
      if (one.frames !== frames || one.melBins !== melBins) {
        const found = `has ${one.frames} frames of ${one.melBins} bins at ${i}`;
        throw new TrainingBatchError("logMels", `${found}, expected ${frames} of ${melBins}`);
      }
      values.set(one.data, i * frames * melBins);
    }
    return [values, [logMels.length, frames, melBins]];
  }

  #dropOut(): DropOut {
    const { dropout, attentionDropout } = this.config;
    const draw = (what: string, rate: number) => (layer: number, shape: readonly number[]) => {
      if (rate === 0) return undefined;
      const random = new RandomStream(this.#parts.seed, "dropout", this.#optimiser.step, what, layer);
      return tensor(
        random.kept(
          shape.reduce((product, size) => product * size, 1),
          rate,
        ),
        [...shape],
      );
    };
    return { attention: draw("attention", attentionDropout), feedForward: draw("feed-forward", dropout) };
  }

  /** The loss of joint embeddings, and its gradients: of the cosines [texts, clips], and of the logarithm of the scale. */
  #lossOf(text: Tensor, audio: Tensor, weights: Float64Array | undefined) {
    const scale = Math.fround(Math.exp(this.#logitScale.dataSync()[0]!));
    const cosines = matMul(text as Tensor2D, audio as Tensor2D, false, true);
    const logits = Float64Array.from(cosines.dataSync(), (cosine) => scale * cosine);
    const b = text.shape[0]!;
    const { loss, gradient } = contrastiveLoss(logits, b, weights);
    if (!Number.isFinite(loss)) throw new TrainingDivergedError(this.stepsDone + 1, `the loss is ${loss}`);
    const logitGradient = mul(tensor(Float32Array.from(gradient), [b, b]), scale) as Tensor2D;
    const scaleGradient = gradient.reduce((sum, part, i) => sum + part * logits[i]!, 0);
    return { loss, logitGradient, scaleGradient };
  }

  async #inference(): Promise<LoadedTowers> {
    this.#requireLiving();
    const { plan, backend } = this.#parts;
    this.#towers ??= await plan.build(async ({ name }) => backend.run(() => this.#variables.get(name)!.clone()));
    return this.#towers;
  }

  #dropTowers(): void {
    this.#towers?.dispose();
    this.#towers = undefined;
  }

  #encode(
    count: number,
    batchSize: number,
    width: number,
    compute: (start: number, end: number) => [preJoint: Tensor, joint: Tensor],
  ): TowerOutput {
    const { backend, sizes } = this.#parts;
    const preJoint = new Float32Array(count * width);
    const joint = new Float32Array(count * sizes.embedDim);
    for (let start = 0; start < count; start += batchSize) {
      const made = backend.run(() => compute(start, Math.min(count, start + batchSize)));
      preJoint.set(made[0].dataSync<"float32">(), start * width);
      joint.set(made[1].dataSync<"float32">(), start * sizes.embedDim);
      for (const one of made) one.dispose();
    }
    return { preJoint: ndarray(preJoint, [count, width]), joint: ndarray(joint, [count, sizes.embedDim]) };
  }
}

/** AdamW keeps squares of gradients: where these are finite, so is the step. One number is read back. */
function requireFinite(gradients: Iterable<Tensor>, step: number): void {
  const squares = tidy(() => {
    let sum: Tensor = scalar(0);
    for (const gradient of gradients)
      sum = add(
        sum,
        tidy(() => sumOf(square(gradient))),
      );
    return sum.dataSync()[0]! as unknown as Tensor;
  }) as unknown as number;
  if (!Number.isFinite(squares)) throw new TrainingDivergedError(step, `the squared gradients sum to ${squares}`);
}

/** running = 0.9 running + 0.1 batch; the variance of a batch as an estimate, with its count less 1. */
function updateRunning(norm: BatchNormWeights, { mean, variance, count }: BatchStatistics): void {
  const moved = (running: Tensor, found: Tensor) =>
    (running as Variable).assign(add(mul(running, 1 - MOMENTUM), mul(found, MOMENTUM)));
  moved(norm.mean, mean);
  moved(norm.variance, mul(variance, count / (count - 1)));
}
