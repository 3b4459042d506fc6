import { expect, it } from "vitest";
import { figuresOf, timeLeft } from "../src/bar-progress.ts";

it("steps without a unit are counted; with one, the rate is of what was done in this call", () => {
  expect(figuresOf(30, 120, 30, 2000, undefined)).toBe("30/120");
  expect(figuresOf(30, 120, 10, 2000, "clips")).toBe("30/120 clips | 5.00 clips/s");
  expect(figuresOf(900_000_000, 2_000_000_000, 300_000_000, 60_000, "bytes")).toBe("900.0/2000.0 MB | 5.0 MB/s");
});

it("the time that is left comes from the rate in this call, and is unknown before anything is done", () => {
  expect(timeLeft(20, 120, 0, 2000)).toBe("?");
  expect(timeLeft(30, 120, 10, 2000)).toBe("18 s");
  expect(timeLeft(30, 1030, 10, 2000)).toBe("3 min 20 s");
  expect(timeLeft(30, 20_030, 10, 2000)).toBe("1 h 6 min");
  expect(timeLeft(120, 120, 10, 2000)).toBe("0 s");
});
