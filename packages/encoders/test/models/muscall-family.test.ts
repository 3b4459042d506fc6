import { memory, sub, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { AudioOptionError } from "../../src/audio/errors.ts";
import type { TensorInfo } from "../../src/checkpoint/checkpoint.ts";
import { DamagedCheckpointError, UnsupportedCheckpointError } from "../../src/checkpoint/errors.ts";
import { parameter } from "../../src/layers/parameters.ts";
import { CheckpointMismatchError, UnknownModelError } from "../../src/models/errors.ts";
import { huggingFaceClap } from "../../src/models/hugging-face-clap.ts";
import { laionClap } from "../../src/models/laion-clap.ts";
import type { ModelFamily, ModelSettings } from "../../src/models/model-family.ts";
import { muscall } from "../../src/models/muscall.ts";
import { requireParameters } from "../../src/models/read-parameters.ts";
import { ModelSettingError } from "../../src/models/setting-error.ts";
import { requireVariances } from "../../src/models/variances.ts";
import { WeightReader } from "../../src/models/weight-reader.ts";
import { TokenizerFileError } from "../../src/text/errors.ts";
import { onEveryBackend } from "../backends.ts";
import { goldenFiles } from "../text/goldens.ts";
import { type ContainerName, checkpoints, openGolden as openGoldenClap } from "./clap-goldens.ts";
import { goldenJson, loadGoldenModel, models, openGolden } from "./muscall-goldens.ts";

/** Names and shapes of the published model, from PyTorch. */
const published = goldenJson<Record<string, readonly number[]>>("names.json");

type Shapes = Readonly<Record<string, readonly number[]>>;

function checkpointOf(shapes: Shapes) {
  const info = (shape: readonly number[]): TensorInfo => ({ dtype: "float32", shape, byteLength: 0, storage: "0" });
  const tensors = new Map(Object.entries(shapes).map(([name, shape]) => [name, info(shape)]));
  return { name: "model.pth.tar", format: "torch-zip", tensors } as const;
}

const planOf = (shapes: Shapes, settings: ModelSettings = {}) => muscall.plan(checkpointOf(shapes), settings);

const without = (shapes: Shapes, unwanted: RegExp): Shapes =>
  Object.fromEntries(Object.entries(shapes).filter(([name]) => !unwanted.test(name)));

async function openMuscall() {
  const { file, settings } = models.tiny;
  const checkpoint = await openGolden(file);
  return { checkpoint, plan: muscall.plan(checkpoint, settings) };
}

async function openClap(container: ContainerName, family: ModelFamily) {
  const { file, settings } = checkpoints.tiny[container];
  const checkpoint = await openGoldenClap(file);
  return { checkpoint, plan: family.plan(checkpoint, settings) };
}

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function thrown(compute: () => unknown): Error {
  try {
    compute();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("the published MusCALL", () => {
  test("has 394 entries in its state dict, all of them known", () => {
    expect(Object.keys(published)).toHaveLength(394);
    const { parameters, names, name } = planOf(published);
    expect(name).toBe("MusCALL");
    requireParameters(checkpointOf(published), parameters, names, name);
    const needed = new Set(parameters.map((parameter) => parameter.name));
    const rest = Object.keys(published).filter((entry) => !needed.has(entry));
    expect(rest.filter((entry) => !entry.endsWith(".num_batches_tracked"))).toEqual([
      "logit_scale",
      "audio_backbone.spec.spectrogram.window",
      "textual_head.ln_final.weight",
      "textual_head.ln_final.bias",
    ]);
  });

  test("has 40,774,153 trained numbers: those that are read, without statistics and filters, and what is ignored", () => {
    const buffers = /running_(mean|var)$|mel_scale\.fb$/;
    const read = planOf(published).parameters.filter(({ name }) => !buffers.test(name));
    // logit_scale and the normalisation that is not used.
    expect(read.reduce((sum, { shape }) => sum + elements(shape), 0) + 1 + 2 * 512).toBe(40_774_153);
  });

  test("reads 20 s at 16 kHz and 77 tokens, and embeds into 512 dimensions", () => {
    expect(planOf(published)).toMatchObject({
      embedDim: 512,
      preJointDim: { audio: 256, text: 512 },
      sampleRate: 16_000,
      clipSamples: 320_000,
      contextLength: 77,
      vocabularySize: 49_408,
      lengthPolicy: "muscall-centre",
    });
  });

  test("is recognised by its names, and LAION-CLAP is not taken for it", () => {
    expect(muscall.recognises(new Set(Object.keys(published)))).toBe(true);
    expect(muscall.recognises(new Set(["textual_head.token_embedding.weight"]))).toBe(true);
    expect(muscall.recognises(new Set(["audio_branch.bn0.weight", "audio_projection.0.weight"]))).toBe(false);
  });

  test("with its self-supervised part is the same model", () => {
    const audio = Object.entries(published).filter(([name]) => name.startsWith("audio_backbone."));
    const again = audio.map(([name, shape]) => [name.replace("audio_backbone", "audio_ssl.simclr.encoder"), shape]);
    const shapes: Shapes = {
      ...published,
      ...Object.fromEntries(again),
      "audio_ssl.simclr.projector.0.weight": [256, 256],
    };
    const { parameters, names, name } = planOf(shapes);
    requireParameters(checkpointOf(shapes), parameters, names, name);
    expect(parameters).toEqual(planOf(published).parameters);
  });

  test("with the optimiser's moments of a run that goes on is the same model", () => {
    const moments = Object.entries(published).map(([name, shape]) => [`optimiser.exp_avg.${name}`, shape]);
    const shapes: Shapes = { ...published, ...Object.fromEntries(moments), "optimiser.step": [] };
    const { parameters, names, name } = planOf(shapes);
    requireParameters(checkpointOf(shapes), parameters, names, name);
    expect(parameters).toEqual(planOf(published).parameters);
  });
});

describe("a checkpoint of MusCALL that cannot be used", () => {
  test("is told with all that is missing, unexpected and of another shape together", () => {
    const shapes: Shapes = {
      ...without(published, /layer2\.1\.bn2\.bias|textual_head\.transformer\.norm_out\.weight/),
      "text_projection.weight": [512, 500],
      "audio_backbone.layer5.0.conv1.weight": [256, 512, 1, 1],
    };
    const { parameters, names, name } = planOf(shapes);
    const error = thrown(() => requireParameters(checkpointOf(shapes), parameters, names, name));
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    expect(error).toMatchObject({
      missing: ["audio_backbone.layer2.1.bn2.bias", "textual_head.transformer.norm_out.weight"],
      unexpected: ["audio_backbone.layer5.0.conv1.weight"],
      misshapen: [{ name: "text_projection.weight", shape: [512, 500], expected: [512, 512] }],
    });
  });

  test("is compared with the published model where its sizes are not to be found", () => {
    const shapes = without(published, /^audio_backbone\./);
    const { parameters, names, name } = planOf(shapes);
    const error = thrown(() => requireParameters(checkpointOf(shapes), parameters, names, name));
    // The window and the 55 counters are not missed; without the matrix, filters come from the formula.
    const audio = Object.keys(published).filter((entry) => entry.startsWith("audio_backbone."));
    const missed = audio.filter((entry) => !/num_batches_tracked$|\.spec\./.test(entry));
    expect((error as CheckpointMismatchError).missing.toSorted()).toEqual(missed.toSorted());
  });

  test("with the text tower of CLIPTextModel is refused with that reason", () => {
    const shapes: Shapes = {
      ...without(published, /^textual_head\./),
      "textual_head.text_model.embeddings.token_embedding.weight": [49_408, 512],
    };
    const error = thrown(() => planOf(shapes));
    expect(error).toBeInstanceOf(UnknownModelError);
    expect(error.message).toBe(
      "model.pth.tar: is a MusCALL with the text tower of Hugging Face's CLIPTextModel (it has " +
        "textual_head.text_model.embeddings.token_embedding.weight), which is not supported; expected MusCALL's own, " +
        "textual_head.transformer, the default of its trainer",
    );
  });

  test("of frames that are no power of two is refused", () => {
    const shapes = { ...published, "audio_backbone.spec.mel_scale.fb": [501, 128] };
    const error = thrown(() => planOf(shapes));
    expect(error).toBeInstanceOf(UnsupportedCheckpointError);
    expect(error.message).toContain("has 501 bins, of frames of 1000 samples; only powers of two are supported");
  });

  test.each([
    [
      "textual_head.transformer.layers.0.1.fn.mlp.0.weight",
      { "textual_head.transformer.layers.0.1.fn.mlp.0.weight": [0, 512] },
    ],
    [
      "audio_backbone.attnpool.c_proj.weight",
      { "audio_backbone.attnpool.c_proj.weight": [0, 512], "audio_projection.weight": [512, 0] },
    ],
    ["audio_projection.weight", { "audio_projection.weight": [0, 256], "text_projection.weight": [0, 512] }],
    ["audio_backbone.spec.mel_scale.fb", { "audio_backbone.spec.mel_scale.fb": [0, 128] }],
    ["audio_backbone.conv1.weight", { "audio_backbone.conv1.weight": [0, 1, 3, 3] }],
    ["textual_head.token_embedding.weight", { "textual_head.token_embedding.weight": [0, 512] }],
  ])("with nothing in %s is refused before any is read", (tensor, changed: Shapes) => {
    const error = thrown(() => planOf({ ...published, ...changed }));
    expect(error).toBeInstanceOf(UnsupportedCheckpointError);
    expect(error).toMatchObject({ tensor });
    expect(error.message).toContain(`has the shape [${changed[tensor]}], expected sizes of 1 and more`);
  });

  test("with a text tower for less than a start and an end is refused", () => {
    const error = thrown(() => planOf({ ...published, "textual_head.position_embedding.weight": [1, 512] }));
    expect(error).toBeInstanceOf(UnsupportedCheckpointError);
    expect(error.message).toContain("has the shape [1, 512], expected 2 rows or more");
  });

  test("with a positional table for no whole number of columns is refused", () => {
    const error = thrown(() => planOf({ ...published, "audio_backbone.attnpool.positional_embedding": [78, 512] }));
    expect(error).toBeInstanceOf(UnsupportedCheckpointError);
    expect(error.message).toContain("has 78 rows, expected 1 and a multiple of 4, which 128 mel bins become");
  });
});

describe("the length of the clip", () => {
  const table = (rows: number): Shapes => ({
    ...published,
    "audio_backbone.attnpool.positional_embedding": [rows, 512],
  });

  test("is the published one when the positional table agrees", () => {
    expect(planOf(table(77)).clipSamples).toBe(320_000);
  });

  test("is else the one whole number of seconds for which the table is", () => {
    // 4 x 9 + 1 rows are for 9 columns, which 287 to 318 frames become: 9.15 to 10.18 s.
    expect(planOf(table(37)).clipSamples).toBe(160_000);
  });

  test("has to be said when there are two whole numbers of seconds", () => {
    // 2 columns: 63 to 94 frames.
    const error = thrown(() => planOf(table(4 * 2 + 1)));
    expect(error).toBeInstanceOf(ModelSettingError);
    expect(error.message).toBe(
      "model.pth.tar: the setting clipSeconds is needed: its positional table has 9 rows, which is for clips of 1.984 to " +
        "3.008 s at 16000 Hz",
    );
    expect(planOf(table(4 * 2 + 1), { clipSeconds: 3 }).clipSamples).toBe(48_000);
  });

  test("has to be said when there is no whole number of seconds", () => {
    // At half the step from frame to frame, 20 columns are 10.21 to 10.72 s.
    const error = thrown(() => planOf(table(4 * 20 + 1), { hopLength: 256 }));
    expect(error.message).toContain("the setting clipSeconds is needed: its positional table has 81 rows");
  });

  test("of a setting must agree with the table", () => {
    const error = thrown(() => planOf(published, { clipSeconds: 10 }));
    expect(error).toBeInstanceOf(ModelSettingError);
    expect(error).toMatchObject({ setting: "clipSeconds" });
    expect(error.message).toBe(
      "model.pth.tar: the setting clipSeconds is 10, but its positional table has 77 rows, which is for clips of 19.392 to " +
        "20.416 s at 16000 Hz",
    );
    expect(planOf(published, { clipSeconds: 19.5 }).clipSamples).toBe(312_000);
    expect(() => planOf(published, { clipSeconds: Number.NaN })).toThrow(ModelSettingError);
  });

  test("of 31 frames more than a multiple of 32 has one column more than MusCALL's trainer thinks", () => {
    // 639 frames. The trainer makes a table for floor(639 / 32) = 19 columns, the convolutions leave 20, and it fails.
    const seconds = (638 * 512) / 16_000;
    expect(() => planOf(published, { clipSeconds: seconds })).toThrow(ModelSettingError);
    expect(planOf(table(4 * 20 + 1), { clipSeconds: seconds }).clipSamples).toBe(638 * 512);
  });

  test("is free with average pooling, as long as there is something to average", async () => {
    const checkpoint = await openGolden(models.average.file);
    const clip = (clipSeconds?: number) =>
      muscall.plan(checkpoint, { textHeads: 2, ...(clipSeconds && { clipSeconds }) });
    expect(clip().clipSamples).toBe(320_000);
    expect(clip(0.5).clipSamples).toBe(8000);
    expect(clip(0.24).clipSamples).toBe(3840);
    expect(() => clip(0.23)).toThrow("the setting clipSeconds is 0.23, expected 0.24 or more");
  });
});

describe("settings", () => {
  test("heads must divide the channels of the text tower", () => {
    const error = thrown(() => planOf(published, { textHeads: 7 }));
    expect(error).toBeInstanceOf(ModelSettingError);
    expect(error.message).toBe(
      "model.pth.tar: the setting textHeads is 7, expected a divisor of the text tower's 512 channels",
    );
    expect(() => planOf(published, { textHeads: 0 })).toThrow(ModelSettingError);
  });

  test("of the front-end stand for what the checkpoint does not hold", () => {
    const shapes = without(published, /mel_scale\.fb/);
    expect(planOf(shapes).parameters).toHaveLength(planOf(published).parameters.length - 1);
    // 512 samples from frame to frame again, at twice the rate: the same table is for 10 s.
    expect(planOf(published, { sampleRate: 32_000 }).clipSamples).toBe(320_000);
    expect(planOf(shapes, { sampleRate: 32_000, fftLength: 2048 }).clipSamples).toBe(640_000);
    // Half the rows, so twice the columns: 38.85 to 39.87 s.
    expect(planOf(shapes, { melBins: 64 }).clipSamples).toBe(39 * 16_000);
    expect(() => planOf(shapes, { fftLength: 1000 })).toThrow(AudioOptionError);
    expect(() => planOf(shapes, { sampleRate: 0 })).toThrow(AudioOptionError);
  });
});

test("a vocabulary whose end token has not the largest id is refused: the text tower finds the end by it", () => {
  const { vocab, merges } = goldenFiles("clip");
  const ids = JSON.parse(vocab) as Record<string, number>;
  [ids["<|startoftext|>"], ids["<|endoftext|>"]] = [ids["<|endoftext|>"]!, ids["<|startoftext|>"]!];
  const error = thrown(() => planOf(published).tokenizer({ vocab: JSON.stringify(ids), merges }, {}));
  expect(error).toBeInstanceOf(TokenizerFileError);
  expect(error.message).toContain("which must be the largest");
});

onEveryBackend((open) => {
  test("a running variance without a root is refused, with the tensor's name", async () => {
    const backend = await open();
    const build = (variance: number) => backend.run(() => tensor1d([1, 0, variance])) as Tensor;
    const asStored = { stored: (name: string) => [name], ignored: () => false };
    const read = (variance: number) =>
      requireVariances("model.pth.tar", asStored, async () => build(variance))(parameter("bn1.running_var", [3]));
    const before = memory().numTensors;
    await expect(read(-1)).rejects.toThrow(DamagedCheckpointError);
    await expect(read(-1)).rejects.toThrow(
      'model.pth.tar: tensor "bn1.running_var" has the variance -1 for channel 2, expected 0 or more; copy or download it again',
    );
    await expect(read(-1e-5)).rejects.toThrow(DamagedCheckpointError);
    expect(memory().numTensors).toBe(before);
    (await read(0)).dispose();
  });

  test.each([
    ["MusCALL", () => openMuscall(), "audio_backbone.layer2.0.bn2.running_var"],
    ["LAION-CLAP", () => openClap("laion", laionClap), "audio_branch.bn0.running_var"],
    [
      "CLAP of Hugging Face",
      () => openClap("huggingFace", huggingFaceClap),
      "audio_model.audio_encoder.batch_norm.running_var",
    ],
  ])("%s with a negative running variance is refused when its towers are built", async (_, planned, damaged) => {
    const backend = await open();
    const { checkpoint, plan } = await planned();
    const weights = new WeightReader(checkpoint, plan, backend);
    const read: Tensor[] = [];
    const building = plan.build(async (wanted) => {
      const tensor = await weights.read(wanted);
      const given =
        plan.names.stored(wanted.name)[0] === damaged ? (backend.run(() => sub(tensor, 1000)) as Tensor) : tensor;
      read.push(tensor, given);
      return given;
    });
    const error = await building.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(DamagedCheckpointError);
    expect(error).toMatchObject({ tensor: damaged });
    for (const tensor of read) if (!tensor.isDisposed) tensor.dispose();
    await checkpoint.close();
  });

  test("a piece of another length is refused before it meets the positional table", async () => {
    const { towers } = await loadGoldenModel(await open(), "tiny");
    expect(() => towers.logMel(new Float32Array(15_000))).toThrow(
      "samples in a piece is 15000, expected 16000, MusCALL's only length; take a length policy that pads, as muscall-centre",
    );
  });
});
