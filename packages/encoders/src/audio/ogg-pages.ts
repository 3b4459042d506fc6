import { latin1 } from "./audio-format.ts";
import { DamagedAudioError } from "./errors.ts";

/** Of a page up to the lengths of its segments. */
const HEADER_BYTES = 27;

const ENDS_STREAM = 4;
const BEGINS_STREAM = 2;

/**
 * Looks at the pages of an Ogg file while its bytes pass by. Each has a number and a checksum, and the last one of a stream
 * says that it is: codecs go over what is missing or damaged without a word, and the sound comes out shorter.
 * @see RFC 3533
 */
export class OggPages {
  readonly #name: string;
  /** The number of the latest page of each stream that has not ended. */
  readonly #open = new Map<number, number>();
  #rest = new Uint8Array(0);
  #position = 0;
  #pages = 0;
  /** What follows the last page of all, such as a tag, is nobody's. */
  #ended = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws {DamagedAudioError} when a page is damaged, or one before it is missing */
  take(bytes: Uint8Array): void {
    if (this.#ended) return;
    const known = new Uint8Array(this.#rest.length + bytes.length);
    known.set(this.#rest);
    known.set(bytes, this.#rest.length);
    let at = 0;
    for (;;) {
      const length = this.#pageLength(known, at);
      if (length === undefined || at + length > known.length) break;
      this.#takePage(known.subarray(at, at + length));
      at += length;
      this.#position += length;
    }
    this.#rest = known.subarray(at);
  }

  /** @throws {DamagedAudioError} when the file ends before its streams do */
  end(): void {
    if (this.#ended || (this.#open.size === 0 && this.#rest.length === 0)) return;
    throw new DamagedAudioError(
      this.#name,
      `ends at byte ${this.#position + this.#rest.length}, after ${this.#pages} whole pages of Ogg, none of which is the last ` +
        "one of its stream; cut off?",
    );
  }

  /** Of the page that begins here; undefined when more bytes are needed to know. */
  #pageLength(bytes: Uint8Array, at: number): number | undefined {
    if (at + HEADER_BYTES > bytes.length) return undefined;
    if (latin1(bytes.subarray(at, at + 4)) !== "OggS") {
      if (this.#open.size === 0 && this.#pages > 0) {
        this.#ended = true;
        return undefined;
      }
      throw new DamagedAudioError(
        this.#name,
        `has no page of Ogg at byte ${this.#position}, after ${this.#pages} whole ones, where the next one begins; damaged?`,
      );
    }
    const segments = bytes[at + 26]!;
    if (at + HEADER_BYTES + segments > bytes.length) return undefined;
    let length = HEADER_BYTES + segments;
    for (let i = 0; i < segments; i++) length += bytes[at + HEADER_BYTES + i]!;
    return length;
  }

  #takePage(page: Uint8Array): void {
    const view = new DataView(page.buffer, page.byteOffset, page.length);
    const [flags, stream, number, stated] = [
      page[5]!,
      view.getUint32(14, true),
      view.getUint32(18, true),
      view.getUint32(22, true),
    ];
    const found = checksum(page);
    if (found !== stated) {
      const hex = (value: number) => value.toString(16).padStart(8, "0");
      throw new DamagedAudioError(
        this.#name,
        `page ${number} of Ogg, at byte ${this.#position}, has the checksum ${hex(found)}, expected ${hex(stated)}; damaged?`,
      );
    }
    const before = this.#open.get(stream);
    if (before !== undefined && !(flags & BEGINS_STREAM) && number !== (before + 1) >>> 0) {
      throw new DamagedAudioError(
        this.#name,
        `page ${number} of Ogg, at byte ${this.#position}, follows page ${before}; what is between them is missing`,
      );
    }
    this.#pages += 1;
    if (flags & ENDS_STREAM) this.#open.delete(stream);
    else this.#open.set(stream, number);
  }
}

/** CRC-32 of the polynomial 0x04c11db7, the highest bit first, of each byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder << 1) ^ (remainder < 0 ? 0x04c11db7 : 0);
  return remainder >>> 0;
});

/** The checksum of a page, taken with zeros where it stands. */
function checksum(page: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i]!;
    crc = (crc << 8) ^ TABLE[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0;
}
