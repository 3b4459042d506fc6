import { type ClapPlan, clapPlan } from "./clap-plan.ts";
import { type ClapNames, clapSizes } from "./clap-sizes.ts";
import { readClapConfig } from "./hugging-face-clap-config.ts";
import type { ModelFamily } from "./model-family.ts";

/** In the checkpoint, but not needed for embeddings. */
const ignored = [
  // Training only, in files of older converters.
  /^(audio|text)_transform\./,
  /^logit_scale_[at]$/,
  // Counters, and constants that are computed.
  /\.num_batches_tracked$/,
  /\.attn_mask$/,
  /\.relative_position_index$/,
  /^text_model\.embeddings\.(position_ids|token_type_ids)$/,
];

/** From the names of the LAION release; of each row the first that fits is taken. */
const renamed: readonly [laion: RegExp, huggingFace: string][] = [
  [/^text_branch\./, "text_model."],
  [/^(audio|text)_projection\.0\./, "$1_projection.linear1."],
  [/^(audio|text)_projection\.2\./, "$1_projection.linear2."],
  [/^audio_branch\.bn0\./, "audio_model.audio_encoder.batch_norm."],
  [/^audio_branch\./, "audio_model.audio_encoder."],
];

const renamedInBlocks: readonly [laion: string, huggingFace: string][] = [
  [".norm1.", ".layernorm_before."],
  [".norm2.", ".layernorm_after."],
  [".attn.proj.", ".attention.output.dense."],
  [".attn.", ".attention.self."],
  [".mlp.fc1.", ".intermediate.dense."],
  [".mlp.fc2.", ".output.dense."],
];

const names: ClapNames = {
  audioPrefix: "audio_model.audio_encoder.",
  textPrefix: "text_model.",
  stored(name) {
    const [pattern, prefix] = renamed.find(([laion]) => laion.test(name)) ?? [/^/, ""];
    let stored = name.replace(pattern, prefix);
    if (stored.includes(".blocks.")) {
      const [laion, huggingFace] = renamedInBlocks.find(([part]) => stored.includes(part)) ?? ["", ""];
      stored = stored.replace(laion, huggingFace);
    }
    if (!stored.includes(".qkv.")) return [stored];
    return ["query", "key", "value"].map((part) => stored.replace(".qkv.", `.${part}.`));
  },
  ignored: (name) => ignored.some((pattern) => pattern.test(name)),
};

/**
 * Checkpoints of Hugging Face's `ClapModel`, without feature fusion: laion/clap-htsat-unfused, laion/larger_clap_music and
 * others. `settings.config` is their config.json: it holds the epsilon of the text tower's layer norms, which is 1e-12 where
 * it is not said, other than in RoBERTa. Samples are read as they are, as by `ClapFeatureExtractor`.
 * @see transformers, `ClapModel`
 */
export const huggingFaceClap = {
  name: "LAION-CLAP (Hugging Face)",
  recognises: (stored) => [...stored].some((name) => name.startsWith("audio_model.audio_encoder.")),
  plan: (checkpoint, settings): ClapPlan => {
    const sizes = clapSizes(checkpoint.tensors, names);
    const config = readClapConfig(checkpoint.name, settings.config, sizes);
    return clapPlan(checkpoint, { family: "LAION-CLAP (Hugging Face)", names, quantised: false, ...config }, settings);
  },
} satisfies ModelFamily;
