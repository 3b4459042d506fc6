import { join } from "node:path";
import { type RandomSource, xoshiro128 } from "@irec/ontology";
import { type Rows, writeMetadata, writeStore } from "../small-store.ts";
import { put } from "../temp-folder.ts";

/** Three families of instruments, two labels each, of which the ontology knows how they are related. */
export const LABELS = ["violin", "viola", "flute", "piccolo", "trumpet", "tuba", "guitar", "harp"] as const;
const CLIPS_OF_EACH = 12;
const FOLDS = 3;
const SIZE = { concept: 12, audio: 10, text: 9, joint: 8 };

/**
 * A store with one model, `small`: clips and texts are views of what an instrument is, with noise. The own joint space of the
 * model knows nothing of it. Every number follows from a seed.
 * @returns paths of the store and of ground truth with folds
 */
export function writeInstrumentStore(folder: string, options: { readonly withoutJointAudio?: boolean } = {}) {
  const random = xoshiro128(11);
  const concepts = LABELS.map((_, i) => vectorOf(random, SIZE.concept, 1, (k) => (k % 8 === i ? 4 : 0)));
  const view = (size: number) => {
    const matrix = Array.from({ length: size }, () => vectorOf(random, SIZE.concept, 1));
    return (concept: readonly number[], noise: number) =>
      matrix.map((row) => row.reduce((sum, w, k) => sum + w * concept[k]!, 0) + noise * uniform(random));
  };
  const [hear, read] = [view(SIZE.audio), view(SIZE.text)];
  const clips = LABELS.flatMap((_, own) => Array.from({ length: CLIPS_OF_EACH }, (_, i) => ({ own, fold: i % FOLDS })));
  const noise = (rows: number, columns: number): Rows =>
    Array.from({ length: rows }, () => vectorOf(random, columns, 1));
  const texts = (amount: number) => concepts.map((concept) => read(concept, amount));
  const store = writeStore(folder, {
    small: {
      arrays: {
        "audio/pre_joint/notes": clips.map(({ own }) => hear(concepts[own]!, 1.5)),
        ...(!options.withoutJointAudio && { "audio/joint_space/notes": noise(clips.length, SIZE.joint) }),
        "text/pre_joint/plain": texts(0.5),
        "text/joint_space/plain": noise(LABELS.length, SIZE.joint),
        "text/pre_joint/sound_of": texts(0.5),
        "text/joint_space/sound_of": noise(LABELS.length, SIZE.joint),
        "text/pre_joint/denied": texts(0.5),
        "text/joint_space/denied": noise(LABELS.length, SIZE.joint),
      },
      manifest: {
        schemaVersion: 1,
        model: "small",
        datasets: { notes: { clipIds: clips.map((_, i) => `clip-${i}`) } },
        promptSets: {
          plain: { labels: LABELS },
          sound_of: { labels: LABELS },
          denied: { labels: LABELS, negates: "plain" },
        },
      },
    },
  });
  return { store, groundTruth: writeMetadata(folder, LABELS, clips) };
}

/** Writes a configuration; returns its path. */
export const writeConfig = (folder: string, config: object): string =>
  put(join(folder, "train.json"), JSON.stringify({ schemaVersion: 1, ...config }));

const uniform = (random: RandomSource) => 2 * random.nextDouble() - 1;

function vectorOf(random: RandomSource, size: number, scale: number, mean: (k: number) => number = () => 0): number[] {
  return Array.from({ length: size }, (_, k) => mean(k) + scale * uniform(random));
}
