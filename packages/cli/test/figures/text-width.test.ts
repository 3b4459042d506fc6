import { expect, it } from "vitest";
import { fitted, textWidth, wrapped } from "../../src/figures/text-width.ts";

/** How much wider text may be where DejaVu Sans stands in for Helvetica. */
const STAND_IN = 1.14;

it("counts Helvetica's widths: V 667, i 222, o 556, l 222, i 222, n 556 thousandths", () => {
  expect(textWidth("Violin", 10)).toBeCloseTo(24.45 * STAND_IN, 10);
  expect(textWidth("", 10)).toBe(0);
});

it("counts scripts with wide characters as wide as they are high, and those beside ASCII like Latin", () => {
  expect(textWidth("琵琶", 10)).toBeCloseTo(20 * STAND_IN, 10);
  expect(textWidth("ё", 10)).toBeCloseTo(6 * STAND_IN, 10);
});

it("leaves what fits, and cuts what does not at an ellipsis, never inside a character", () => {
  expect(fitted("Violin", 100, 10)).toBe("Violin");
  expect(fitted("Violoncello", 40, 10)).toBe("Violo…");
  expect(fitted("🎻🎻🎻🎻", 40, 10)).toBe("🎻🎻…");
  expect(textWidth(fitted("x".repeat(1000), 80, 10), 10)).toBeLessThanOrEqual(80);
});

it("makes one line of line breaks and what cannot be seen", () => {
  expect(fitted(" a\n\tb\u0000c\u202e ", 100, 10)).toBe("a b c");
});

it("breaks lines between words", () => {
  expect(wrapped("the quick brown fox", 60, 10)).toEqual(["the quick", "brown fox"]);
  expect(wrapped("", 60, 10)).toEqual([""]);
});
