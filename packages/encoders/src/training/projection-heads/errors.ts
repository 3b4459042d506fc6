/**
 * Embeddings, labels, triplets or heads do not fit together, or nothing can be learned from them: mend the data. Nothing was
 * changed.
 */
export class TrainingDataError extends Error {
  override name = "TrainingDataError";
}
