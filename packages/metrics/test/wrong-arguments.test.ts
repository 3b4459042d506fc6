import ndarray from "ndarray";
import { expect, test } from "vitest";
import * as metrics from "../src/index.ts";

const { OptionError, ShapeError } = metrics;
/** As from JavaScript, where no compiler checks arguments. */
const untyped = metrics as unknown as Record<string, (...given: unknown[]) => unknown>;
const square = ndarray([0.9, 0.1, 0.8, 0.3], [2, 2]);
const triplets = { anchors: [0], positives: [0], negatives: [1] };
const sums = new metrics.ClassSums(2, 2);
sums.add(square, [0, 1]);
const resamples = metrics.bootstrapResamples(2, { draws: 2 });

/** A call with something else in the place of a vector, and the name of the argument. */
const vectors: [name: string, call: (wrong: unknown) => unknown][] = [
  ["labels", (wrong) => untyped.accuracy!(wrong, [1])],
  ["predictions", (wrong) => untyped.accuracy!([1], wrong)],
  ["labels", (wrong) => untyped.balancedAccuracy!(wrong, [1])],
  ["predictions", (wrong) => untyped.f1Scores!([1], wrong)],
  ["labels", (wrong) => untyped.confusionMatrix!(wrong, [0], 1)],
  ["labels", (wrong) => untyped.majorityBaseline!(wrong, 2)],
  ["labels", (wrong) => untyped.topKAccuracy!(square, wrong, 1)],
  ["labels", (wrong) => untyped.trueClassRanks!(square, wrong)],
  ["scores", (wrong) => untyped.rocAuc!(wrong, [1])],
  ["positive", (wrong) => untyped.averagePrecision!([1], wrong)],
  ["labels", (wrong) => untyped.macroRocAuc!(square, wrong)],
  ["labels", (wrong) => untyped.classCentroids!(square, wrong, 2)],
  ["labels", (wrong) => untyped.prototypeSimilarities!(square, wrong, 2)],
  ["folds", (wrong) => untyped.prototypeSimilarities!(square, [0, 1], 2, { exclude: { folds: wrong } })],
  ["anchors", (wrong) => untyped.tripletAccuracy!(square, { ...triplets, anchors: wrong })],
  ["negatives", (wrong) => untyped.tripletAccuracy!(square, { ...triplets, negatives: wrong })],
  ["groups", (wrong) => untyped.tripletAccuracyBy!(square, triplets, wrong, 1)],
  ["values", (wrong) => untyped.bootstrapMean!(wrong)],
  ["values", (wrong) => untyped.clusterBootstrapMean!(wrong)],
  ["values", (wrong) => untyped.quantile!(wrong, 0.5)],
  ["a", (wrong) => untyped.pairedPermutationTest!(wrong, [1])],
  ["b", (wrong) => untyped.pairedBootstrapDifference!([1], wrong)],
  ["labels", (wrong) => untyped.bootstrapClassification!(square, wrong, resamples)],
  ["numerators", (wrong) => untyped.bootstrapRatio!(wrong, resamples)],
  ["values", (wrong) => untyped.bootstrapMedian!(wrong, resamples)],
  ["a", (wrong) => untyped.mcnemarTest!(wrong, [1])],
  ["b", (wrong) => untyped.wilcoxonSignedRankTest!([1], wrong)],
  ["pValues", (wrong) => untyped.holmCorrection!(wrong)],
  ["a", (wrong) => untyped.pairedCohensD!(wrong, [1])],
  ["b", (wrong) => untyped.kendallTau!([1], wrong)],
  ["labels", (wrong) => untyped.mistakeSeverity!(wrong, [0], square)],
  ["folds", (wrong) => untyped.mapOutOfFold!(square, square, wrong, metrics.ridgeMap)],
];

