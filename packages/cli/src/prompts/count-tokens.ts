import type { Encoders } from "../encoders.ts";
import type { TokenCount } from "./lint.ts";

/** Counts tokens as the tokenizer in a folder does: CLIP's if its words end in `</w>`, else RoBERTa's. */
export async function tokenCounter(encoders: Encoders, folder: string): Promise<TokenCount> {
  const files = await encoders.readTokenizerFiles(folder);
  const vocabulary = "tokenizer" in files ? files.tokenizer : files.vocab;
  const tokenizer = vocabulary.includes("</w>") ? encoders.clipBpe(files) : encoders.byteLevelBpe(files);
  return (text) => tokenizer.tokenize(text).length;
}
