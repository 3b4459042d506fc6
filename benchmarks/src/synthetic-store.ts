import { existsSync, mkdirSync, renameSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/** The study's labels, in its order. */
const labels =
  "bass tuba,french horn,trombone,trumpet,accordion,contrabass,violin,viola,cello,bassoon,clarinet,flute,oboe,alto saxophone".split(
    ",",
  );

export interface SyntheticStore {
  /** The embedding store, as `irec evaluate --embeddings` reads it. */
  readonly store: string;
  readonly audio: string;
  readonly text: string;
  readonly groundTruth: string;
}

/**
 * The files of a made-up model: `rows` audio embeddings of 14 classes, one text embedding a class, one-hot ground truth.
 * Made once for each size and kept; every byte follows from the seed.
 *
 * An embedding is uniform noise plus its class's direction, weak enough that some six in ten are nearest to their own
 * class: with perfect scores, sorting them would be easier than real work.
 */
export async function syntheticStore(folder: string, rows: number, dimensions: number): Promise<SyntheticStore> {
  const root = join(folder, `synthetic-${rows}x${dimensions}`);
  const files = {
    store: join(root, "store"),
    audio: join(root, "store/synthetic/audio/joint_space/synthetic.npy"),
    text: join(root, "store/synthetic/text/joint_space/muscall_prompt.npy"),
    groundTruth: join(root, "groundtruth.csv"),
  };
  if (existsSync(root)) return files;

  // Written beside its place and renamed when complete, so that an interrupted run leaves nothing that looks finished.
  const draft = `${root}.part`;
  const inDraft = (path: string) => join(draft, path.slice(root.length));
  mkdirSync(join(draft, "store/synthetic/audio/joint_space"), { recursive: true });
  mkdirSync(join(draft, "store/synthetic/text/joint_space"), { recursive: true });
  const random = randomSource(2407);
  const directions = labels.map(() => Float32Array.from({ length: dimensions }, random));
  // Along any direction the noise has the standard deviation sqrt(1/3); a class stands out by two of them.
  const strength = 2 / Math.sqrt(dimensions);

  await writeMatrix(inDraft(files.text), labels.length, dimensions, (row, target) => {
    for (let k = 0; k < dimensions; k++) target[k] = directions[row]![k]! + 0.3 * random();
  });
  await writeMatrix(inDraft(files.audio), rows, dimensions, (row, target) => {
    const direction = directions[row % labels.length]!;
    for (let k = 0; k < dimensions; k++) target[k] = random() + strength * direction[k]!;
  });
  const cells = labels.map((_, label) => labels.map((_, i) => (i === label ? "1" : "0")).join(","));
  await write(inDraft(files.groundTruth), async (file) => {
    await file.write(`song,${labels.join(",")}\n`);
    for (let start = 0; start < rows; start += 10_000) {
      let lines = "";
      for (let row = start; row < Math.min(start + 10_000, rows); row++)
        lines += `clip-${String(row).padStart(7, "0")},${cells[row % labels.length]}\n`;
      await file.write(lines);
    }
  });
  renameSync(draft, root);
  return files;
}

/** Uniform numbers in [-1, 1): Marsaglia's xorshift32, which is fast and good enough for noise. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

/** Writes a float32 .npy file (version 1.0, C order), 4096 rows at a time. */
async function writeMatrix(
  path: string,
  rows: number,
  columns: number,
  fill: (row: number, target: Float32Array) => void,
): Promise<void> {
  await write(path, async (file) => {
    await file.write(npyHeader(rows, columns));
    const block = new Float32Array(4096 * columns);
    for (let start = 0; start < rows; start += 4096) {
      const count = Math.min(4096, rows - start);
      for (let i = 0; i < count; i++) fill(start + i, block.subarray(i * columns, (i + 1) * columns));
      await file.write(new Uint8Array(block.buffer, 0, count * columns * 4));
    }
  });
}

/** Magic, version, header length, a Python dict padded with spaces to a multiple of 64 bytes. */
function npyHeader(rows: number, columns: number): Buffer {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, length & 0xff, length >> 8]);
  return Buffer.concat([start, Buffer.from(`${dict.padEnd(length - 1)}\n`, "latin1")]);
}

async function write(path: string, content: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, "w");
  try {
    await content(file);
  } finally {
    await file.close();
  }
}
