import { clusterBootstrapMean, pairwiseSimilarity, tripletAccuracy } from "@irec/metrics";
import { doktorski, type SimilarityRule, tinysolTerms, tripletSet } from "@irec/ontology";
import ndarray from "ndarray";

/** One vector a line in, a sentence about their triplet accuracy out. */
export function score(text: string, rule: string): string {
  const rows = text
    .trim()
    .split("\n")
    .map((line) =>
      line
        .split(/[\s,;]+/)
        .filter(Boolean)
        .map(Number),
    );
  const dimensions = rows[0]!.length;
  if (rows.length !== tinysolTerms.length) throw new Error(`${rows.length} lines; expected ${tinysolTerms.length}`);
  const odd = rows.findIndex((row) => row.length !== dimensions);
  if (odd !== -1) throw new Error(`line ${odd + 1} has ${rows[odd]!.length} numbers, the first line ${dimensions}`);

  const triplets = tripletSet(doktorski, { terms: tinysolTerms, rule: rule as SimilarityRule });
  const embeddings = ndarray(rows.flat(), [rows.length, dimensions]);
  const { micro, perAnchor } = tripletAccuracy(pairwiseSimilarity(embeddings, embeddings), triplets.toArrays());
  const counts = { sums: perAnchor.correct, counts: perAnchor.total };
  const { low, high } = clusterBootstrapMean(counts, undefined, { seed: 1 });
  return `${percent(micro)} of ${triplets.size} triplets are right (95 % interval ${percent(low)} to ${percent(high)}).\nChance is 50 %.`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
