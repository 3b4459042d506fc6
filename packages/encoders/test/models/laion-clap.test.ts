import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckpointError, UnsupportedCheckpointError } from "../../src/checkpoint/errors.ts";
import { CheckpointMismatchError, UnknownModelError } from "../../src/models/errors.ts";
import { laionClap } from "../../src/models/laion-clap.ts";
import type { ModelSettings } from "../../src/models/model-family.ts";
import { requireParameters } from "../../src/models/read-parameters.ts";
import { ModelSettingError } from "../../src/models/setting-error.ts";
import { WeightReader } from "../../src/models/weight-reader.ts";
import { TokenizerFileError } from "../../src/text/errors.ts";
import type { TokenizerFiles } from "../../src/text/tokenizer-files.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { golden, goldenFiles } from "../text/goldens.ts";
import {
  checkpoints,
  goldenBytes,
  goldenWave,
  meta,
  type Outline,
  openGolden,
  outline,
  publishedOutline,
} from "./clap-goldens.ts";
import { testParity } from "./clap-parity.ts";

testParity("laion");

const base = publishedOutline("HTSAT-base from LAION");

/** Plans a model, and compares the checkpoint with it. */
function planned(checkpoint: Outline, settings: ModelSettings = {}) {
  const plan = laionClap.plan(checkpoint, settings);
  requireParameters(checkpoint, plan.parameters, plan.names, plan.name);
  return plan;
}

