import type { NdArray } from "ndarray";

/**
 * The bytes of a .npy file, version 1.0, C order, little-endian, as numpy.save writes them: float32 for float32 data,
 * float64 for all else.
 * @param matrix - any shape and strides
 */
export function npyBytes(matrix: NdArray): Uint8Array {
  const single = matrix.data instanceof Float32Array;
  const header = npyHeader(single ? "<f4" : "<f8", matrix.shape);
  const size = single ? 4 : 8;
  const bytes = new Uint8Array(header.length + matrix.size * size);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  let position = 0;
  for (const value of inOrder(matrix)) {
    if (single) view.setFloat32(position, value, true);
    else view.setFloat64(position, value, true);
    position += size;
  }
  return bytes;
}

/** What stands before the numbers of such a file. */
export function npyHeader(dtype: "<f4" | "<f8", shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const fields = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The data starts at a multiple of 64 bytes, and the header ends with a line feed.
  const textLength = Math.ceil((10 + fields.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + textLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, textLength & 0xff, textLength >> 8]);
  bytes.set(new TextEncoder().encode(`${fields.padEnd(textLength - 1)}\n`), 10);
  return bytes;
}

function* inOrder(array: NdArray): Generator<number> {
  if (array.dimension === 0) yield array.get();
  else if (array.dimension === 1) for (let i = 0; i < array.shape[0]!; i++) yield array.get(i);
  else for (let i = 0; i < array.shape[0]!; i++) yield* inOrder(array.pick(i));
}
