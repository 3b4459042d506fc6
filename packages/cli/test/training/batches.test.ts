import { join } from "node:path";
import type { ContrastiveTrainer, LogMel } from "@irec/encoders";
import * as encoders from "@irec/encoders";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { npyBytes } from "../../src/npy/write-npy.ts";
import { Batches } from "../../src/training/contrastive/batches.ts";
import { BoundedCache } from "../../src/training/contrastive/bounded-cache.ts";
import type { ContrastiveConfig } from "../../src/training/contrastive/contrastive-config.ts";
import { drawsFor, shuffled } from "../../src/training/contrastive/draws.ts";
import { readNpyWaveform } from "../../src/training/contrastive/npy-waveform.ts";
import type { PairSet } from "../../src/training/contrastive/training-data.ts";
import { planValidation, selectionValue } from "../../src/training/contrastive/validation.ts";
import { npyFile } from "../npy-bytes.ts";
import { put, temporaryFolders } from "../temp-folder.ts";

const newFolder = temporaryFolders();

/** Samples that a model reads at once. */
const N = 4;

/** A trainer whose spectrograms are the samples themselves; `made` counts them. */
function plainTrainer(): ContrastiveTrainer & { made: number } {
  const trainer = {
    made: 0,
    clipSamples: N,
    config: { sampleRate: 8000 },
    logMel(samples: Float32Array): LogMel {
      trainer.made += 1;
      return { data: Float32Array.from(samples), frames: samples.length, melBins: 1 };
    },
  };
  return trainer as unknown as ContrastiveTrainer & { made: number };
}

/** Clips of the samples 1, 2, 3, ... of some lengths, each with two captions. */
function countingClips(lengths: readonly number[]): PairSet {
  const folder = newFolder();
  const pairs = lengths.map((length, index) => {
    const samples = Float32Array.from({ length }, (_, i) => i + 1);
    const path = put(join(folder, `${index}.npy`), npyBytes(ndarray(samples, [length])));
    const tokenIds = [Int32Array.of(index, 0), Int32Array.of(index, 1)];
    return { index, place: "", id: "", captions: ["", ""], path, tokenIds };
  });
  return { pairs, captionEmbeddings: undefined, sha256: "", remarks: [] };
}

function batchesOf(
  changes: { randomCrop?: boolean; augmentation?: encoders.Augmentation } = {},
  trainer = plainTrainer(),
) {
  const { randomCrop = true, augmentation } = changes;
  const config = { data: { cacheBytes: 1000, randomCrop }, augmentation } as unknown as ContrastiveConfig;
  return new Batches(encoders, trainer, config, 5);
}

const clipsOf = ({ logMels }: encoders.TrainingBatch) => logMels!.map(({ data }) => [...data]);
const rows = (...numbers: number[]) => Int32Array.from(numbers);

describe("a batch for training", () => {
  it("has short clips whole with silence behind them, and long ones from every place but the last, as MusCALL has", async () => {
    const set = countingClips([2, 4, 7]);
    const batches = batchesOf();
    const starts = new Set<number>();
    for (let epoch = 0; epoch < 60; epoch++) {
      const [short, whole, long] = clipsOf(await batches.training(set, rows(0, 1, 2), epoch));
      expect([short, whole]).toEqual([
        [1, 2, 0, 0],
        [1, 2, 3, 4],
      ]);
      const first = long![0]!;
      expect(long).toEqual([first, first + 1, first + 2, first + 3]);
      starts.add(first - 1);
    }
    expect([...starts].sort()).toEqual([0, 1, 2]); // of 0 to 3
  });

  it("has the middle of long clips when nothing is to be drawn, the earlier of two middles", async () => {
    const batch = await batchesOf({ randomCrop: false }).training(countingClips([7, 8]), rows(0, 1), 0);
    expect(clipsOf(batch)).toEqual([
      [2, 3, 4, 5],
      [3, 4, 5, 6],
    ]);
  });

  it("takes one caption of each clip, another one in other epochs; in validation the first", async () => {
    const set = countingClips([4, 4]);
    const batches = batchesOf();
    const taken = new Set<number>();
    for (let epoch = 0; epoch < 20; epoch++) {
      const { tokenIds } = await batches.training(set, rows(1, 0), epoch);
      expect([tokenIds.shape, tokenIds.get(0, 0), tokenIds.get(1, 0)]).toEqual([[2, 2], 1, 0]);
      taken.add(tokenIds.get(0, 1));
    }
    expect([...taken].sort()).toEqual([0, 1]);
    expect((await batches.validation(set, rows(0, 1))).tokenIds.get(1, 1)).toBe(0);
  });

  it("depends on seed, epoch and pair alone: whatever was asked for before, and whichever pairs are in it", async () => {
    const set = countingClips([30, 40, 50]);
    const augmentation = { ...encoders.muscallAugmentation, polarity: 0.5, gain: 0.5, noise: 0, pitch: 0 };
    const [all] = [await batchesOf({ augmentation }).training(set, rows(0, 1, 2), 3)];
    const other = batchesOf({ augmentation });
    await other.training(set, rows(0, 2), 1);
    expect(clipsOf(await other.training(set, rows(2, 1), 3))).toEqual([clipsOf(all)[2], clipsOf(all)[1]]);
  });

  it("computes the spectrogram of a clip once when the clip is the same in each epoch", async () => {
    const trainer = plainTrainer();
    const set = countingClips([2, 7]);
    const batches = batchesOf({}, trainer);
    for (let epoch = 0; epoch < 5; epoch++) await batches.training(set, rows(0), epoch);
    expect(trainer.made).toBe(2); // the first time, its length was not known
    for (let epoch = 0; epoch < 5; epoch++) await batches.validation(set, rows(1));
    expect(trainer.made).toBe(3);
  });

  it("has the cosines of its captions' embeddings, by the pairs' places in the list", async () => {
    const set = countingClips([4, 4, 4]);
    const captionEmbeddings = ndarray(Float32Array.of(9, 9, 3, 4, 0, 2, 0, 0), [4, 2]);
    const skipped = { ...set, captionEmbeddings, pairs: set.pairs.map((pair) => ({ ...pair, index: pair.index + 1 })) };
    const { captionSimilarity } = await batchesOf().training(skipped, rows(1, 0, 2), 0);
    expect(captionSimilarity!.shape).toEqual([3, 3]);
    // (0, 2) and (3, 4): 8 / (2 * 5); a vector of zeros is like nothing.
    const expected = [1, 0.8, 0, 0.8, 1, 0, 0, 0, 0];
    Array.from(captionSimilarity!.data).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 14);
    });
  });
});