function errorOf(fails: () => unknown): Error {
  try {
    fails();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("laionClap", () => {
  test("finds the published HTSAT-base in names and shapes alone", () => {
    expect(laionClap.recognises(new Set(base.tensors.keys()))).toBe(true);
    const plan = planned(base);
    expect(plan).toMatchObject({
      name: "LAION-CLAP HTSAT-base",
      embedDim: 512,
      preJointDim: { audio: 1024, text: 768 },
      sampleRate: 48_000,
      clipSamples: 480_000,
      contextLength: 77,
      vocabularySize: 50_265,
      lengthPolicy: "same-input",
    });
    // 72,424,535 elements without buffers; the DFT and the tags are not read, the statistics of the normalisation are.
    const elements = plan.parameters
      .filter(({ name }) => name.startsWith("audio_branch."))
      .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    const dft = 2 * 513 * 1024;
    const tags = 527 * 1024 * 2 * 3 + 527 + 527 * 527 + 527;
    expect(elements).toBe(72_424_535 - dft - tags + 2 * 64);
  });

  test("finds every size of a small model, in a zip and in a legacy file", async () => {
    for (const [model, width] of [
      ["tiny", 30_000],
      ["other", 14_640],
    ] as const) {
      const { file, settings } = checkpoints[model].laion;
      const checkpoint = await openGolden(file);
      expect(planned(checkpoint, settings)).toMatchObject({
        name: "LAION-CLAP HTSAT (width 8, depths 2 2 2)",
        embedDim: 16,
        preJointDim: { audio: 32, text: 32 },
        clipSamples: width,
        vocabularySize: 560,
      });
      await checkpoint.close();
    }
  });

  test("lists what is missing, unexpected and of another shape in one error", () => {
    const error = errorOf(() =>
      planned(
        outline(
          {
            "audio_branch.layers.2.blocks.5.mlp.fc1.weight": null,
            "text_branch.encoder.layer.3.attention.self.key.bias": null,
            "audio_branch.patch_embed.proj.bias": [64],
            "text_branch.encoder.layer.3.attention.self.value.weight": [768, 512],
            "text_branch.adapter.weight": [3],
          },
          base,
        ),
      ),
    ) as CheckpointMismatchError;
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    expect(error.missing).toEqual([
      "audio_branch.layers.2.blocks.5.mlp.fc1.weight",
      "text_branch.encoder.layer.3.attention.self.key.bias",
    ]);
    expect(error.unexpected).toEqual(["text_branch.adapter.weight"]);
    expect(error.misshapen).toEqual([
      { name: "audio_branch.patch_embed.proj.bias", shape: [64], expected: [128] },
      { name: "text_branch.encoder.layer.3.attention.self.value.weight", shape: [768, 512], expected: [768, 768] },
    ]);
  });

  test("misses only what is missing when a tensor that tells a size is left out, or a whole tower", () => {
    for (const name of [
      "audio_branch.patch_embed.proj.weight",
      "audio_branch.bn0.weight",
      "audio_projection.0.weight",
    ]) {
      expect(errorOf(() => planned(outline({ [name]: null }, base)))).toMatchObject({
        missing: [name],
        unexpected: [],
        misshapen: [],
      });
    }
    const audioOnly = [...base.tensors.keys()].filter((name) => name.startsWith("text_"));
    const error = errorOf(() => planned(outline(Object.fromEntries(audioOnly.map((name) => [name, null])), base)));
    const ignored = audioOnly.filter((name) => name.startsWith("text_transform") || name.endsWith("position_ids"));
    expect((error as CheckpointMismatchError).missing.length).toBe(audioOnly.length - ignored.length);
  });

  test("misses a block that is left out of the middle of a stage", () => {
    const blocks = [...base.tensors.keys()].filter((name) => name.startsWith("audio_branch.layers.2.blocks.4."));
    const error = errorOf(() => planned(outline(Object.fromEntries(blocks.map((name) => [name, null])), base)));
    expect((error as CheckpointMismatchError).missing).toContain("audio_branch.layers.2.blocks.4.norm1.weight");
    expect((error as CheckpointMismatchError).unexpected).toContain("audio_branch.layers.2.blocks.11.norm1.weight");
  });

  test("refuses feature fusion and says why", () => {
    for (const name of ["mel_conv2d.weight", "fusion_model.local_att.0.weight"]) {
      const fusion = outline({ [`audio_branch.patch_embed.${name}`]: [64, 1, 4, 12] }, base);
      expect(() => laionClap.plan(fusion, {})).toThrow(UnknownModelError);
      expect(() => laionClap.plan(fusion, {})).toThrow(
        `model.pt: is a LAION-CLAP model with feature fusion (it has "audio_branch.patch_embed.${name}"), which has another front-end`,
      );
    }
  });

  test.each([
    [
      "heads",
      "layers.1.blocks.0.attn.relative_position_bias_table",
      [225, 7],
      "the number of heads in stage 1 is 7, expected a divisor of its 256 channels",
    ],
    [
      "no heads",
      "layers.1.blocks.0.attn.relative_position_bias_table",
      [225, 0],
      "the number of heads in stage 1 is 0",
    ],
    [
      "windows",
      "layers.0.blocks.0.attn.relative_position_bias_table",
      [224, 4],
      "expected (2 w - 1)^2 rows for a whole w up to 16",
    ],
    ["huge windows", "layers.0.blocks.0.attn.relative_position_bias_table", [3969, 4], "windows of 32 tokens a side"],
    [
      "grids",
      "layers.3.blocks.0.attn.relative_position_bias_table",
      [25, 32],
      "a grid of 8 in stage 3, expected a multiple of its window's 3",
    ],
    [
      "masks",
      "layers.0.blocks.1.attn_mask",
      [50, 64, 64],
      "the image's side is 226.27416997969522 (from its shift masks)",
    ],
    [
      "images",
      "layers.0.blocks.1.attn_mask",
      [2 ** 20, 64, 64],
      "the image's side is 32768 (from its shift masks), expected an integer up to 1024",
    ],
    ["mel bins", "bn0.weight", [48], "no multiple of 48 mel bins high"],
    ["patches", "patch_embed.proj.weight", [128, 1, 0, 0], "patchSize is 0, expected a positive integer"],
    ["width", "patch_embed.proj.weight", [0, 1, 4, 4], "width is 0, expected a positive integer"],
  ])("refuses shapes of no HTS-AT: %s", (_, name, shape, message) => {
    const changed = outline({ [`audio_branch.${name}`]: shape }, base);
    expect(() => laionClap.plan(changed, {})).toThrow(UnsupportedCheckpointError);
    expect(() => laionClap.plan(changed, {})).toThrow(message);
  });

  test.each([
    ["text_branch.embeddings.word_embeddings.weight", [0, 768], "vocabularySize is 0, expected a positive integer"],
    [
      "text_branch.embeddings.position_embeddings.weight",
      [3, 768],
      "with 3 positions it reads texts of 1 tokens, expected 2",
    ],
    ["text_projection.2.weight", [0, 512], "embedDim is 0, expected a positive integer"],
  ])("refuses shapes of no text tower and no joint space: %s", (name, shape, message) => {
    const changed = outline({ [name]: shape }, base);
    expect(() => laionClap.plan(changed, {})).toThrow(UnsupportedCheckpointError);
    expect(() => laionClap.plan(changed, {})).toThrow(message);
  });

  test("refuses whatever shapes a tensor can have with an error that says what is wrong", () => {
    // Those that tell sizes, and a few others.
    const telling = /bn0|patch_embed|_table|attn_mask|melW|embeddings|layer\.0\.|layers\.3|projection/;
    const names = [...base.tensors.keys()].filter((name) => telling.test(name));
    const size = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 64, 65, 225, 768, 2 ** 31), fc.nat(3000));
    const changes = fc.dictionary(fc.constantFrom(...names), fc.option(fc.array(size, { maxLength: 5 })), {
      maxKeys: 4,
    });
    const refusal = (shapes: Record<string, number[] | null>) => {
      try {
        planned(outline(shapes, base));
        return undefined;
      } catch (error) {
        return error;
      }
    };
    fc.assert(
      fc.property(changes, (shapes) => {
        const error = refusal(shapes);
        if (error !== undefined) expect(error).toBeInstanceOf(CheckpointError);
      }),
      { seed: 20240713, numRuns: 150 },
    );
  });

  test.each<[keyof ModelSettings, ModelSettings, string]>([
    ["textHeads", { textHeads: 7 }, "textHeads is 7, expected a divisor of its text tower's 768"],
    ["textHeads", { textHeads: 0 }, "textHeads is 0"],
    [
      "clipSeconds",
      { clipSeconds: 11 },
      "a clip of 528000 samples at a hop of 480 has 1101 frames, expected more than 512 samples and at most 1024 frames",
    ],
    ["clipSeconds", { clipSeconds: 0.01 }, "a clip of 480 samples"],
    ["clipSeconds", { clipSeconds: Number.NaN }, "the setting clipSeconds is NaN, expected a positive number"],
    ["hopLength", { hopLength: 0 }, "the setting hopLength is 0, expected a positive integer"],
    ["fftLength", { fftLength: 2048 }, "the setting fftLength is 2048, but its tensors are for 1024"],
    ["melBins", { melBins: 128 }, "the setting melBins is 128, but its tensors are for 64"],
  ])("refuses a setting that does not fit: %s", (setting, settings, message) => {
    const error = errorOf(() => laionClap.plan(base, settings)) as ModelSettingError;
    expect(error).toBeInstanceOf(ModelSettingError);
    expect(error.setting).toBe(setting);
    expect(error.message).toContain(message);
  });

  test("asks for the heads of a text tower that is not as wide as any RoBERTa", async () => {
    const checkpoint = await openGolden(checkpoints.tiny.laion.file);
    expect(() => laionClap.plan(checkpoint, {})).toThrow(
      "the setting textHeads is needed: its text tower is 32 wide, no multiple of RoBERTa's 64",
    );
    await checkpoint.close();
  });

  test("refuses filters of frames that no FFT here has", () => {
    const changed = outline({ "audio_branch.logmel_extractor.melW": [500, 64] }, base);
    expect(() => laionClap.plan(changed, {})).toThrow(
      "for its mel filters, a frame is 998 samples, expected a power of two",
    );
  });
});

