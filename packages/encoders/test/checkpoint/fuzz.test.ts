import { describe, expect, it } from "vitest";
import { fuzzCheckpoints, TARGETS, type Target } from "../../../../tools/fuzz/checkpoint.ts";
import { goldenPath } from "./goldens.ts";

// The short version of `npm run fuzz`, which makes 200,000 files of each kind.
describe("mutated files open, or are refused with a CheckpointError, and untouched tensors have their values", () => {
  it.each(Object.keys(TARGETS) as Target[])("%s", { timeout: 60_000 }, async (target) => {
    const report = await fuzzCheckpoints(target, goldenPath(""), { mutations: 1_500, seed: 1 });
    expect(report.files).toBe(1_500);
    // Mutations that are all refused, or all harmless, would test little.
    expect(report.opened).toBeGreaterThan(50);
    expect(Object.values(report.errors).reduce((a, b) => a + b, 0)).toBeGreaterThan(200);
    if (!["torch-zip-pickle", "sharded"].includes(target)) expect(report.compared).toBeGreaterThan(300);
  });
});
