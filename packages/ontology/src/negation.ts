import { ArgumentError, quote, requireOptions, requireText } from "./errors.ts";
import { emptyTriplets, type TripletArrays } from "./triplets.ts";

/** The two prompts of a label; `{x}` stands for the label, and may stand more than once. */
export interface NegationTemplates {
  /** Such as "A {x} track". */
  readonly template: string;
  /** Such as "A no {x} track". */
  readonly negatedTemplate: string;
}

/** Triplets of prompts whose negative is a negated prompt; n labels make 2 n (n - 1) of them. */
export interface NegationTriplets extends Iterable<readonly [anchor: string, positive: string, negative: string]> {
  /** How many triplets there are. */
  readonly size: number;
  /** Shape [2n]: the prompts of all labels, then their negated prompts; embed these once and score by index. */
  readonly prompts: readonly string[];
  /**
   * Indices into `prompts`, in the order of iteration. Anchors and positives are below n, negatives are not. Row 2k + 0 has
   * the negated anchor as its negative, row 2k + 1 the negated positive.
   */
  toArrays(): TripletArrays;
}

/**
 * For every ordered pair of distinct labels, anchor by anchor, two triplets: (anchor, positive, negated anchor) and (anchor,
 * positive, negated positive). A text encoder that understands negation puts another instrument nearer to the anchor than
 * the prompt that denies the anchor, or denies that other instrument.
 *
 * @param labels - each once
 * @throws {ArgumentError} when a template has no `{x}`, both are the same, or a label is no string, empty or repeated
 * @example
 * const templates = { template: "A {x} track", negatedTemplate: "A no {x} track" };
 * [...negationTriplets(["tuba", "oboe"], templates)][0] // ["A tuba track", "A oboe track", "A no tuba track"]
 */
export function negationTriplets(labels: readonly string[], templates: NegationTemplates): NegationTriplets {
  requireOptions(templates, "{ template, negatedTemplate }");
  const { template, negatedTemplate } = templates;
  for (const [argument, given] of Object.entries({ template, negatedTemplate }))
    if (typeof given !== "string" || !given.includes("{x}"))
      throw new ArgumentError(argument, given, "a text with {x} where the label goes");
  if (template === negatedTemplate)
    throw new ArgumentError("negatedTemplate", negatedTemplate, "another than template");
  if (!Array.isArray(labels)) throw new ArgumentError("labels", labels, "an array of strings");
  for (const [position, label] of labels.entries()) {
    requireText(`labels[${position}]`, label, "a string, such as the label of a node");
    if (label.trim() === "") throw new ArgumentError(`labels[${position}]`, label, "a label that is not empty");
    const first = labels.indexOf(label);
    if (first !== position)
      throw new ArgumentError(
        `labels[${position}]`,
        label,
        `each label once (${quote(label)} is labels[${first}] too)`,
      );
  }

  const n = labels.length;
  const fill = (text: string): string[] => labels.map((label) => text.replaceAll("{x}", () => label));
  const prompts = Object.freeze([...fill(template), ...fill(negatedTemplate)]);

  function* indices(): Generator<readonly [number, number, number]> {
    for (let anchor = 0; anchor < n; anchor++)
      for (let positive = 0; positive < n; positive++) {
        if (positive === anchor) continue;
        yield [anchor, positive, n + anchor];
        yield [anchor, positive, n + positive];
      }
  }

  return {
    size: 2 * n * Math.max(0, n - 1),
    prompts,
    *[Symbol.iterator]() {
      for (const [anchor, positive, negative] of indices())
        yield [prompts[anchor]!, prompts[positive]!, prompts[negative]!];
    },
    toArrays() {
      const arrays = emptyTriplets(this.size, prompts.length);
      let row = 0;
      for (const [anchor, positive, negative] of indices()) {
        arrays.anchors[row] = anchor;
        arrays.positives[row] = positive;
        arrays.negatives[row] = negative;
        row++;
      }
      return arrays;
    },
  };
}