onEveryBackend((open) => {
  test("hears with the filters of the checkpoint, and with the published ones where it has none", async () => {
    const backend = await open();
    const { file, settings } = checkpoints.tiny.laion;
    const checkpoint = await openGolden(file);
    const stored = "audio_branch.logmel_extractor.melW";
    const logMel = async (tensors: Outline["tensors"], factor: number) => {
      const changed = { ...checkpoint, tensors };
      const plan = laionClap.plan(changed, { ...settings, fftLength: 256 });
      const weights = new WeightReader(changed, plan, backend);
      const towers = await plan.build(async (wanted) => {
        const read = await weights.read(wanted);
        if (wanted.name !== stored) return read;
        const scaled = backend.upload(
          read.dataSync<"float32">().map((weight) => weight * factor),
          read.shape,
        );
        read.dispose();
        return scaled;
      });
      const { data } = towers.logMel(goldenWave(7000));
      towers.dispose();
      return data;
    };
    const heard = await logMel(checkpoint.tensors, 1);
    const louder = await logMel(checkpoint.tensors, 10);
    const withoutFilters = await logMel(outline({ [stored]: null }, checkpoint).tensors, 1);
    await checkpoint.close();
    const audible = heard.map((decibels) => (decibels > -90 ? 1 : 0));
    expect(audible.some((yes) => yes === 0)).toBe(true);
    expect(
      greatestGap(
        louder.map((decibels, i) => audible[i]! * (decibels - 10)),
        heard.map((decibels, i) => audible[i]! * decibels),
      ),
    ).toBeLessThan(1e-4);
    // Rounded to float32 in the file.
    expect(greatestGap(withoutFilters, heard)).toBeLessThan(1e-5);
  });

  test("rounds samples to 16 bits first, as LAION-CLAP does", async () => {
    const backend = await open();
    const checkpoint = await openGolden(checkpoints.tiny.laion.file);
    const plan = laionClap.plan(checkpoint, checkpoints.tiny.laion.settings);
    const weights = new WeightReader(checkpoint, plan, backend);
    const towers = await plan.build((wanted) => weights.read(wanted));
    expect(towers.prepare(Float32Array.of(0.5, 0.00003, 2))).toEqual(Float32Array.of(16_383 / 32_767, 0, 1));
    towers.dispose();
    await checkpoint.close();
  });
});

