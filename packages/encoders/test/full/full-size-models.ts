import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import ndarray from "ndarray";
import {
  type Checkpoint,
  laionClapFrontEnd,
  melBank,
  melMatrix,
  muscallFrontEnd,
  openCheckpointFile,
  type Tokenizer,
} from "../../src/node.ts";
import { counterIntegers, counterWeights } from "./counter-weights.ts";

/** Models of the published sizes with weights that are counted, as in `tools/goldens/full_size.py`. */

const json = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as T;

/** What the golden script recorded of its run. */
export const meta = json<{
  readonly seed: number;
  readonly weights: Readonly<Record<ModelName, { readonly tensors: number; readonly sha256: string }>>;
}>("goldens/meta.json");

export type ModelName = "laion-clap" | "muscall";
type Shapes = Readonly<Record<string, readonly number[]>>;

interface FullSizeModel {
  /** Names and shapes of a checkpoint, from PyTorch. */
  readonly shapes: Shapes;
  /** Those that are not written: integers, masks, what only training uses. */
  readonly left: RegExp;
  readonly filters: { readonly name: string; readonly values: () => Float64Array };
  readonly clipSamples: number;
  readonly tokens: { readonly vocabulary: number; readonly start: number; readonly end: number; readonly pad: number };
}

export const models: Record<ModelName, FullSizeModel> = {
  "laion-clap": {
    shapes: json<Record<string, Shapes>>("../models/goldens/clap/published.json")["HTSAT-base from LAION"]!,
    left: /^logit_scale|position_(ids|index)$|attn_mask$|num_batches_tracked$|conv_(real|imag)\.weight$|tscam_conv|\.head\.|_transform\./,
    filters: { name: "audio_branch.logmel_extractor.melW", values: () => melMatrix(melBank(laionClapFrontEnd)) },
    clipSamples: 480_000,
    tokens: { vocabulary: 50_265, start: 0, end: 2, pad: 1 },
  },
  muscall: {
    shapes: json<Shapes>("../models/goldens/muscall/names.json"),
    left: /^logit_scale|num_batches_tracked$|spectrogram\.window$/,
    filters: { name: "audio_backbone.spec.mel_scale.fb", values: () => melMatrix(melBank(muscallFrontEnd)) },
    clipSamples: 320_000,
    tokens: { vocabulary: 49_406, start: 49_406, end: 49_407, pad: 0 },
  },
};

/** What PyTorch makes of the model. */
export const openGolden = (name: ModelName): Promise<Checkpoint> =>
  openCheckpointFile(new URL(`goldens/${name}.safetensors`, import.meta.url).pathname);

/**
 * Writes a model's checkpoint as safetensors, one tensor after the other.
 * @returns the digest of all weights that were counted, for comparing them with those of PyTorch
 */
export async function writeCheckpoint(path: string, model: ModelName, golden: Checkpoint) {
  const { shapes, left, filters } = models[model];
  const names = Object.keys(shapes)
    .filter((name) => !left.test(name))
    .toSorted();
  let at = 0;
  const header = Object.fromEntries(
    names.map((name) => {
      const end = at + 4 * shapes[name]!.reduce((product, size) => product * size, 1);
      const entry = { dtype: "F32", shape: shapes[name]!, data_offsets: [at, end] };
      at = end;
      return [name, entry];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const digest = createHash("sha256");
  let tensors = 0;
  const file = await open(path, "w");
  try {
    await file.write(Buffer.concat([length, json]));
    for (const name of names) {
      const stored = `statistics.${name}`;
      if (name === filters.name) await file.write(bytesOf(Float32Array.from(filters.values())));
      else if (golden.tensors.has(stored)) await file.write(bytesOf(await golden.read(stored)));
      else {
        const bytes = bytesOf(counterWeights(name, shapes[name]!, meta.seed));
        digest.update(name).update(bytes);
        tensors += 1;
        await file.write(bytes);
      }
    }
  } finally {
    await file.close();
  }
  return { tensors, sha256: digest.digest("hex") };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

/** The clips of the golden file; see there. */
export function clipsOf(model: ModelName): Float32Array[] {
  const n = models[model].clipSamples;
  const saw = (first: number, last: number) =>
    Array.from({ length: n }, (_, i) => {
      // Below 2^53, so exact; the remainder is that of the floor, as in Python.
      const phase = first * i + Math.floor(((last - first) * i * i) / (2 * n));
      return ((((phase % 65_536) + 65_536) % 65_536) >> 2) - 8192;
    });
  const noise = (name: string, length: number) => counterIntegers(name, length, meta.seed);
  const clip0 = noise("clip0", n);
  const codes = [
    saw(150, 9000).map((code, i) => code + (clip0[i]! >>> 21) - 1024),
    Array.from(noise("clip1", n / 2), (integer) => (integer >>> 16) - 32_768),
    Array.from(noise("clip2", n), (integer) => (integer >>> 29) - 4),
    saw(2000, 100).fill(0, n / 4, n / 2),
  ];
  return codes.map((clip) => Float32Array.from(clip, (code) => code / 32_767));
}

/** How many tokens the texts of the golden file have between start and end. */
export const texts = [1, 4, 11, 30, 75].map(String);

/** Makes the token ids of the golden file: a text is the number of its tokens. */
export function countingTokenizer(model: ModelName): Tokenizer {
  const { vocabulary, start, end, pad } = models[model].tokens;
  const tokenize = (text: string) =>
    Int32Array.from(counterIntegers(`row${text}`, Number(text), meta.seed), (x) => (x % (vocabulary - 6)) + 3);
  const encode: Tokenizer["encode"] = (text, { contextLength = 77 } = {}) => {
    const row = [start, ...tokenize(text), end];
    const ids = new Int32Array(contextLength).fill(pad);
    ids.set(row);
    return { ids, attentionMask: new Uint8Array(contextLength).fill(1, 0, row.length), lostTokens: 0 };
  };
  return {
    vocabularySize: vocabulary,
    startId: start,
    endId: end,
    padId: pad,
    tokenize,
    encode,
    encodeBatch: (rows, options) => {
      const encoded = rows.map((row) => encode(row, options));
      const shape = [rows.length, encoded[0]?.ids.length ?? 0];
      return {
        ids: ndarray(Int32Array.from(encoded.flatMap(({ ids }) => [...ids])), shape),
        attentionMask: ndarray(Uint8Array.from(encoded.flatMap(({ attentionMask }) => [...attentionMask])), shape),
        lostTokens: new Int32Array(rows.length),
      };
    },
    decode: (ids) => [...ids].join(" "),
  };
}
