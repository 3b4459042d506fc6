import { type ByteSource, requireRange } from "./byte-source.ts";
import { UnavailableError } from "./errors.ts";

/**
 * A Blob, or a File that the user has chosen in a page.
 * @param name - for error messages; a File has one of its own
 */
export function blobSource(blob: Blob, name: string = (blob as Partial<File>).name ?? "blob"): ByteSource {
  const source: ByteSource = {
    name,
    byteLength: blob.size,
    async slice(start, end, options) {
      requireRange(source, start, end);
      options?.signal?.throwIfAborted();
      let buffer: ArrayBuffer;
      try {
        buffer = await blob.slice(start, end).arrayBuffer();
      } catch (cause) {
        throw new UnavailableError(name, "cannot be read any more. Changed or moved since it was chosen?", { cause });
      }
      options?.signal?.throwIfAborted();
      if (buffer.byteLength !== end - start) {
        throw new UnavailableError(name, `gave ${buffer.byteLength} of the ${end - start} bytes from byte ${start} on`);
      }
      return new Uint8Array(buffer);
    },
    async close() {},
  };
  return source;
}
