import { DamagedCheckpointError } from "./errors.ts";
import { type CheckpointLimits, enforce } from "./limits.ts";
import { quoted } from "./quoted.ts";

/** What the header says of one tensor. */
export interface SafetensorsEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In the data, of the first byte and behind the last. */
  readonly begin: number;
  readonly end: number;
}

/** The header of a safetensors file. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  /** `__metadata__`: strings of whoever wrote the file. */
  readonly metadata: ReadonlyMap<string, string>;
}

const METADATA = "__metadata__";
/** Start of a string, whole number, or punctuation; all else that JSON has is not in such a header. */
const token = /[\t\n\r ]*("|\d+|[{}[\],:])/y;

/**
 * Parses a header: the part of JSON that the format uses, and no more of it. JSON.parse would let the last of two tensors
 * of one name win, and would build whatever a hundred megabytes of brackets ask for.
 * @param position - of the header in the file
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  file: string,
  position: number,
  limits: CheckpointLimits,
): SafetensorsHeader {
  const damaged = (message: string) => new DamagedCheckpointError({ file }, `its safetensors header ${message}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new DamagedCheckpointError({ file, position }, "its safetensors header is not UTF-8", { cause });
  }
  let at = 0;

  const next = (): string => {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) throw damaged(`cannot be understood at character ${at}: ${quoted(text.slice(at, at + 24))}`);
    at = token.lastIndex;
    return match[1] === '"' ? stringToken(at - 1) : match[1]!;
  };
  /** To the closing quote; a regular expression would need memory for each character of a long string. */
  const stringToken = (start: number): string => {
    for (; at < text.length; at++) {
      if (text[at] === "\\") at++;
      else if (text[at] === '"') return text.slice(start, ++at);
    }
    throw damaged(`has a string at character ${start} that does not end`);
  };
  const expect = (wanted: string): void => {
    const found = next();
    if (found !== wanted) throw damaged(`has ${quoted(found)} before character ${at}, expected ${wanted}`);
  };
  const string = (found = next()): string => {
    if (!found.startsWith('"')) throw damaged(`has ${quoted(found)} before character ${at}, expected a string`);
    enforce(limits, "stringBytes", found.length, "its safetensors header has a string of", { file });
    try {
      return JSON.parse(found) as string;
    } catch {
      throw damaged(`has a string before character ${at} that is none in JSON`);
    }
  };
  const integer = (found = next()): number => {
    const value = /^\d+$/.test(found) ? Number(found) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw damaged(`has ${quoted(found)} before character ${at}, expected a size`);
    return value;
  };
  /** Calls `member` for each key of an object, behind the colon; no key may come twice. */
  const object = (member: (key: string) => void): void => {
    const keys = new Set<string>();
    expect("{");
    for (let found = next(); found !== "}"; ) {
      const key = string(found);
      if (keys.has(key)) throw damaged(`names ${quoted(key)} twice`);
      keys.add(key);
      enforce(limits, "headerKeys", keys.size, "its safetensors header has keys, this many", { file });
      expect(":");
      member(key);
      found = next();
      if (found === ",") found = next();
      else if (found !== "}") throw damaged(`has ${quoted(found)} before character ${at}, expected a comma`);
      else break;
      if (found === "}") throw damaged(`has a comma before } at character ${at}`);
    }
  };
  const integers = (): number[] => {
    const values: number[] = [];
    expect("[");
    for (let found = next(); found !== "]"; ) {
      values.push(integer(found));
      enforce(limits, "tensorRank", values.length, "its safetensors header has a list of numbers, this many", { file });
      found = next();
      if (found === "]") break;
      if (found !== ",") throw damaged(`has ${quoted(found)} before character ${at}, expected a comma`);
      found = next();
    }
    return values;
  };
  const entry = (name: string): SafetensorsEntry => {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    object((key) => {
      if (key === "dtype") dtype = string();
      else if (key === "shape") shape = integers();
      else if (key === "data_offsets") offsets = integers();
      else throw damaged(`has the unknown field ${quoted(key)} in ${quoted(name)}`);
    });
    if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
      throw damaged(`lacks dtype, shape or the two data_offsets of ${quoted(name)}`);
    }
    const [begin, end] = offsets as [number, number];
    return { dtype, shape, begin, end };
  };

  const tensors = new Map<string, SafetensorsEntry>();
  const metadata = new Map<string, string>();
  object((name) => {
    if (name === METADATA) object((key) => metadata.set(key, string()));
    else tensors.set(name, entry(name));
  });
  if (/[^\t\n\r ]/.test(text.slice(at))) throw damaged(`goes on behind its end: ${quoted(text.slice(at, at + 24))}`);
  return { tensors, metadata };
}
