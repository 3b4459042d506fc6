import type { TrainingKind } from "../training-kind.ts";
import { defaultContrastiveConfig, readContrastiveConfig } from "./contrastive-config.ts";
import { trainContrastive } from "./train-contrastive.ts";

/** Both towers of a MusCALL-style model and their projections, on clips and their captions. */
export const contrastiveKind: TrainingKind = {
  defaultConfig: defaultContrastiveConfig,
  keys: Object.keys(defaultContrastiveConfig),
  configure(fields, common) {
    const config = readContrastiveConfig(fields, common);
    return { run: (context) => trainContrastive(config, common, context) };
  },
};
