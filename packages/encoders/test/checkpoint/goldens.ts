import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import type { ByteSource, ReadOptions } from "../../src/bytes/byte-source.ts";
import type { Dtype } from "../../src/checkpoint/dtype.ts";

/** What torch itself sees in a tensor; both in base64, little-endian, row-major. */
export interface ExpectedTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values: string;
  readonly float32: string;
}

/** Made by tools/goldens/checkpoint.py. */
export const expected: {
  readonly "sha256 of the 63490 halves that are not NaN, as float32": string;
  /** The moments of AdamW in the training checkpoints. */
  readonly optimiser: readonly string[];
  readonly files: Readonly<Record<string, Readonly<Record<string, ExpectedTensor>>>>;
} = JSON.parse(readFileSync(new URL("goldens/expected.json", import.meta.url), "utf8"));

export const goldenPath = (file: string) => fileURLToPath(new URL(`goldens/${file}`, import.meta.url));
export const goldenBytes = (file: string) => new Uint8Array(readFileSync(goldenPath(file)));
export const golden = (file: string) => bufferSource(file, goldenBytes(file));

/** Bytes of a typed array in base64, to compare with what torch wrote. */
export const base64 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

/** A source that remembers which bytes were asked for. */
export function watched(source: ByteSource): ByteSource & { readonly reads: [start: number, end: number][] } {
  const reads: [number, number][] = [];
  return {
    ...source,
    reads,
    slice: (start: number, end: number, options?: ReadOptions) => {
      reads.push([start, end]);
      return source.slice(start, end, options);
    },
  };
}
