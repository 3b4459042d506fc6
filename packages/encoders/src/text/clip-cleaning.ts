import { orderLongRunsOfMarks } from "./canonical-order.ts";

/**
 * A text as CLIP's tokenizer reads it: composed (NFC) and in lower case, as `normalizers.NFC` and `normalizers.Lowercase` of
 * Hugging Face's tokenizers 0.23 do it. Their step between, which makes every run of white space one space, is left out: no
 * piece contains white space.
 *
 * Unlike `text.normalize().toLowerCase()`:
 * - composition follows Unicode 9, whose tables the Rust tokenizers carry: what came later stays as it is, in its order;
 * - a capital sigma becomes σ also at the end of a word, since each character is lowered alone;
 * - the capitals of Unicode 16 and 17 are lowered on engines that do not know them yet.
 */
export function cleanForClip(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  const composed = text.replace(composable, (run) => orderLongRunsOfMarks(run).normalize());
  const lowered = composed.replaceAll("Σ", "σ").toLowerCase();
  return lowered.replace(newCapital, (capital) => String.fromCodePoint(smallOf(capital.codePointAt(0)!)));
}

const ascii = /^[\0-\x7f]*$/;

/**
 * A run without characters younger than Unicode 9 that reorder or compose. Each of those is to Unicode 9 an unassigned
 * character, across which nothing composes and no marks change places, so that the runs between can be composed alone.
 */
const composable = new RegExp(
  `[^${[
    // Marks that got a combining class after Unicode 9.
    "\\u{7FD}\\u{897}-\\u{89F}\\u{8CA}-\\u{8D3}\\u{9FE}\\u{C3C}\\u{D3B}-\\u{D3C}\\u{EBA}\\u{1715}\\u{1ABF}-\\u{1ADD}",
    "\\u{1AE0}-\\u{1AEB}\\u{1DF6}-\\u{1DFA}\\u{A82C}\\u{10D24}-\\u{10D27}\\u{10D69}-\\u{10D6D}\\u{10EAB}-\\u{10EAC}",
    "\\u{10EFA}-\\u{10EFB}\\u{10EFD}-\\u{10EFF}\\u{10F46}-\\u{10F50}\\u{10F82}-\\u{10F85}\\u{11070}\\u{1133B}\\u{1145E}",
    "\\u{11839}-\\u{1183A}\\u{119E0}\\u{11A34}\\u{11A47}\\u{11A99}\\u{11D42}\\u{11D44}-\\u{11D45}\\u{11D97}",
    "\\u{11F41}-\\u{11F42}\\u{16FF0}-\\u{16FF1}\\u{1E08F}\\u{1E130}-\\u{1E136}\\u{1E2AE}\\u{1E2EC}-\\u{1E2EF}",
    "\\u{1E4EC}-\\u{1E4EF}\\u{1E5EE}-\\u{1E5EF}\\u{1E6E3}\\u{1E6E6}\\u{1E6EE}-\\u{1E6EF}\\u{1E6F5}",
    // Scripts encoded after Unicode 9 that have composed characters: Todhri, Tulu-Tigalari, Dives Akuru, Gurung Khema, Kirat Rai.
    "\\u{105C0}-\\u{105FF}\\u{11380}-\\u{113FF}\\u{11900}-\\u{1195F}\\u{16100}-\\u{1613F}\\u{16D40}-\\u{16D7F}",
  ].join("")}]+`,
  "gu",
);

/** Capitals of Unicode 16 and 17. */
const newCapital = /[\u1C89\uA7CB\uA7CC\uA7CE\uA7D2\uA7D4\uA7DA\uA7DC\u{10D50}-\u{10D65}\u{16EA0}-\u{16EB8}]/gu;

function smallOf(capital: number): number {
  if (capital === 0xa7cb) return 0x264;
  if (capital === 0xa7dc) return 0x19b;
  if (capital >= 0x16ea0) return capital + 0x1b;
  return capital >= 0x10d50 ? capital + 0x20 : capital + 1;
}
