import { cast, concat, div, max, mean, norm, reshape, type Tensor } from "@tensorflow/tfjs-core";
import type { Backend } from "../../src/backend/backend.ts";
import type { LoadedTowers, ModelPlan } from "../../src/models/model-family.ts";
import { TwoTowerModel } from "../../src/models/two-tower-model.ts";
import { byteLevelBpe } from "../../src/text/byte-level-bpe.ts";
import type { Tokenizer } from "../../src/text/tokenizer.ts";

/** One token for each byte, after `<s>`, `<pad>`, `</s>` and `<unk>`. */
export function byteTokenizer(): Tokenizer {
  const bytes = byteLetters();
  const vocab = Object.fromEntries(
    ["<s>", "<pad>", "</s>", "<unk>", ...bytes, "<mask>"].map((token, id) => [token, id]),
  );
  return byteLevelBpe({ vocab: JSON.stringify(vocab), merges: "#version: 0.2\n" });
}

/** The 256 letters of GPT-2's byte alphabet. */
function byteLetters(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/**
 * A model that can be followed by hand: its log-mel is the samples themselves, one bin; the pre-joint embedding of audio is
 * their mean and their largest; that of text, the mean and the largest token id; projections divide by the length.
 */
export function smallModel(
  backend: Backend,
  overrides: Partial<LoadedTowers> = {},
  tokenizer: Tokenizer | null = byteTokenizer(),
) {
  const batches: number[][] = [];
  const unit = (x: Tensor) => div(x, norm(x, "euclidean", -1, true));
  const meanAndMax = (x: Tensor) => concat([mean(x, 1, true), max(x, 1, true)], 1);
  const towers: LoadedTowers = {
    prepare: (samples) => samples,
    logMel: (samples) => ({ data: Float32Array.from(samples), frames: samples.length, melBins: 1 }),
    audio: (logMel) => {
      batches.push(logMel.shape);
      return meanAndMax(reshape(logMel, logMel.shape.slice(0, 2)));
    },
    text: (ids) => {
      batches.push(ids.shape);
      return meanAndMax(cast(ids, "float32"));
    },
    projectAudio: unit,
    projectText: unit,
    dispose: () => {},
    ...overrides,
  };
  const plan: ModelPlan = {
    name: "a model to follow by hand",
    embedDim: 2,
    preJointDim: { audio: 2, text: 2 },
    sampleRate: 8,
    clipSamples: 4,
    contextLength: 6,
    vocabularySize: 261,
    lengthPolicy: "same-input",
    parameters: [],
    names: { stored: (name) => [name], ignored: () => false },
    tokenizer: byteTokenizer,
    build: async () => towers,
  };
  return { model: new TwoTowerModel("small", plan, towers, backend, tokenizer ?? undefined), batches };
}
