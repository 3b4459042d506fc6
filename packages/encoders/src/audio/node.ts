import { openFile } from "../bytes/node.ts";
import { type DecodedAudio, type DecodeOptions, decodeAudio } from "./decode.ts";
import type { AudioCodec, AudioCodecs } from "./encoded.ts";

/**
 * Codecs for all formats, for `decodeAudio`: those of audio-decode, loaded when the first file of a kind comes. It also
 * reads WAV and AIFF, but not to the last bit: it divides positive samples of WAV by 2^(b - 1) - 1, and takes 8 bits of
 * AIFF to be unsigned.
 */
export const nodeAudioCodecs: AudioCodecs = {
  flac: () => codec("flac"),
  mp3: () => codec("mp3"),
  vorbis: () => codec("oga"),
  opus: () => codec("opus"),
  aac: () => codec("aac"),
  m4a: () => codec("m4a"),
};

async function codec(name: "flac" | "mp3" | "oga" | "opus" | "aac" | "m4a"): Promise<AudioCodec> {
  const { default: audioDecode } = await import("audio-decode");
  const decode = await audioDecode[name]();
  return { decode, flush: () => decode(), free: () => decode.free() };
}

/**
 * The sound of a file on disk, as `decodeAudio` makes it, with the codecs of Node for every format.
 * @example const { samples, sampleRate } = await decodeAudioFile("note.wav", { durationSeconds: 10 });
 * @throws {UnavailableError} when the file is missing or unreadable, and all that `decodeAudio` throws
 */
export async function decodeAudioFile(path: string, options: DecodeOptions = {}): Promise<DecodedAudio> {
  const source = await openFile(path);
  try {
    return await decodeAudio(source, { codecs: nodeAudioCodecs, ...options });
  } finally {
    await source.close();
  }
}
