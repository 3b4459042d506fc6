import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bufferSource } from "../../packages/encoders/src/bytes/buffer-source.ts";
import type { ByteSource } from "../../packages/encoders/src/bytes/byte-source.ts";
import { type Checkpoint, openCheckpoint } from "../../packages/encoders/src/checkpoint/checkpoint.ts";
import { crc32 } from "../../packages/encoders/src/checkpoint/crc32.ts";
import { elementsOf } from "../../packages/encoders/src/checkpoint/dtype.ts";
import type { TensorValues } from "../../packages/encoders/src/checkpoint/elements.ts";
import { CheckpointError } from "../../packages/encoders/src/checkpoint/errors.ts";

/** What is mutated. `torch-zip-pickle` mends the checksum of a mutated pickle, so that the unpickler gets to see it. */
export const TARGETS = {
  "torch-zip": ["training.pt", "views.pt", "protocol-4.pt", "state-dict.bin", "evil.pt"],
  "torch-zip-pickle": ["training.pt", "views.pt", "protocol-5.pt", "parameters.pt", "evil.pt"],
  "torch-legacy": ["training-legacy.pt", "views-legacy.pt", "evil-legacy.pt"],
  safetensors: ["dtypes.safetensors", "sharded-safetensors/model-00002-of-00002.safetensors"],
  sharded: ["sharded-safetensors/model.safetensors.index.json", "sharded-bin/pytorch_model.bin.index.json"],
} as const;
export type Target = keyof typeof TARGETS;

/** What came of it. */
export interface FuzzReport {
  readonly files: number;
  /** Files that opened, and how many of their tensors were read. */
  readonly opened: number;
  readonly tensors: number;
  /** Tensors whose bytes were not touched, and whose values had to be right. */
  readonly compared: number;
  /** How often each class of error came. */
  readonly errors: Readonly<Record<string, number>>;
  readonly slowestMilliseconds: number;
  readonly peakMebibytes: number;
}

/** A file may take this long of the processor, however it is built; a sound one of this size takes a millisecond. */
const MOST_MILLISECONDS = 2_000;
/** Of the whole process: one expanded tensor may take 128 MiB, and the heap is swept late. */
const MOST_MEBIBYTES = 1_024;

interface Seed {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** The other files, of a sharded checkpoint. */
  readonly others: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly tensors: ReadonlyMap<string, { readonly values: TensorValues; readonly ranges: readonly Range[] }>;
  /** Bytes that are no numbers: a change to others must not keep the file from opening. */
  readonly describing: readonly Range[];
  /**
   * Whether those bytes are guarded, by a checksum or by being there twice. If not, a change may rightly give other
   * tensors: a header of safetensors with another name is a sound header.
   */
  readonly guarded: boolean;
  /** Most mutations go here. */
  readonly hot: readonly Range[];
  /** Of a zip: its pickle, and where the checksum of the pickle stands. */
  readonly pickle: { readonly range: Range; readonly checksumAt: number } | undefined;
}
type Range = readonly [start: number, end: number];

/**
 * Opens and reads mutated checkpoints. Only a CheckpointError may come of them, or tensors of the shape that they claim;
 * and a tensor whose bytes nobody touched has its values.
 * @param goldens - the folder with the sound files
 * @param first - the number of the first file; file n of a seed is always the same
 * @throws {Error} with the number of the file that breaks this
 */
export async function fuzzCheckpoints(
  target: Target,
  goldens: string,
  {
    mutations,
    seed,
    first = 0,
    onProgress,
  }: {
    readonly mutations: number;
    readonly seed: number;
    readonly first?: number;
    readonly onProgress?: (done: number) => void;
  },
): Promise<FuzzReport> {
  const seeds = await Promise.all(TARGETS[target].flatMap((file) => prepare(target, goldens, file)));
  const all = seeds.flat();
  const errors: Record<string, number> = {};
  const report = { files: 0, opened: 0, tensors: 0, compared: 0, slowestMilliseconds: 0, peakMebibytes: 0 };
  const count = (error: unknown) => {
    if (!(error instanceof CheckpointError)) throw error;
    errors[error.name] = (errors[error.name] ?? 0) + 1;
  };
  for (let n = first; n < first + mutations; n++) {
    const random = randomStream(seed, n);
    const origin = all[n % all.length]!;
    const { bytes, touched } = mutate(target, origin, all, random);
    const started = process.cpuUsage();
    try {
      const checkpoint = await open(origin, bytes).catch(count);
      if (checkpoint !== undefined) {
        report.opened++;
        const { read, compared } = await readAll(checkpoint, origin, touched, random, count);
        report.tensors += read;
        report.compared += compared;
      } else if (touched !== undefined && !origin.describing.some((range) => meets(touched, range))) {
        throw new Error("refused, although only numbers were changed");
      }
      const { user, system } = process.cpuUsage(started);
      const took = (user + system) / 1000;
      report.slowestMilliseconds = Math.max(report.slowestMilliseconds, took);
      if (took > MOST_MILLISECONDS) throw new Error(`took ${Math.round(took)} ms`);
      report.peakMebibytes = Math.max(report.peakMebibytes, process.memoryUsage.rss() / 2 ** 20);
      if (report.peakMebibytes > MOST_MEBIBYTES)
        throw new Error(`memory rose to ${Math.round(report.peakMebibytes)} MiB`);
    } catch (cause) {
      throw new Error(`${target}, seed ${seed}, file ${n} (${origin.file} mutated): ${String(cause)}`, { cause });
    }
    report.files++;
    if (onProgress !== undefined && report.files % 1000 === 0) onProgress(report.files);
  }
  return { ...report, errors };
}

