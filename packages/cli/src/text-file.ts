import { InputError } from "./errors.ts";
import { openFile } from "./npy/byte-source.ts";

/**
 * The text of a file that is read whole, without a byte order mark.
 * @param maxBytes - what no honest file of its kind exceeds
 * @throws {InputError} when it is missing, no regular file, larger, or not UTF-8
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  const file = await openFile(path);
  try {
    if (file.byteLength > maxBytes) {
      throw new InputError(path, `has ${file.byteLength} bytes; at most ${maxBytes} are read. Is it the right file?`);
    }
    const bytes = await file.slice(0, file.byteLength);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError)
      throw new InputError(path, "is not UTF-8 text. Save it as UTF-8.", { cause: error });
    throw error;
  } finally {
    await file.close();
  }
}