test("the golden files are those that the golden script wrote", () => {
  for (const [file, sha256] of Object.entries(meta.sha256)) {
    expect([file, createHash("sha256").update(goldenBytes(file)).digest("hex")]).toEqual([file, sha256]);
  }
});

describe("a tokenizer whose special tokens have other ids than RoBERTa's", () => {
  const tokenizer = (files: TokenizerFiles) => () => laionClap.plan(base, {}).tokenizer(files, {});

  test.each([
    ["<s>", "<pad>", 'token "<s>" has the id 1, expected RoBERTa\'s 0; take the file of the checkpoint'],
    ["<pad>", "</s>", 'token "<pad>" has the id 2, expected RoBERTa\'s 1; take the file of the checkpoint'],
    ["</s>", "<unk>", 'token "</s>" has the id 3, expected RoBERTa\'s 2; take the file of the checkpoint'],
  ])("with %s and %s exchanged is refused", (one, other, fault) => {
    const { vocab, merges } = goldenFiles("roberta");
    const ids = JSON.parse(vocab) as Record<string, number>;
    [ids[one], ids[other]] = [ids[other]!, ids[one]!];
    const load = tokenizer({ vocab: JSON.stringify(ids), merges });
    expect(load).toThrow(TokenizerFileError);
    expect(load).toThrow(`vocab.json: ${fault}`);
  });

  test("is accepted with those", () => {
    expect(tokenizer(goldenFiles("roberta"))()).toMatchObject({ startId: 0, padId: 1, endId: 2 });
    expect(tokenizer({ tokenizer: golden("roberta-tokenizer.json") })()).toMatchObject({ padId: 1 });
  });
});
