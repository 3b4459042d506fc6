import type { LoadOptions } from "@irec/encoders";
import { expect } from "vitest";

const encoders = "packages/encoders/test";

/** The small LAION-CLAP of the golden files: names and their paths from the workspace, and what no shape tells of it. */
export const tinyClap: { readonly files: Readonly<Record<string, string>>; readonly options: LoadOptions } = {
  files: {
    "tiny.pt": `${encoders}/models/goldens/clap/tiny.pt`,
    "vocab.json": `${encoders}/text/goldens/roberta-vocab.json`,
    "merges.txt": `${encoders}/text/goldens/roberta-merges.txt`,
  },
  options: { textHeads: 4, hopLength: 120, clipSeconds: 30_000 / 48_000 },
};

/** The largest difference between values and those of PyTorch, of which there are as many. */
export function largestGap(values: readonly number[], expected: ArrayLike<number>): number {
  expect(values.length).toBe(expected.length);
  return values.reduce((gap, value, i) => Math.max(gap, Math.abs(value - expected[i]!)), 0);
}

/** A mono WAV file of 32-bit floats. */
export function floatWav(samples: Float32Array, sampleRate: number): Uint8Array {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(4 * sampleRate, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(32, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, new Uint8Array(samples.buffer)]);
}
