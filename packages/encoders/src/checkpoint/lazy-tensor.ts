import type { ReadOptions, SliceOptions } from "../bytes/byte-source.ts";
import { crc32 } from "./crc32.ts";
import { BYTES_PER_ELEMENT, type Dtype, elementsOf } from "./dtype.ts";
import { hostIsLittleEndian, type TensorValues, toValues, writeFloat32 } from "./elements.ts";
import { DamagedCheckpointError } from "./errors.ts";

/** A run of bytes in a file that tensors lie in, alone or several. */
export interface Storage {
  /** The same for two tensors exactly when they share it. */
  readonly id: string;
  readonly file: string;
  readonly byteLength: number;
  readonly littleEndian: boolean;
  /** To be compared when all bytes are read; undefined when there is none, or nobody wants it. */
  readonly crc32?: number | undefined;
  slice(start: number, end: number, options?: SliceOptions): Promise<Uint8Array<ArrayBuffer>>;
}

/** A tensor whose place is known and checked, and whose numbers are still in the file. */
export interface LazyTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** How many elements lie between neighbours, for each dimension. */
  readonly strides: readonly number[];
  /** Of the first element in the storage, in elements. */
  readonly offset: number;
  readonly storage: Storage;
}

/** Long tensors are read in parts of this size, so that their bytes are not in memory twice. */
const BLOCK_BYTES = 4 * 2 ** 20;

/** The strides of a tensor whose elements lie one after the other, the last dimension fastest. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= Math.max(1, shape[i]!);
  }
  return strides;
}

/** How many elements of the storage a tensor reaches over, from its first to its last. */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, size, i) => span + (size - 1) * strides[i]!, 1);
}

/** The values in row-major order, without loss. */
export async function readValues(tensor: LazyTensor, options?: ReadOptions): Promise<TensorValues> {
  const { shape, strides, dtype, storage } = tensor;
  const values = toValues(await readSpan(tensor, options), dtype, storage.littleEndian);
  return isContiguous(shape, strides) ? values : gather(values, shape, strides);
}

/** The values in row-major order as float32, each rounded to the nearest. */
export async function readFloat32(tensor: LazyTensor, options?: ReadOptions): Promise<Float32Array<ArrayBuffer>> {
  const { shape, strides, dtype } = tensor;
  if (dtype === "float32" && isContiguous(shape, strides)) {
    return (await readValues(tensor, options)) as Float32Array<ArrayBuffer>;
  }
  const target = new Float32Array(elementsOf(shape));
  await readFloat32Into(tensor, target, options);
  return target;
}

/** As `readFloat32`, into an array that is there: of a file that has float32 without any copy. */
export async function readFloat32Into(
  tensor: LazyTensor,
  target: Float32Array<ArrayBuffer>,
  options?: ReadOptions,
): Promise<void> {
  const elements = Math.floor(BLOCK_BYTES / BYTES_PER_ELEMENT[tensor.dtype]);
  for await (const _ of float32Blocks(tensor, elements, (start, end) => target.subarray(start, end), options));
}

/**
 * The values in row-major order as float32, in blocks of at most `elements`.
 * @param place - the array for the values [start, end)
 * @yields what `place` returned, with the values in it
 */
export async function* float32Blocks(
  tensor: LazyTensor,
  elements: number,
  place: (start: number, end: number) => Float32Array<ArrayBuffer>,
  options?: ReadOptions,
): AsyncGenerator<Float32Array<ArrayBuffer>, void, undefined> {
  const { shape, strides, dtype, storage } = tensor;
  const count = elementsOf(shape);
  const gathered = isContiguous(shape, strides) ? undefined : await readValues(tensor, options);
  const size = BYTES_PER_ELEMENT[dtype];
  const first = tensor.offset * size;
  const isWhole = isChecked(storage, first, first + count * size);
  const asStored = dtype === "float32" && storage.littleEndian === hostIsLittleEndian;
  let checksum = 0;
  for (let start = 0; start < count; start += elements) {
    const end = Math.min(count, start + elements);
    const target = place(start, end);
    if (gathered !== undefined) writeFloat32(gathered.subarray(start, end), target, 0);
    else {
      const { buffer, byteOffset, byteLength } = target;
      const into = asStored ? new Uint8Array(buffer, byteOffset, byteLength) : undefined;
      const bytes = await storage.slice(first + start * size, first + end * size, { ...options, into });
      if (isWhole) checksum = crc32(bytes, checksum);
      if (bytes !== into) writeFloat32(toValues(bytes, dtype, storage.littleEndian), target, 0);
    }
    yield target;
  }
  if (isWhole && gathered === undefined) compare(tensor, checksum);
}

async function readSpan(tensor: LazyTensor, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { shape, strides, dtype, offset, storage } = tensor;
  const size = BYTES_PER_ELEMENT[dtype];
  const start = offset * size;
  const end = start + spanOf(shape, strides) * size;
  // An empty tensor may begin behind the end of its storage.
  if (start === end) return new Uint8Array();
  const bytes = await storage.slice(start, end, options);
  if (isChecked(storage, start, end)) compare(tensor, crc32(bytes));
  return bytes;
}

/** A checksum is one of all bytes: parts cannot be checked. */
function isChecked({ crc32: expected, byteLength }: Storage, start: number, end: number): boolean {
  return expected !== undefined && start === 0 && end === byteLength && byteLength > 0;
}

function compare({ name, storage }: LazyTensor, checksum: number): void {
  if (checksum === storage.crc32) return;
  throw new DamagedCheckpointError(
    { file: storage.file, tensor: name },
    "has another checksum (CRC-32) than the file says: its bytes have changed. Copy or download the file again.",
  );
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = rowMajor(shape);
  // Along one single element no step is ever taken, so its stride means nothing.
  return shape.includes(0) || shape.every((size, i) => size === 1 || strides[i] === expected[i]);
}

/** Puts the elements of a transposed, cut or expanded tensor one after the other. */
function gather(values: TensorValues, shape: readonly number[], strides: readonly number[]): TensorValues {
  const gathered = new (values.constructor as new (length: number) => TensorValues)(elementsOf(shape));
  const last = shape.length - 1;
  const [columns, step] = [shape[last]!, strides[last]!];
  const index = new Array<number>(shape.length).fill(0);
  let row = 0;
  for (let written = 0; written < gathered.length; ) {
    for (let column = 0, at = row; column < columns; column++, at += step) gathered[written++] = values[at]!;
    // To the next row, as a counter of several digits.
    for (let digit = last - 1; digit >= 0; digit--) {
      row += strides[digit]!;
      if (++index[digit]! < shape[digit]!) break;
      row -= strides[digit]! * shape[digit]!;
      index[digit] = 0;
    }
  }
  return gathered;
}