test.each(vectors)("%s that is no array is refused with what came and what was expected, call %#", (name, call) => {
  for (const [wrong, came] of [
    [null, "null"],
    [undefined, "undefined"],
    [3, "3"],
    ["abc", '"abc"'],
    [new Set([1]), "a Set"],
    [new Map(), "a Map"],
    [{}, "an Object"],
    [{ length: -1 }, "an Object"],
    [Promise.resolve([1]), "a Promise"],
    [() => [1], "a Function"],
    [new ArrayBuffer(8), "an ArrayBuffer"],
  ] as const) {
    expect(() => call(wrong)).toThrow(ShapeError);
    expect(() => call(wrong)).toThrow(`${name} is ${came}, expected an array, typed array or ndarray of shape [n]`);
  }
});

/** A call with something else in the place of a matrix, and the name of the argument. */
const matrices: [name: string, call: (wrong: unknown) => unknown][] = [
  ["a", (wrong) => untyped.pairwiseSimilarity!(wrong, square)],
  ["b", (wrong) => untyped.pairwiseSimilarity!(square, wrong)],
  ["b", (wrong) => untyped.similarityTo!(wrong)],
  ["scores", (wrong) => untyped.argmax!(wrong)],
  ["scores", (wrong) => untyped.topKAccuracy!(wrong, [0], 1)],
  ["scores", (wrong) => untyped.macroAveragePrecision!(wrong, [0])],
  ["similarities", (wrong) => untyped.recallAtK!(wrong, 1)],
  ["similarities", (wrong) => untyped.ndcg!(wrong, { direction: "columns" })],
  ["similarities", (wrong) => untyped.retrievalPerQuery!(wrong)],
  ["similarities", (wrong) => untyped.retrievalBothWays!(wrong)],
  ["similarities", (wrong) => untyped.tripletAccuracy!(wrong, triplets)],
  ["embeddings", (wrong) => untyped.classCentroids!(wrong, [0], 1)],
  ["embeddings", (wrong) => untyped.prototypeSimilarities!(wrong, [0], 1)],
  ["embeddings", (wrong) => new metrics.ClassSums(1, 1).add(wrong as never, [0])],
  ["scores", (wrong) => untyped.bootstrapClassification!(wrong, [0, 1], resamples)],
  ["heights", (wrong) => untyped.mistakeSeverity!([0], [0], wrong)],
  ["values", (wrong) => untyped.kendallW!(wrong)],
  ["a", (wrong) => untyped.modalityGap!(wrong, square)],
  ["b", (wrong) => untyped.alignment!(square, wrong)],
  ["embeddings", (wrong) => untyped.uniformity!(wrong)],
  ["embeddings", (wrong) => untyped.anisotropy!(wrong)],
  ["embeddings", (wrong) => untyped.collapse!(wrong)],
  ["embeddings", (wrong) => untyped.effectiveRank!(wrong)],
  ["similarities", (wrong) => untyped.hubness!(wrong)],
  ["similarities", (wrong) => untyped.topMargins!(wrong)],
  ["x", (wrong) => untyped.ridgeMap!(wrong, square)],
  ["y", (wrong) => untyped.orthogonalMap!(square, wrong)],
  ["a", (wrong) => metrics.leaveOneOutSimilarityTo(sums)(wrong as never, [0])],
];

test.each(matrices)("%s that is no ndarray is refused with what came and how to wrap it, call %#", (name, call) => {
  for (const [wrong, came] of [
    [[[1, 2]], "an Array of length 1"],
    [new Float32Array(4), "a Float32Array of length 4"],
    [undefined, "undefined"],
    [null, "null"],
    [{ data: [1, 2], shape: [1, 2] }, "an Object"],
    [new Set([1]), "a Set"],
  ] as const) {
    expect(() => call(wrong)).toThrow(ShapeError);
    expect(() => call(wrong)).toThrow(
      `${name} is ${came}, expected an ndarray of shape [n, d]; wrap it: ndarray(data, [n, d])`,
    );
  }
});

