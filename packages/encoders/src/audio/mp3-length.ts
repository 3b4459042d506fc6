import type { ByteSource, ReadOptions } from "../bytes/byte-source.ts";
import { latin1 } from "./audio-format.ts";

/** How much sound an MP3 file says that it has. */
export interface Mp3Length {
  /** Samples in each channel, without what the encoder has put before and after them. */
  readonly frames: number;
  /**
   * Samples of one frame of MP3, by which there may be fewer: some programs count the frame that holds the number, which has
   * no sound, and 529 samples of a decoder's delay are lost where the encoder has put fewer than that after the sound.
   * Files of ffmpeg (libmp3lame, 8 to 48 kHz, mono and stereo, constant and variable bit rates) agree exactly.
   */
  readonly tolerance: number;
}

/** The first frame, of MPEG 1 at 320 kbit/s and 32 kHz, with its padding. */
const FRAME_BYTES = 1441;

/**
 * Reads the number of frames that encoders write into a first frame without sound: `Xing` or `Info`, also with LAME's numbers
 * of samples to leave out, or `VBRI`.
 * @param start - the first byte after any ID3 tag
 * @returns undefined when the file does not say it
 * @see LAME, "Mp3 info Tag revision 1"; Fraunhofer IIS, "VBRI header"
 */
export async function readMp3Length(
  source: ByteSource,
  start: number,
  options: ReadOptions,
): Promise<Mp3Length | undefined> {
  const head = await source.slice(start, Math.min(start + FRAME_BYTES, source.byteLength), options);
  if (head.length < 4 + 36 + 26 || head[0] !== 0xff || (head[1]! & 0xe6) !== 0xe2) return undefined;
  const isMpeg1 = (head[1]! & 0x18) === 0x18;
  const isMono = head[3]! >>> 6 === 3;
  const tolerance = isMpeg1 ? 1152 : 576;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  // Behind the side information, whose length depends on these two.
  const at = 4 + (isMpeg1 ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  const name = latin1(head.subarray(at, at + 4));
  if (name === "Xing" || name === "Info") {
    const flags = view.getUint32(at + 4);
    if (!(flags & 1)) return undefined;
    const frames = view.getUint32(at + 8);
    const lame = at + 12 + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
    return { frames: frames * tolerance - samplesLeftOut(head, lame), tolerance };
  }
  if (latin1(head.subarray(36, 40)) !== "VBRI") return undefined;
  return { frames: view.getUint32(36 + 14) * tolerance, tolerance };
}

/** Before and after the sound, of twelve bits each; zeros follow where the encoder does not say it. */
function samplesLeftOut(head: Uint8Array, at: number): number {
  if (at + 24 > head.length) return 0;
  const [first, middle, last] = head.subarray(at + 21, at + 24) as unknown as [number, number, number];
  return ((first << 4) | (middle >>> 4)) + (((middle & 15) << 8) | last);
}
