export { byteLevelBpe } from "./text/byte-level-bpe.ts";
export { clipBpe } from "./text/clip-bpe.ts";
export { TokenizerFileError, type TokenizerFileName, TokenizerMismatchError } from "./text/errors.ts";
export type {
  EncodedText,
  EncodedTexts,
  EncodeTextOptions,
  Tokenizer,
  TokenizerOptions,
} from "./text/tokenizer.ts";
export type { TokenizerFiles } from "./text/tokenizer-files.ts";
export type { EncodeOptions, TowerOutput, TwoTower, Waveform } from "./two-tower.ts";
