import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonFaultOffset } from "../src/json-fault.ts";

describe("jsonFaultOffset", () => {
  test.each([
    ['{ "a": [1, ] }', 11],
    ['{ "a": 1, }', 10],
    ["{ a: 1 }", 2],
    ['{ "a" 1 }', 6],
    ['[1, 2\n"x"]', 6],
    ["[}", 1],
    ["[1] 2", 4],
    ["[01]", 2],
    ['["\\x"]', 1],
    ['["\\u00e9 \\" \u007f", ,]', 16],
    ['["open]', 1],
    ["[1", 2],
    ["", 0],
  ])("of %j is %d", (text, offset) => {
    expect(jsonFaultOffset(text)).toBe(offset);
  });

  test("reads strings of any length", () => {
    const text = JSON.stringify("\n".repeat(5_000_000));
    expect(jsonFaultOffset(text)).toBe(text.length);
    expect(jsonFaultOffset(`${text},`)).toBe(text.length);
  });

  test("finds no fault in JSON, and none before the end where JSON is cut off", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, cut) => {
        expect(jsonFaultOffset(text)).toBe(text.length);
        const punctuation = text.slice(0, cut % (text.length + 1)).replace(/"[^"]*$|[-\w.+]*$/, "");
        if (/[\\"]/.test(text)) return;
        expect(jsonFaultOffset(punctuation)).toBe(punctuation.length);
      }),
    );
  });
});
