import type { ByteSource } from "../bytes/byte-source.ts";
import type { Container, ContainerOptions } from "./container.ts";
import { BYTES_PER_ELEMENT, type Dtype, elementsOf } from "./dtype.ts";
import { DamagedCheckpointError, UnsupportedCheckpointError } from "./errors.ts";
import { type LazyTensor, rowMajor } from "./lazy-tensor.ts";
import { type CheckpointLimits, enforce } from "./limits.ts";
import { quoted } from "./quoted.ts";
import { parseSafetensorsHeader, type SafetensorsEntry } from "./safetensors-header.ts";

const DTYPES: Readonly<Record<string, Dtype>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};

/** Before the header: its length, as a 64-bit integer. */
const LENGTH_BYTES = 8;

/**
 * Opens a safetensors file: reads its header, and checks that the tensors fill the rest of the file without gap or
 * overlap, as the reference implementation does.
 * @see https://github.com/huggingface/safetensors, section "Format"
 */
export async function openSafetensors(source: ByteSource, options: ContainerOptions): Promise<Container> {
  const { limits } = options;
  const file = source.name;
  const head = await source.slice(0, LENGTH_BYTES, options);
  const headerLength = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
  enforce(limits, "headerBytes", headerLength, "its safetensors header has bytes", { file });
  const dataStart = LENGTH_BYTES + headerLength;
  if (dataStart > source.byteLength) {
    throw new DamagedCheckpointError(
      { file, position: source.byteLength },
      `ends inside its header, which reaches to byte ${dataStart}; truncated while copying or downloading?`,
    );
  }
  const header = parseSafetensorsHeader(
    await source.slice(LENGTH_BYTES, dataStart, options),
    file,
    LENGTH_BYTES,
    limits,
  );
  requireTiling(header.tensors, dataStart, source);
  return {
    format: "safetensors",
    metadata: header.metadata,
    tensors: new Map(
      [...header.tensors].map(([name, entry]) => [name, lazyTensor(name, entry, dataStart, source, limits)]),
    ),
  };
}

/** Every byte behind the header belongs to exactly one tensor. */
function requireTiling(tensors: ReadonlyMap<string, SafetensorsEntry>, dataStart: number, source: ByteSource): void {
  let at = 0;
  const file = source.name;
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at || end < begin) {
      const fault =
        end < begin ? "ends before it begins" : begin < at ? "overlaps another one" : "leaves a gap before it";
      throw new DamagedCheckpointError(
        { file, tensor: name },
        `${fault}: bytes [${begin}, ${end}) of the data, expected ${at}`,
      );
    }
    at = end;
  }
  const expected = dataStart + at;
  if (expected !== source.byteLength) {
    throw new DamagedCheckpointError(
      { file },
      `should have ${expected} bytes, and has ${source.byteLength}: ` +
        (expected > source.byteLength
          ? "truncated while copying or downloading?"
          : "there is more than its header says"),
    );
  }
}

function lazyTensor(
  name: string,
  { dtype: code, shape, begin, end }: SafetensorsEntry,
  dataStart: number,
  source: ByteSource,
  limits: CheckpointLimits,
): LazyTensor {
  const place = { file: source.name, tensor: name };
  const dtype = Object.hasOwn(DTYPES, code) ? DTYPES[code]! : undefined;
  if (dtype === undefined) {
    const known = Object.keys(DTYPES).join(", ");
    throw new UnsupportedCheckpointError(place, `has the type ${quoted(code)}; ${known} are read`);
  }
  enforce(limits, "tensorRank", shape.length, "has this many dimensions", place);
  const elements = elementsOf(shape);
  enforce(limits, "tensorElements", elements, "has this many elements", place);
  const byteLength = elements * BYTES_PER_ELEMENT[dtype];
  if (byteLength !== end - begin) {
    throw new DamagedCheckpointError(
      place,
      `of the shape [${shape.join(", ")}] and the type ${dtype} takes ${byteLength} bytes, but has ${end - begin}`,
    );
  }
  return {
    name,
    dtype,
    shape,
    strides: rowMajor(shape),
    offset: 0,
    storage: {
      id: name,
      file: source.name,
      byteLength,
      littleEndian: true,
      slice: (from, to, options) => source.slice(dataStart + begin + from, dataStart + begin + to, options),
    },
  };
}
