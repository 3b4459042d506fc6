import type { TrainingKind } from "../training-kind.ts";

/** Both towers of a MusCALL-style model and their projections, on clips and their captions. */
export const contrastiveKind: TrainingKind = {
  defaultConfig: {},
  keys: [],
  configure: () => ({
    run: () => Promise.reject(new Error("not there yet")),
  }),
};
