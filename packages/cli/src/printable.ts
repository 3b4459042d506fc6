/**
 * Text for a terminal: line feeds stay, every other control character becomes a replacement character, so that a label or
 * a file name out of a stranger's data cannot move the cursor, change colours or hide what was printed.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\uFFFD");
}
