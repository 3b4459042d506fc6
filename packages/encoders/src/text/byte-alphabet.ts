/**
 * The visible character that stands for each byte in vocabularies of byte-level BPE: entry b for byte b. Bytes that print
 * as Latin-1 stand for themselves; the other 68 follow, in order, from U+0100, so that a space is "Ġ" and a line feed "Ċ".
 *
 * @example byteAlphabet()[0x20] // "Ġ"
 * @see Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.2
 */
export function byteAlphabet(): readonly string[] {
  let replacement = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isVisible(byte) ? byte : replacement++));
}

/** Graphic characters of Latin-1 without the two spaces, 0x20 and 0xA0, and without the soft hyphen, 0xAD. */
function isVisible(byte: number): boolean {
  return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
}
