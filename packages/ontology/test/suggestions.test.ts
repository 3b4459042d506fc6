import { describe, expect, test } from "vitest";
import { nearestSpellings } from "../src/suggestions.ts";

describe("nearestSpellings", () => {
  test("counts a swap of neighbours as one edit, like an insertion, a deletion or a substitution", () => {
    for (const typed of ["oobe", "oboee", "obo", "abcd"]) {
      const expected = typed === "abcd" ? [] : ["oboe"];
      expect(nearestSpellings(typed, ["oboe", "tuba", "gong"], 3)).toEqual(expected);
    }
  });

  test("puts the nearest first, keeps the order of equals, and ignores letter case", () => {
    expect(nearestSpellings("VIOLLA", ["violin", "viola", "villa", "Viola da gamba"], 2)).toEqual(["viola", "villa"]);
  });

  test("gives up on text that nobody mistypes", () => {
    expect(nearestSpellings("x".repeat(201), ["x".repeat(201)], 1)).toEqual([]);
  });
});
