/** The kinds of files that are read. `opus` and `vorbis` are in Ogg, `aac` is a bare ADTS stream, `m4a` is MP4. */
export type AudioFormat = "wav" | "aiff" | "flac" | "mp3" | "vorbis" | "opus" | "aac" | "m4a";

/** How many bytes of a file are enough to tell its format. */
export const FORMAT_BYTES = 64;

/**
 * The format of a file, from its first bytes; its name is not looked at. Undefined for all that is not read.
 * @param head - the first `FORMAT_BYTES` bytes, after any ID3 tag
 */
export function audioFormat(head: Uint8Array): AudioFormat | undefined {
  const text = latin1(head);
  const form = text.slice(8, 12);
  if (/^(RIFF|RF64|BW64)/.test(text) && form === "WAVE") return "wav";
  if (text.startsWith("FORM") && (form === "AIFF" || form === "AIFC")) return "aiff";
  if (text.startsWith("fLaC")) return "flac";
  if (text.startsWith("OggS")) return oggFormat(text);
  if (text.slice(4, 8) === "ftyp") return "m4a";
  const [first = 0, second = 0] = head;
  // Eleven or more bits of synchronisation; the two bits of the layer are zero in ADTS and never in MP3.
  if (first === 0xff && (second & 0xf6) === 0xf0) return "aac";
  if (first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0) return "mp3";
  return undefined;
}

/** The codec is named where the first packet begins. */
function oggFormat(text: string): AudioFormat | undefined {
  const packet = text.slice(27 + text.charCodeAt(26));
  if (packet.startsWith("OpusHead")) return "opus";
  if (packet.startsWith("\x01vorbis")) return "vorbis";
  if (packet.startsWith("\x7fFLAC")) return "flac";
  return undefined;
}

/**
 * How long the ID3v2 tag is that begins here; 0 when there is none. Cover pictures make tags of megabytes.
 * @param head - at least 10 bytes
 */
export function id3Length(head: Uint8Array): number {
  if (head.length < 10 || latin1(head.subarray(0, 3)) !== "ID3") return 0;
  const sevenBits = (i: number) => head[i]! & 0x7f;
  const body = (sevenBits(6) << 21) | (sevenBits(7) << 14) | (sevenBits(8) << 7) | sevenBits(9);
  const footer = head[5]! & 0x10 ? 10 : 0;
  return 10 + body + footer;
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