test("a block that is no ndarray is refused where blocks come in pieces", async () => {
  const blocks = metrics.similarityBlocks([[[1, 2]]] as never, square);
  await expect(blocks.next()).rejects.toThrow("a is an Array of length 1, expected an ndarray of shape [n, d]");
});

test("an error about what is no array has an empty shape", () => {
  try {
    untyped.accuracy!(null, [1]);
    throw new Error("expected a ShapeError");
  } catch (error) {
    expect(error).toMatchObject({ name: "ShapeError", argument: "labels", shape: [] });
  }
});

test("options, functions and groups of arrays of another kind are refused by name", () => {
  const wrong: [() => unknown, string][] = [
    [() => untyped.tripletAccuracy!(square), "triplets is undefined, expected { anchors, positives, negatives }"],
    [() => untyped.bootstrapInterval!(3), "statistic is undefined, expected a function"],
    [() => untyped.retrievalPerQuery!(square, { ks: 5 }), "ks is 5, expected an array of integers, such as [1, 5, 10]"],
    [() => untyped.prototypeSimilarities!(square, [0, 1], 2, { exclude: null }), 'exclude is null, expected "nothing"'],
    [
      () => untyped.topKAccuracy!(square, [0, 1], [1, 5]),
      "k is an Array of length 2, expected an integer of at least 1",
    ],
    [() => untyped.bootstrapResamples!([1]), "items is an Array of length 1, expected an integer of at least 1"],
    [() => untyped.bootstrapRatio!([1]), "resamples is undefined, expected what bootstrapResamples returned"],
    [() => untyped.bootstrapClassification!(square, [0, 1], resamples, { ks: 5 }), "ks is 5, expected an array"],
    [() => untyped.bootstrapDistributionInterval!([1]), "distribution is an Array of length 1, expected a bootstrap"],
    [() => untyped.bootstrapDifference!(null), "a is null, expected a bootstrap distribution"],
    [() => untyped.comparisonVerdict!(3, 0.5), "difference is 3, expected an interval { low, high }"],
    [() => untyped.cohensH!("1", 0), 'a is "1", expected a proportion in [0, 1]'],
    [() => untyped.applyLinearMap!(square, square), "map is an Object, expected a map { matrix, offset }"],
    [() => untyped.mapOutOfFold!(square, square, [0, 1], null), "fit is null, expected a function from x and y"],
    [() => untyped.xoshiro128!(Object.create(null)), "seed is an Object, expected an integer"],
  ];
  for (const [call, message] of wrong) {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  }
});

test("numbers of classes that would need more memory than there is are refused, with the limit", () => {
  const { classCentroids, ClassSums, confusionMatrix, majorityBaseline, prototypeSimilarities, tripletAccuracyBy } =
    metrics;
  const wrong: [() => unknown, string][] = [
    [
      () => confusionMatrix([0], [0], 100_000),
      "classCount is 100000, expected an integer of at least 1 and at most 16384",
    ],
    [
      () => majorityBaseline([0], 2 ** 31),
      "classCount is 2147483648, expected an integer of at least 1 and at most 16777216",
    ],
    [() => tripletAccuracyBy(square, triplets, [0], 2 ** 31), "groupCount is 2147483648, expected an integer"],
    [() => new ClassSums(2 ** 31, 1), "classCount is 2147483648, expected an integer"],
    [() => new ClassSums(2 ** 20, 2 ** 20), "dimension is 1048576, expected an integer of at least 1 and at most 128"],
    [() => classCentroids(square, [0, 1], 2 ** 31), "classCount is 2147483648"],
    [() => prototypeSimilarities(square, [0, 1], 2 ** 31), "classCount is 2147483648"],
  ];
  for (const [call, message] of wrong) {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  }
  expect(confusionMatrix([2_999], [0], 3_000).get(2_999, 0)).toBe(1);
});
