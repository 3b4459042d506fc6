import fc from "fast-check";
import { expect, test } from "vitest";
import { orderLongRunsOfMarks } from "../../src/text/canonical-order.ts";

test("leaves texts without long runs of marks as they are", () => {
  const text = `a\u0301\u0327 ${"\u0301\u0327".repeat(60)}x${"é".repeat(300)}`;
  expect(orderLongRunsOfMarks(text)).toBe(text);
});

test("puts the marks of a long run in order, those of one class as they came", () => {
  const run = "\u0345\u0301\u0300\u0327\u0334".repeat(30);
  const expected = ["\u0334", "\u0327", "\u0301\u0300", "\u0345"].map((marks) => marks.repeat(30)).join("");
  expect(orderLongRunsOfMarks(`a${run}b`)).toBe(`a${expected}b`);
});

test("moves nothing across a mark that does not reorder", () => {
  const run = "\u0301\u0327\u20dd".repeat(50);
  expect(orderLongRunsOfMarks(run)).toBe("\u0327\u0301\u20dd".repeat(50));
});

test("changes no normal form", () => {
  const marks = [
    "\u0301",
    "\u0327",
    "\u0334",
    "\u0345",
    "\u0344",
    "\u0f73",
    "\u0f81",
    "\u20dd",
    "\u0903",
    "\u3099",
    "\u05b0",
    "\u{1d165}",
  ];
  const mark = fc.oneof(fc.constantFrom(...marks), fc.constantFrom(...marks.slice(0, 4)));
  const run = fc.array(mark, { minLength: 120, maxLength: 400 }).map((all) => all.join(""));
  fc.assert(
    fc.property(
      fc.constantFrom("", "a", "é", "ệ", "\uac00", " "),
      run,
      fc.constantFrom("", "b", "\u0301"),
      (before, marks, after) => {
        const text = before + marks + after;
        for (const form of ["NFC", "NFD"])
          expect(orderLongRunsOfMarks(text).normalize(form)).toBe(text.normalize(form));
      },
    ),
  );
});
