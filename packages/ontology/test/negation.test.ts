import { describe, expect, test } from "vitest";
import { ArgumentError, negationTriplets, tinysolTerms } from "../src/index.ts";

const templates = { template: "A {x} track", negatedTemplate: "A no {x} track" };

describe("negationTriplets", () => {
  test("denies the anchor, then the positive, for every ordered pair of labels", () => {
    expect([...negationTriplets(["tuba", "oboe"], templates)]).toEqual([
      ["A tuba track", "A oboe track", "A no tuba track"],
      ["A tuba track", "A oboe track", "A no oboe track"],
      ["A oboe track", "A tuba track", "A no oboe track"],
      ["A oboe track", "A tuba track", "A no tuba track"],
    ]);
  });

  test("comes as indices into the 2n prompts too, in the same order", () => {
    const set = negationTriplets(["tuba", "oboe", "flute"], templates);
    const { anchors, positives, negatives, length } = set.toArrays();
    expect(set.prompts).toEqual([
      "A tuba track",
      "A oboe track",
      "A flute track",
      "A no tuba track",
      "A no oboe track",
      "A no flute track",
    ]);
    expect([set.size, length]).toEqual([12, 12]);
    expect([...negatives]).toEqual([3, 4, 3, 5, 4, 3, 4, 5, 5, 3, 5, 4]);
    const text = Array.from(anchors, (anchor, k) => [anchor, positives[k]!, negatives[k]!].map((i) => set.prompts[i]));
    expect(text).toEqual([...set]);
  });

  test("fills every {x} with the label as it is written", () => {
    const odd = { template: "{x} and {x}", negatedTemplate: "no {x}" };
    expect(negationTriplets(["$& $1"], odd).prompts).toEqual(["$& $1 and $& $1", "no $& $1"]);
  });

  test("of one label or none is empty", () => {
    expect(negationTriplets([], templates).toArrays()).toHaveLength(0);
    expect([...negationTriplets(["tuba"], templates)]).toEqual([]);
    expect(negationTriplets([], templates).size).toBe(0);
  });

  test("refuses templates without {x}, equal templates, and empty or repeated labels", () => {
    expect(() => negationTriplets([], { ...templates, template: "A {} track" })).toThrow(ArgumentError);
    expect(() => negationTriplets([], { ...templates, negatedTemplate: "A {x} track" })).toThrow(
      'negatedTemplate: expected another than template, got "A {x} track"',
    );
    expect(() => negationTriplets(["tuba", " "], templates)).toThrow("labels[1]: expected a label that is not empty");
    expect(() => negationTriplets(["tuba", "oboe", "tuba"], templates)).toThrow('("tuba" is labels[0] too)');
  });

  test("refuses nodes for labels, and templates that are missing", () => {
    const make = negationTriplets as (...given: unknown[]) => unknown;
    expect(() => make(tinysolTerms, templates)).toThrow(ArgumentError);
    expect(() => make(tinysolTerms, templates)).toThrow(
      "labels[0]: expected a string, such as the label of a node, got an object",
    );
    expect(() => make("tuba", templates)).toThrow('labels: expected an array of strings, got "tuba"');
    expect(() => make(["tuba"])).toThrow("options: expected { template, negatedTemplate }, got undefined");
    expect(() => make(["tuba"], {})).toThrow("template: expected a text with {x} where the label goes, got undefined");
  });
});
