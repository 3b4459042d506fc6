import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { CheckpointFormatError } from "./errors.ts";
import { quoted } from "./quoted.ts";
import { LEGACY_MAGIC } from "./torch-legacy.ts";

/** Enough for every signature; that of tar lies at byte 257. */
const HEAD_BYTES = 512;
const TAR_SIGNATURE = 257;

/** What a file is by its first bytes; never by its name, which `.pth.tar` shows to be worth nothing. */
export type FileFormat = "torch-zip" | "torch-legacy" | "safetensors" | "index";

/**
 * Finds out the format of a file from its first bytes.
 * @throws {CheckpointFormatError} for all others, with the name of the format where it is a known one
 */
export async function detectFormat(source: ByteSource, options?: ReadOptions): Promise<FileFormat> {
  const head = await source.slice(0, Math.min(HEAD_BYTES, source.byteLength), options);
  const startsWith = (...signature: readonly number[]) => signature.every((byte, i) => head[i] === byte);
  if (startsWith(0x50, 0x4b, 0x03, 0x04) || startsWith(0x50, 0x4b, 0x05, 0x06)) return "torch-zip";
  if (startsWith(...LEGACY_MAGIC)) return "torch-legacy";
  if (head[8] === 0x7b && headerLength(head) <= source.byteLength) return "safetensors";
  // Not a TextDecoder: its latin1 is windows-1252, which moves the bytes from 0x80 to 0x9f.
  const text = String.fromCharCode(...head);
  // The length of a safetensors header has zero bytes, which JSON has not.
  if (/^\s*\{/.test(text) && !text.includes("\0")) return "index";
  throw new CheckpointFormatError(
    { file: source.name },
    `expected a checkpoint (.pt, .pth, .bin, .safetensors), ${found(text)}`,
  );
}

function headerLength(head: Uint8Array): number {
  return Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
}

/** What it is instead, and what to do; for the files that are met in a checkpoint's place. */
function found(head: string): string {
  if (head === "") return "but the file is empty";
  if (head[8] === "{") return "this looks like a safetensors file that is truncated. Download it again.";
  if (head.startsWith("version https://git-lfs")) {
    return "this is a Git LFS pointer, some lines in the place of the file. Fetch the file with `git lfs pull`.";
  }
  if (/^\s*(<!doctype|<html|<\?xml|<head)/i.test(head)) {
    return "this is a web page. The download was answered by an error or a login page; look into the file.";
  }
  if (head.startsWith("\x1f\x8b")) return "this is compressed with gzip. Decompress it first (gunzip).";
  if (head.startsWith("\x28\xb5\x2f\xfd")) return "this is compressed with zstd. Decompress it first.";
  if (head.startsWith("\xfd7zXZ") || head.startsWith("BZh")) return "this is compressed. Decompress it first.";
  if (head.startsWith("\x89HDF")) return "this is an HDF5 file (Keras?). Save the weights as safetensors.";
  if (head.startsWith("GGUF") || head.startsWith("ggml"))
    return "this is a GGUF or GGML file; those weights are quantised.";
  if (head.startsWith("\x93NUMPY")) return "this is a NumPy array (.npy).";
  if (head.startsWith("RIFF") || head.startsWith("fLaC") || head.startsWith("OggS")) return "this is an audio file.";
  if (head.slice(TAR_SIGNATURE, TAR_SIGNATURE + 5) === "ustar" || /^(sys_info|pickle|storages|tensors)\0/.test(head)) {
    return (
      "this is a tar archive. Unpack it if it is a collection of files; if it is a checkpoint from before torch 0.4, " +
      "load and save it again with a newer torch."
    );
  }
  if (head.startsWith("\x80") && head.charCodeAt(1) <= 5) {
    return "this is a bare Python pickle, which holds no torch storages. Save it again with torch.save.";
  }
  const bytes = [...head.slice(0, 8)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join(" ");
  return `and the file begins with the bytes ${bytes} (${quoted(head.slice(0, 8))})`;
}
