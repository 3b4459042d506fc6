/** Widths of the printable characters of ASCII in Helvetica and Arial, in thousandths of the font size (Adobe's font metrics). */
const WIDTHS = [
  ...[278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278],
  ...[556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556],
  ...[1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778],
  ...[667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556],
  ...[333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556],
  ...[556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584],
];

/** Bold is wider by about this much. */
const BOLD = 1.14;

/** Where there is neither, DejaVu Sans stands in on many Linux systems, and is wider by this much. */
const STAND_IN = 1.14;

/** How wide a line is in pixels: the same everywhere, whatever fonts there are. */
export function textWidth(text: string, fontSize: number, isBold = false): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return (width * fontSize * STAND_IN * (isBold ? BOLD : 1)) / 1000;
}

function widthOf(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return 0;
  // Scripts with wide characters begin at Hangul; the others are as wide as Latin with accents.
  return WIDTHS[code - 0x20] ?? (code < 0x1100 ? 600 : 1000);
}

/** The text, or its start with an ellipsis, so that it fits; of one line. */
export function fitted(text: string, pixels: number, fontSize: number): string {
  const line = oneLine(text);
  if (textWidth(line, fontSize) <= pixels) return line;
  const characters = [...line];
  while (characters.length > 0 && textWidth(`${characters.join("").trimEnd()}…`, fontSize) > pixels) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/** The text in lines that fit; a word that is too long is cut. */
export function wrapped(text: string, pixels: number, fontSize: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of oneLine(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, fontSize) <= pixels) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = fitted(word, pixels, fontSize);
    }
  }
  return [...lines, line];
}

/** White space and control characters, which would break or hide a label, as single spaces. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; XML has no place for them
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]+/g, " ").trim();
}
