import { describe, expect, test } from "vitest";
import { AudioOptionError } from "../../src/audio/errors.ts";
import { UnknownModelError } from "../../src/models/errors.ts";
import { huggingFaceClap } from "../../src/models/hugging-face-clap.ts";
import { laionClap } from "../../src/models/laion-clap.ts";
import type { ModelSettings } from "../../src/models/model-family.ts";
import { requireParameters } from "../../src/models/read-parameters.ts";
import { ModelSettingError } from "../../src/models/setting-error.ts";
import { onEveryBackend } from "../backends.ts";
import { checkpoints, loadGoldenModel, openGolden, outline, publishedOutline } from "./clap-goldens.ts";
import { testParity } from "./clap-parity.ts";

// The config.json of the first model has large epsilons, so that each counts; that of the second one leaves them out.
testParity("huggingFace");

const unfused = publishedOutline("HTSAT-tiny from Hugging Face");
const tinyConfig = checkpoints.tiny.huggingFace.settings.config as Record<"audio_config" | "text_config", object>;

describe("huggingFaceClap", () => {
  test("finds the published HTSAT-tiny in names and shapes alone, and with the defaults of a config.json", () => {
    const names = new Set(unfused.tensors.keys());
    expect([huggingFaceClap.recognises(names), laionClap.recognises(names)]).toEqual([true, false]);
    for (const settings of [
      {},
      { config: {} },
      { config: { model_type: "clap", audio_config: {}, text_config: {} } },
    ]) {
      const plan = huggingFaceClap.plan(unfused, settings);
      requireParameters(unfused, plan.parameters, plan.names, plan.name);
      expect(plan).toMatchObject({
        name: "LAION-CLAP (Hugging Face) HTSAT-tiny",
        embedDim: 512,
        preJointDim: { audio: 768, text: 768 },
        sampleRate: 48_000,
        clipSamples: 480_000,
        contextLength: 77,
        vocabularySize: 50_265,
      });
    }
  });

  test("takes the rows of one linear layer from three", () => {
    const { names } = huggingFaceClap.plan(unfused, {});
    const audio = "audio_model.audio_encoder.layers.2.blocks.1.attention";
    expect(names.stored("audio_branch.layers.2.blocks.1.attn.qkv.weight")).toEqual([
      `${audio}.self.query.weight`,
      `${audio}.self.key.weight`,
      `${audio}.self.value.weight`,
    ]);
    expect(names.stored("audio_branch.layers.2.blocks.1.attn.proj.bias")).toEqual([`${audio}.output.dense.bias`]);
    expect(names.stored("text_branch.encoder.layer.0.output.dense.bias")).toEqual([
      "text_model.encoder.layer.0.output.dense.bias",
    ]);
  });

  test("does not mind what older converters wrote", () => {
    const older = outline({ "audio_transform.layers.0.linear.weight": [512, 512] }, unfused);
    const plan = huggingFaceClap.plan(older, {});
    expect(() => requireParameters(older, plan.parameters, plan.names, plan.name)).not.toThrow();
  });

  test("refuses the config.json of another model, with all that differs", () => {
    const config = {
      projection_dim: 512,
      audio_config: { depths: [2, 2, 12, 2], window_size: 8, hidden_size: 1024, patch_stride: [4, 4] },
      text_config: { vocab_size: 30_522 },
    };
    expect(() => huggingFaceClap.plan(unfused, { config })).toThrow(ModelSettingError);
    expect(() => huggingFaceClap.plan(unfused, { config })).toThrow(
      "model.pt: config.json is of another model: audio_config.depths is [2,2,12,2], in the tensors [2,2,6,2]; " +
        "audio_config.hidden_size is 1024, in the tensors 768; text_config.vocab_size is 30522, in the tensors 50265",
    );
  });

  test.each([
    [
      { audio_config: { enable_fusion: true } },
      "is a LAION-CLAP model with feature fusion (its config.json has enable_fusion)",
    ],
    [{ model_type: "clip" }, 'its config.json has model_type "clip", expected "clap"'],
    [
      { text_config: { hidden_act: "gelu_new" } },
      'its config.json has text_config.hidden_act "gelu_new", expected "gelu"',
    ],
    [{ audio_config: { mlp_ratio: 2 } }, "its config.json has audio_config.mlp_ratio 2, expected 4"],
  ])("refuses what it cannot compute: %j", (config, message) => {
    expect(() => huggingFaceClap.plan(unfused, { config })).toThrow(UnknownModelError);
    expect(() => huggingFaceClap.plan(unfused, { config })).toThrow(message);
  });

  test.each([
    ["clap", 'config.json is "clap", expected a JSON object'],
    [null, "config.json is null, expected a JSON object"],
    [{ audio_config: [] }, "audio_config is [], expected a JSON object"],
    [
      { text_config: { layer_norm_eps: "1e-5" } },
      'config.json has text_config.layer_norm_eps "1e-5", expected a positive number',
    ],
    [{ text_config: { num_attention_heads: 0 } }, "config.json has text_config.num_attention_heads 0"],
    [{ text_config: { num_attention_heads: 5 } }, "textHeads is 5, expected a divisor of its text tower's 768"],
  ])("refuses a config.json that says nothing sensible: %j", (config, message) => {
    expect(() => huggingFaceClap.plan(unfused, { config })).toThrow(ModelSettingError);
    expect(() => huggingFaceClap.plan(unfused, { config })).toThrow(message);
  });

  test.each<[ModelSettings, new (...args: never[]) => Error, string]>([
    [{ fftLength: 1000 }, ModelSettingError, "the setting fftLength is 1000 samples, expected a power of two"],
    [{ fMin: 9000, fMax: 400 }, AudioOptionError, "maxFrequency"],
  ])("refuses a front-end that cannot be, before it reads a weight: %j", (settings, error, message) => {
    expect(() => huggingFaceClap.plan(unfused, settings)).toThrow(error);
    expect(() => huggingFaceClap.plan(unfused, settings)).toThrow(message);
  });

  test("has the image's size from config.json alone", async () => {
    const { file, settings } = checkpoints.tiny.huggingFace;
    const checkpoint = await openGolden(file);
    const config = { ...tinyConfig, audio_config: { ...tinyConfig.audio_config, spec_size: 72 } };
    expect(() => huggingFaceClap.plan(checkpoint, { ...settings, config })).toThrow(
      "the image of 72 x 72 pixels (from config.json) is no multiple of 16 mel bins high",
    );
    await checkpoint.close();
  });
});

onEveryBackend((open) => {
  test("reads samples as they are, as transformers does", async () => {
    const { towers } = await loadGoldenModel(await open(), "tiny", "huggingFace");
    const samples = Float32Array.of(0.5, 0.00003, -0.25);
    expect(towers.prepare(samples)).toEqual(samples);
    towers.dispose();
  });
});
