import type { ByteSource } from "../src/npy/byte-source.ts";

/** The bytes of a .npy file with any header text, for files that no NumPy writes. */
export function npyFile(header: string, data: Uint8Array = new Uint8Array(0), version = [1, 0]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = new Uint8Array(version[0] === 1 ? 2 : 4);
  for (let i = 0; i < length.length; i++) length[i] = (text.length >> (8 * i)) & 0xff;
  return new Uint8Array([0x93, ...new TextEncoder().encode("NUMPY"), ...version, ...length, ...text, ...data]);
}

/** The header text of a float32 matrix unless told otherwise. */
export const headerText = ({ descr = "'<f4'", order = "False", shape = "(2, 2)" } = {}): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

/** Bytes in memory as a source; remembers the most that was asked for at once. */
export function memorySource(bytes: Uint8Array, name = "array.npy"): ByteSource & { readonly largest: () => number } {
  let largest = 0;
  return {
    name,
    byteLength: bytes.length,
    async slice(start, end) {
      largest = Math.max(largest, end - start);
      if (start < 0 || end > bytes.length || start > end)
        throw new Error(`read outside the source: ${start} to ${end}`);
      return new Uint8Array(bytes.subarray(start, end));
    },
    async close() {},
    largest: () => largest,
  };
}
