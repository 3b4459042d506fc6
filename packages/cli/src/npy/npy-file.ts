import ndarray, { type NdArray } from "ndarray";
import { InputError } from "../errors.ts";
import { type ByteSource, openFile } from "./byte-source.ts";
import { toNumbers } from "./elements.ts";
import { BYTES_PER_ELEMENT, type NpyHeader, readNpyHeader } from "./header.ts";

/** Rows of embeddings; row-major or column-major, as the file has them. */
export type Embeddings = NdArray<Float32Array> | NdArray<Float64Array>;

/** About this many bytes are read at a time: enough that the system call does not count, little enough to stay cached. */
const ROW_MAJOR_BLOCK_BYTES = 1 << 20;
/** A block of a column-major file takes one read per column, so each read must be worth its call. */
const COLUMN_MAJOR_BLOCK_BYTES = 64 << 20;

/** The largest embeddings in use have some ten thousand numbers; a block holds at least one row, whatever its size. */
const MAX_COLUMNS = 2 ** 20;
/** Prompts and other arrays that are read whole; more would be audio under a wrong name. */
const MAX_WHOLE_BYTES = 2 ** 30;

/** An open .npy file that holds a matrix of embeddings, one row an item. Read it whole or block by block. */
export interface NpyMatrix {
  readonly path: string;
  readonly rows: number;
  readonly columns: number;
  /** All rows, shape [rows, columns]. */
  read(): Promise<Embeddings>;
  /** The rows in order, some at a time; each block has the shape [some, columns]. */
  blocks(): AsyncGenerator<Embeddings>;
  close(): Promise<void>;
}

/**
 * Opens a .npy file that holds a matrix and checks its header and length; no element is read yet.
 * @throws {InputError} when it is not a matrix of floating-point numbers, complete, with at least one row and column
 */
export async function openNpyMatrix(path: string): Promise<NpyMatrix> {
  return npyMatrix(await openFile(path));
}

/**
 * As `openNpyMatrix`, from any source of bytes, which is closed when it is refused.
 * @param options - `blockBytes`: how much one of the `blocks` takes in the file, at least one row
 */
export async function npyMatrix(
  source: ByteSource,
  options: { readonly blockBytes?: number | undefined } = {},
): Promise<NpyMatrix> {
  const path = source.name;
  try {
    const header = await readNpyHeader(source);
    const { shape } = header;
    if (shape.length !== 2) {
      throw new InputError(
        path,
        `has the shape (${shape.join(", ")}); expected two dimensions, (items, embedding size).`,
      );
    }
    const [rows, columns] = shape as [number, number];
    if (rows === 0 || columns === 0) {
      throw new InputError(path, `has the shape (${rows}, ${columns}): it is empty; expected at least one embedding.`);
    }
    if (columns > MAX_COLUMNS) {
      throw new InputError(path, `has embeddings of ${columns} numbers; at most ${MAX_COLUMNS} are read. Transposed?`);
    }
    const rowBytes = columns * BYTES_PER_ELEMENT[header.dtype];
    const { blockBytes = header.fortranOrder ? COLUMN_MAJOR_BLOCK_BYTES : ROW_MAJOR_BLOCK_BYTES } = options;
    const rowsPerBlock = Math.max(1, Math.floor(blockBytes / rowBytes));
    return {
      path,
      rows,
      columns,
      async read() {
        if (rows * rowBytes > MAX_WHOLE_BYTES) {
          throw new InputError(
            path,
            `has ${rows * rowBytes} bytes of embeddings; at most ${MAX_WHOLE_BYTES} are read at once. Audio in the place of text?`,
          );
        }
        return readRows(source, header, 0, rows);
      },
      async *blocks() {
        for (let first = 0; first < rows; first += rowsPerBlock) {
          yield await readRows(source, header, first, Math.min(rows, first + rowsPerBlock));
        }
      },
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Reads a whole .npy matrix: open, read, close. */
export async function readNpyMatrix(path: string): Promise<Embeddings> {
  const matrix = await openNpyMatrix(path);
  try {
    return await matrix.read();
  } finally {
    await matrix.close();
  }
}

async function readRows(source: ByteSource, header: NpyHeader, first: number, end: number): Promise<Embeddings> {
  const { dtype, littleEndian, fortranOrder, dataStart } = header;
  const [rows, columns] = header.shape as [number, number];
  const size = BYTES_PER_ELEMENT[dtype];
  const count = end - first;
  if (!fortranOrder) {
    const bytes = await source.slice(dataStart + first * columns * size, dataStart + end * columns * size);
    return matrixOf(toNumbers(bytes, dtype, littleEndian), [count, columns], [columns, 1]);
  }
  if (count === rows) {
    const bytes = await source.slice(dataStart, dataStart + rows * columns * size);
    return matrixOf(toNumbers(bytes, dtype, littleEndian), [rows, columns], [1, rows]);
  }
  // Column-major on disk: the block's part of each column, one after the other.
  const bytes = new Uint8Array(count * columns * size);
  for (let column = 0; column < columns; column++) {
    const start = dataStart + (column * rows + first) * size;
    bytes.set(await source.slice(start, start + count * size), column * count * size);
  }
  return matrixOf(toNumbers(bytes, dtype, littleEndian), [count, columns], [1, count]);
}

function matrixOf(data: Float32Array | Float64Array, shape: number[], stride: number[]): Embeddings {
  return ndarray(data, shape, stride) as Embeddings;
}
