// A stranger's program against the published packages: type-checked, run in Node, and bundled and run without Node. What
// it returns is compared with literals in published.test.ts.
import type { TwoTower, Waveform } from "@irec/encoders";
import {
  clusterBootstrapMean,
  pairwiseSimilarity,
  rocAuc,
  ShapeError,
  type TripletAccuracy,
  topKAccuracy,
  tripletAccuracy,
} from "@irec/metrics";
import {
  doktorski,
  lcaDepth,
  type Taxonomy,
  type TaxonomyNode,
  taxonomyFromTree,
  tinysolTerms,
  tripletCsv,
  tripletSet,
  UnknownTermError,
} from "@irec/ontology";
import ndarray, { type NdArray } from "ndarray";

/** A user's own model: one that implements the published interface is a model to us. */
class SpellingModel implements TwoTower {
  readonly name = "spelling";
  readonly embedDim = 26;
  readonly sampleRate = 16_000;
  readonly contextLength = 77;

  async encodeAudio(clips: readonly Waveform[]) {
    const silence = ndarray(new Float32Array(clips.length * 26), [clips.length, 26]);
    return { preJoint: silence, joint: silence };
  }

  async encodeText(texts: readonly string[]) {
    const counts = Float32Array.from(
      texts.flatMap((text) =>
        Array.from({ length: 26 }, (_, i) => text.toLowerCase().split(String.fromCharCode(97 + i)).length - 1),
      ),
    );
    const vectors: NdArray<Float32Array> = ndarray(counts, [texts.length, 26]);
    return { preJoint: vectors, joint: vectors };
  }

  dispose() {}
}

export async function useLibraries() {
  const cello: TaxonomyNode = doktorski.find("cello");
  const own: Taxonomy = taxonomyFromTree(
    { name: "instrument", children: [{ name: "wind" }, { name: "stringed" }] },
    { name: "small", source: "a test" },
  );
  const triplets = tripletSet(doktorski, { terms: tinysolTerms });

  const { joint } = await new SpellingModel().encodeText(tinysolTerms.map(({ label }) => label));
  const accuracy: TripletAccuracy = tripletAccuracy(pairwiseSimilarity(joint, joint), triplets.toArrays());
  const { low, high } = clusterBootstrapMean(
    { sums: accuracy.perAnchor.correct, counts: accuracy.perAnchor.total },
    undefined,
    { seed: 1 },
  );

  return {
    cello: cello.id,
    leaves: own.leaves.map(({ name }) => name),
    depth: lcaDepth(doktorski, cello, doktorski.find("violin")),
    triplets: triplets.size,
    csv: [...tripletCsv(triplets)].join("").split("\r\n")[1],
    judged: accuracy.total,
    intervalHoldsEstimate: low <= accuracy.micro && accuracy.micro <= high,
    rocAuc: rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]),
    top2: topKAccuracy(ndarray([0.5, 0.3, 0.2, 0.1, 0.2, 0.7], [2, 3]), [1, 0], 2),
    errors: [nameOf(() => doktorski.find("cellos"), UnknownTermError), nameOf(() => rocAuc([0.1], [0, 1]), ShapeError)],
  };
}

/** The name of the error that `run` throws, when it is one of that class. */
function nameOf(run: () => unknown, expected: new (...args: never[]) => Error): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return error instanceof expected ? error.name : `another error: ${error}`;
  }
}