describe("a .npy waveform", () => {
  const part = (start: number, count: number) => () => ({ start, count });

  it("is the mean of both channels, whichever order the file has", async () => {
    const folder = newFolder();
    const rowMajor = put(join(folder, "c.npy"), npyBytes(ndarray(Float64Array.of(1, 2, 3, 5, 6, 7.5), [2, 3])));
    expect([...(await readNpyWaveform(rowMajor, part(1, 2)))]).toEqual([4, 5.25]);
    const header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
    const interleaved = npyFile(header, new Uint8Array(Float32Array.of(1, 5, 2, 6, 3, 7.5).buffer));
    expect([...(await readNpyWaveform(put(join(folder, "f.npy"), interleaved), part(1, 2)))]).toEqual([4, 5.25]);
  });

  it("may have its one channel as a row", async () => {
    const path = put(join(newFolder(), "a.npy"), npyBytes(ndarray(Float32Array.of(1, 2, 3), [1, 3])));
    expect([...(await readNpyWaveform(path, (length) => ({ start: 0, count: length })))]).toEqual([1, 2, 3]);
  });
});

describe("what is drawn", () => {
  it("is the same for the same purpose, and differs from epoch to epoch and from seed to seed", () => {
    const order = (seed: number, epoch: number) => [...shuffled(50, drawsFor(seed, "order", epoch))].join();
    expect(order(1, 2)).toBe(order(1, 2));
    expect(new Set([order(1, 2), order(1, 3), order(2, 2), order(12, 0), order(1, 20)]).size).toBe(5);
  });

  it("is a permutation, and each of those of three is as likely", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = [...shuffled(3, drawsFor(0, "order", i))].join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["012", "021", "102", "120", "201", "210"]);
    // Four standard deviations of a binomial of 6000 and 1 / 6.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(116);
  });
});

describe("a plan of validation", () => {
  it("has whole batches, or one smaller one of all there is; retrieval is on the same clips each time", () => {
    const plan = (count: number) => planValidation(count, { batchSize: 4, retrievalClips: 3, seed: 1 });
    expect(plan(11).batches.map((some) => [...some])).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    expect(plan(3).batches.map((some) => [...some])).toEqual([[0, 1, 2]]);
    expect(plan(11).retrieval).toHaveLength(3);
    expect(plan(11).retrieval).toEqual(plan(11).retrieval);
    expect([...plan(3).retrieval]).toEqual([0, 1, 2]);
  });

  it("knows what the best model has most of", () => {
    const scores = {
      loss: 2,
      textToAudio: { r1: 0.1, r5: 0.2, r10: 0.3, medianRank: 4 },
      audioToText: { r1: 0.5, r5: 0.6, r10: 0.7, medianRank: 2 },
    };
    const values = (["text-to-audio-r1", "text-to-audio-r10", "audio-to-text-r5", "validation-loss"] as const).map(
      (metric) => selectionValue(metric, scores),
    );
    expect(values).toEqual([0.1, 0.3, 0.6, -2]);
  });
});

it("a bounded cache forgets what was not asked for the longest, and never holds more than its bound", () => {
  const cache = new BoundedCache<string>(10);
  cache.set("a", "A", 4);
  cache.set("b", "B", 4);
  cache.get("a");
  cache.set("c", "C", 4);
  expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual(["A", undefined, "C"]);
  cache.set("d", "D", 11);
  expect(["a", "c", "d"].map((key) => cache.get(key))).toEqual(["A", "C", undefined]);
  cache.set("a", "A2", 9);
  expect(["a", "c"].map((key) => cache.get(key))).toEqual(["A2", undefined]);
});
