import { type ClapPlan, clapPlan, PUBLISHED_IMAGE } from "./clap-plan.ts";
import type { ClapNames } from "./clap-sizes.ts";
import type { ModelFamily } from "./model-family.ts";

/** In the checkpoint, but not needed for embeddings. */
const ignored = [
  // The DFT as a convolution; the filters are used where they are.
  /^audio_branch\.(spectrogram_extractor|logmel_extractor)\./,
  // AudioSet tags.
  /^audio_branch\.(tscam_conv|head)\./,
  // Training only.
  /^(audio|text)_transform\./,
  /^logit_scale(_[at])?$/,
  // Counters, and constants that are computed.
  /\.num_batches_tracked$/,
  /(^|\.)attn_mask$/,
  /\.relative_position_index$/,
  /^text_branch\.embeddings\.(position_ids|token_type_ids)$/,
];

const QKV = ".attention.self.qkv.";

/** Text attention has three linear layers, audio attention one. */
const names: ClapNames = {
  audioPrefix: "audio_branch.",
  textPrefix: "text_branch.",
  stored: (name) =>
    name.includes(QKV)
      ? ["query", "key", "value"].map((part) => name.replace(QKV, `.attention.self.${part}.`))
      : [name],
  ignored: (name) => ignored.some((pattern) => pattern.test(name)),
};

/**
 * Checkpoints of LAION-CLAP's own trainer, without feature fusion: `music_audioset_epoch_15_esc_90.14.pt` and others.
 * @see Wu et al. 2023, "Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption
 *   augmentation"
 */
export const laionClap = {
  name: "LAION-CLAP",
  recognises: (stored) =>
    [...stored].some((name) => name.startsWith("audio_branch.") || name.startsWith("text_branch.")),
  plan: (checkpoint, settings): ClapPlan =>
    clapPlan(
      checkpoint,
      {
        family: "LAION-CLAP",
        names,
        textEpsilon: 1e-5,
        audioEpsilon: 1e-5,
        imageSize: PUBLISHED_IMAGE,
        textHeads: undefined,
        quantised: true,
      },
      settings,
    ),
} satisfies ModelFamily;
