// How well does a text encoder know the families of musical instruments? Here the encoder is a stand-in that knows
// nothing but spelling; put your model's embeddings in its place.
import { clusterBootstrapMean, pairwiseSimilarity, tripletAccuracy } from "@irec/metrics";
import { doktorski, tinysolTerms, tripletSet } from "@irec/ontology";
import ndarray from "ndarray";

const alphabet = [..."abcdefghijklmnopqrstuvwxyz"];
const letterCounts = (text) => alphabet.map((letter) => text.toLowerCase().split(letter).length - 1);

const triplets = tripletSet(doktorski, { terms: tinysolTerms, rule: "lca" });
const vectors = tinysolTerms.map(({ label }) => letterCounts(`A ${label} track`));
const embeddings = ndarray(vectors.flat(), [vectors.length, alphabet.length]);

const { micro, macro, ties, perAnchor } = tripletAccuracy(
  pairwiseSimilarity(embeddings, embeddings),
  triplets.toArrays(),
);
// The triplets of one anchor are not independent of each other, so the bootstrap draws whole anchors.
const counts = { sums: perAnchor.correct, counts: perAnchor.total };
const { low, high } = clusterBootstrapMean(counts, undefined, { seed: 1 });

console.log(`${triplets.size} triplets of ${tinysolTerms.length} instruments, ${ties} tied`);
console.log(
  `accuracy ${micro.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], mean over anchors ${macro.toFixed(3)}; chance is 0.5`,
);