function open(
  { file, others }: Pick<Seed, "file" | "others">,
  bytes: Uint8Array,
  watch?: (range: Range) => void,
): Promise<Checkpoint> {
  const watched = (source: ByteSource): ByteSource => ({
    ...source,
    slice: (start, end, options) => {
      watch?.([start, end]);
      return source.slice(start, end, options);
    },
  });
  const main = watched(bufferSource(file, bytes));
  return openCheckpoint([main, ...others.map((other) => bufferSource(other.name, other.bytes))], {
    allowOpaque: file.startsWith("evil"),
  });
}

async function readAll(
  checkpoint: Checkpoint,
  origin: Seed,
  touched: readonly Range[] | undefined,
  random: Random,
  count: (error: unknown) => void,
): Promise<{ read: number; compared: number }> {
  const onlyNumbers = touched !== undefined && !origin.describing.some((range) => meets(touched, range));
  const names = [...checkpoint.tensors.keys()];
  const asFloat = names[random(names.length)];
  let read = 0;
  let compared = 0;
  for (const [name, { shape }] of checkpoint.tensors) {
    const values = await checkpoint.readValues(name).catch(count);
    if (values === undefined) continue;
    read++;
    if (values.length !== elementsOf(shape)) throw new Error(`${name} has ${values.length} values for [${shape}]`);
    if (name === asFloat && (await checkpoint.read(name)).length !== values.length)
      throw new Error(`${name} as float32`);
    const original = origin.tensors.get(name);
    if (touched === undefined || !(onlyNumbers || origin.guarded)) continue;
    if (original === undefined || original.ranges.some((range) => meets(touched, range))) continue;
    compared++;
    if (!sameBytes(values, original.values)) throw new Error(`${name} has other values, although nobody touched it`);
  }
  if (onlyNumbers && read < origin.tensors.size)
    throw new Error("some tensors are gone, although only numbers were changed");
  return { read, compared };
}

/** Opens a sound file and finds out which of its bytes mean what. */
async function prepare(target: Target, goldens: string, file: string): Promise<Seed[]> {
  const bytes = new Uint8Array(readFileSync(join(goldens, file)));
  if (target === "sharded") return await prepareShards(goldens, file, bytes);
  const opening: Range[] = [];
  let current = opening;
  const checkpoint = await open({ file, others: [] }, bytes, (range) => current.push(range));
  const tensors = new Map<string, { values: TensorValues; ranges: Range[] }>();
  for (const name of checkpoint.tensors.keys()) {
    current = [];
    await checkpoint.readValues(name);
    // The second time a zip's local header is known, and only the bytes of the tensor are read.
    const ranges: Range[] = [];
    current = ranges;
    tensors.set(name, { values: await checkpoint.readValues(name), ranges });
  }
  const dataStart = Math.min(...[...tensors.values()].flatMap(({ ranges }) => ranges.map(([start]) => start)));
  const pickle = target.startsWith("torch-zip") ? findPickle(bytes) : undefined;
  // All that is not a number of a tensor; in a zip and in a legacy file that is between the numbers, too.
  const describing = complement(
    [...tensors.values()].flatMap(({ ranges }) => ranges),
    bytes.length,
  );
  const directory = target.startsWith("torch-zip") ? Math.max(...opening.map(([start]) => start)) : 0;
  const hot: Range[] =
    pickle === undefined
      ? [[0, Math.max(64, dataStart)]]
      : [pickle.range, ...opening.filter(([start]) => start >= Math.min(directory, bytes.length - 2500))];
  return [{ file, bytes, others: [], tensors, describing, guarded: target === "torch-zip", hot, pickle }];
}

/** The index and each of its shards are mutated in turn. */
async function prepareShards(goldens: string, file: string, bytes: Uint8Array): Promise<Seed[]> {
  const index: { weight_map: Record<string, string> } = JSON.parse(new TextDecoder().decode(bytes));
  const names = [...new Set(Object.values(index.weight_map))];
  const shards = names.map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(goldens, file, "..", name))) }));
  const checkpoint = await open({ file, others: shards }, bytes);
  const tensors = new Map<string, { values: TensorValues; ranges: Range[] }>();
  for (const name of checkpoint.tensors.keys())
    tensors.set(name, { values: await checkpoint.readValues(name), ranges: [] });
  const all = [{ name: file, bytes }, ...shards];
  return all.map((mutated) => ({
    file: mutated.name,
    bytes: mutated.bytes,
    others: all.filter((other) => other !== mutated),
    tensors,
    describing: [[0, mutated.bytes.length]],
    guarded: false,
    hot: [[0, Math.min(650, mutated.bytes.length)]],
    pickle: undefined,
  }));
}

