/** Which of a tokenizer's files a fault is in. */
export type TokenizerFileName = "vocab.json" | "merges.txt" | "tokenizer.json";

/** A tokenizer file is missing, damaged, or describes a tokenizer of another kind: get the right file. */
export class TokenizerFileError extends Error {
  override readonly name = "TokenizerFileError";
  /** The file that the fault is in. */
  readonly file: TokenizerFileName;

  constructor(file: TokenizerFileName, fault: string, options?: ErrorOptions) {
    super(`${file}: ${fault}`, options);
    this.file = file;
  }
}

/** A sound tokenizer, but not the one that the checkpoint was trained with: its ids would name other rows. */
export class TokenizerMismatchError extends Error {
  override readonly name = "TokenizerMismatchError";
  /** How many ids the checkpoint's word embedding has rows for. */
  readonly expected: number;
  /** How many ids the tokenizer has. */
  readonly found: number;

  constructor(expected: number, found: number) {
    super(
      `tokenizer has ${found} ids, but the checkpoint's word embedding has ${expected} rows; ` +
        "load the vocab.json and merges.txt, or the tokenizer.json, that belong to the checkpoint",
    );
    this.expected = expected;
    this.found = found;
  }
}

/** Foreign text in double quotes for a message, cut when long: a damaged file can be one long line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > textShown ? `${text.slice(0, textShown)}...` : text);
}

const textShown = 60;
