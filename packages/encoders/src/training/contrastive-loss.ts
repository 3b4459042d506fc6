/** `clip`: cross-entropy of each pair against the rest of the batch, in both directions. `weighted-clip`: pairs weighted by how alike their caption is to the others. */
export type ContrastiveLossName = "clip" | "weighted-clip";