/** Where data.pkl lies in an archive that torch wrote, and where the list of entries has its checksum. */
function findPickle(bytes: Uint8Array): Seed["pickle"] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = bytes.length - 46; at > 0; at--) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
    if (!name.endsWith("/data.pkl")) continue;
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    return { range: [start, start + view.getUint32(at + 24, true)], checksumAt: at + 16 };
  }
  throw new Error("no data.pkl");
}

function complement(ranges: readonly Range[], length: number): Range[] {
  const gaps: Range[] = [];
  let at = 0;
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (start > at) gaps.push([at, start]);
    at = Math.max(at, end);
  }
  return [...gaps, [at, length]];
}

function meets(ranges: readonly Range[], [start, end]: Range): boolean {
  return ranges.some(([from, to]) => from < end && to > start);
}

function sameBytes(a: TensorValues, b: TensorValues): boolean {
  const bytesOf = ({ buffer, byteOffset, byteLength }: TensorValues) => Buffer.from(buffer, byteOffset, byteLength);
  return bytesOf(a).equals(bytesOf(b));
}

/** TensorValues that break arithmetic: signs, ends of ranges, and lengths near those of the files. */
const EDGES = [
  0n,
  1n,
  2n,
  255n,
  4096n,
  0x7fffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  -1n,
  -8n,
];

/** A changed copy, and what was changed; undefined when bytes have moved. */
function mutate(
  target: Target,
  origin: Seed,
  all: readonly Seed[],
  random: Random,
): { bytes: Uint8Array; touched: Range[] | undefined } {
  let bytes = new Uint8Array(origin.bytes);
  const inPickle = target === "torch-zip-pickle" ? origin.pickle : undefined;
  const place = (): number => {
    const [start, end] =
      inPickle?.range ?? (random(4) > 0 ? origin.hot[random(origin.hot.length)]! : [0, bytes.length]);
    return Math.min(start + random(Math.max(1, end - start)), Math.max(0, bytes.length - 1));
  };
  let touched: Range[] | undefined = [];
  for (let count = 1 + random(random(3) === 0 ? 8 : 2); count > 0; count--) {
    const at = place();
    const kind = random(inPickle === undefined && random(3) === 0 ? 12 : 8);
    const limit = inPickle?.range[1] ?? bytes.length;
    if (kind < 3) {
      bytes[at]! ^= 1 << random(8);
      touched?.push([at, at + 1]);
    } else if (kind < 5) {
      bytes[at] = kind === 3 ? random(256) : (bytes[at]! + (random(2) === 0 ? 1 : 255)) & 0xff;
      touched?.push([at, at + 1]);
    } else if (kind < 7) {
      const width = Math.min([1, 2, 4, 8][random(4)]!, limit - at);
      const edge = new Uint8Array(new BigInt64Array([BigInt.asIntN(64, EDGES[random(EDGES.length)]!)]).buffer);
      bytes.set(edge.subarray(0, width), at);
      touched?.push([at, at + width]);
    } else if (kind === 7) {
      const from = place();
      const length = Math.min(1 + random(40), limit - at, limit - from);
      bytes.copyWithin(at, from, from + length);
      touched?.push([at, at + length]);
    } else {
      bytes = resized(bytes, at, kind, all[random(all.length)]!.bytes, random);
      touched = undefined;
      if (bytes.length === 0) break;
    }
  }
  if (inPickle !== undefined) {
    const checksum = crc32(bytes.subarray(...inPickle.range));
    new DataView(bytes.buffer).setUint32(inPickle.checksumAt, checksum, true);
    touched?.push(inPickle.range);
  }
  return { bytes, touched };
}

/** Cut off, with a piece more or less, or with the end of another file. */
function resized(
  bytes: Uint8Array,
  at: number,
  kind: number,
  other: Uint8Array,
  random: Random,
): Uint8Array<ArrayBuffer> {
  if (kind === 8) return bytes.slice(0, at);
  const length = 1 + random(64);
  const piece = bytes.subarray(random(bytes.length)).subarray(0, length);
  if (kind === 9) return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
  if (kind === 10) return joined(bytes.subarray(0, at), bytes.subarray(at + length));
  return joined(bytes.subarray(0, at), other.subarray(random(other.length)));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** A whole number in [0, below). */
type Random = (below: number) => number;

/** Numbers that depend on the seed and on the file's number only (splitmix32). */
function randomStream(seed: number, n: number): Random {
  let state = (Math.imul(seed, 0x9e3779b9) ^ Math.imul(n + 1, 0x85ebca6b)) >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return Math.floor((((word ^ (word >>> 15)) >>> 0) / 2 ** 32) * Math.max(1, below));
  };
}
