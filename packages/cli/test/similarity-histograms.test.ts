import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { evaluate } from "../src/evaluate.ts";
import { similarityHistograms } from "../src/experiments/similarity-histograms.ts";
import { similarities as naiveSimilarities } from "./naive-scores.ts";
import { randomRows, writeOneHot, writeStore } from "./small-store.ts";
import { temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

const matrix = (rows: readonly (readonly number[])[]) =>
  ndarray(Float64Array.from(rows.flat()), [rows.length, rows[0]!.length]);

/** The lower edges of the bins that hold something, as decimals, with their counts. */
function filled({ low, width }: { low: number; width: number }, counts: readonly number[]): [string, number][] {
  return counts.flatMap((count, i) => (count === 0 ? [] : [[(low + i * width).toFixed(2), count] as [string, number]]));
}

describe("histograms of cosine similarities", () => {
  const similarities = matrix([
    [0.31, 0.12, -0.2],
    [0.15, 0.14, 0.1499999],
    [1.0000000000000002, -1, 0.999],
  ]);
  const { similarity, topTwoDifference } = similarityHistograms(similarities, Int32Array.of(0, 2, 1), "cosine");

  it("have the study's 40 bins from -1 to 1", () => {
    expect([similarity.low, similarity.width, similarity.right.length, similarity.wrong.length]).toEqual([
      -1, 0.05, 40, 40,
    ]);
  });

  it("count a clip's own label apart from the others; an edge belongs to the bin above, 1 to the last", () => {
    expect(filled(similarity, similarity.right)).toEqual([
      ["-1.00", 1],
      ["0.10", 1],
      ["0.30", 1],
    ]);
    expect(filled(similarity, similarity.wrong)).toEqual([
      ["-0.20", 1],
      ["0.10", 2],
      ["0.15", 1],
      ["0.95", 2],
    ]);
  });

  it("count how far the first choice is ahead in steps of 0.01, at least the study's 29", () => {
    expect([topTwoDifference.low, topTwoDifference.width, topTwoDifference.counts.length]).toEqual([0, 0.01, 29]);
    expect(filled(topTwoDifference, topTwoDifference.counts)).toEqual([
      ["0.00", 2],
      ["0.19", 1],
    ]);
    const farAhead = similarityHistograms(matrix([[0.9, -0.1]]), Int32Array.of(0), "cosine").topTwoDifference;
    expect(farAhead.counts).toHaveLength(101);
    expect(farAhead.counts.at(-1)).toBe(1);
  });

  it("every edge is in its own bin, though the product of the edge and the bins per unit is rounded", () => {
    const edges = Array.from({ length: 40 }, (_, i) => (i - 20) / 20);
    const rows = matrix(edges.map((edge) => [edge, -1]));
    const { right } = similarityHistograms(rows, new Int32Array(40), "cosine").similarity;
    expect(right).toEqual(new Array(40).fill(1));
  });
});

describe("histograms of similarities without bounds", () => {
  it("have bins of a round width over what there is, and lose nothing", () => {
    const rows = matrix([
      [120, -35.5],
      [3, 77],
    ]);
    const { similarity, topTwoDifference } = similarityHistograms(rows, Int32Array.of(0, 0), "dot");
    expect([similarity.low, similarity.width, similarity.right.length]).toEqual([-40, 5, 33]);
    expect(filled(similarity, similarity.right)).toEqual([
      ["0.00", 1],
      ["120.00", 1],
    ]);
    expect(filled(similarity, similarity.wrong)).toEqual([
      ["-40.00", 1],
      ["75.00", 1],
    ]);
    expect(filled(topTwoDifference, topTwoDifference.counts)).toEqual([
      ["70.00", 1],
      ["155.00", 1],
    ]);
  });

  it("of equal values have one bin", () => {
    const rows = matrix([[7, 7]]);
    const { similarity, topTwoDifference } = similarityHistograms(rows, Int32Array.of(1), "dot");
    expect(similarity).toEqual({ low: 7, width: 1, right: [1], wrong: [1] });
    expect(topTwoDifference).toEqual({ low: 0, width: 1, counts: [1] });
  });
});

it("an evaluation counts every pair of a clip and a label, and every clip's difference", async () => {
  const folder = newFolder();
  const [audio, text] = [randomRows(1, 12, 3), randomRows(2, 3, 3)];
  const classes = Array.from({ length: 12 }, (_, i) => i % 3);
  const { experiments } = await evaluate({
    embeddings: writeStore(folder, {
      m: { arrays: { "audio/joint_space/d": audio, "text/joint_space/muscall_prompt": text } },
    }),
    groundTruth: writeOneHot(folder, ["violin", "viola", "flute"], classes),
    draws: 10,
  });
  const { similarity, topTwoDifference } = experiments["zero-shot"]![0]!.histograms;
  const right = new Array<number>(40).fill(0);
  const wrong = new Array<number>(40).fill(0);
  for (const [clip, row] of naiveSimilarities(audio, text, "cosine").entries()) {
    for (const [label, value] of row.entries())
      (label === classes[clip] ? right : wrong)[Math.floor((value + 1) / 0.05)]! += 1;
  }
  expect([similarity.right, similarity.wrong]).toEqual([right, wrong]);
  expect(topTwoDifference.counts.reduce((sum, count) => sum + count)).toBe(12);
  for (const row of experiments["audio-only"]!) {
    expect(row.histograms.similarity.right.reduce((sum, count) => sum + count)).toBe(12);
    expect(row.histograms.similarity.wrong.reduce((sum, count) => sum + count)).toBe(24);
  }
});
