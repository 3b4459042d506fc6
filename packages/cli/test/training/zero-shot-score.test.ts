import { quantile, xoshiro128 } from "@irec/metrics";
import { describe, expect, it } from "vitest";
import { scoredClips, scoreOf } from "../../src/training/stored-embeddings/zero-shot-predictions.ts";

const classes = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 2, 2, 2);
const groups = Int32Array.of(0, 0, 1, 2, 3, 3, 4, 5, 5, 6);
const answers = [0, 0, 1, 0, 1, 2, 2, 2, 2, 0];

describe("a zero-shot score", () => {
  it("has intervals of a bootstrap that draws whole groups, computed here draw by draw", () => {
    const rows = [9, 0, 1, 2, 4, 5, 6, 7, 8, 0];
    const own = Int32Array.from(rows, (row) => answers[row]!);
    const score = scoreOf(scoredClips({ classes, units: { unit: "instrument-pitch group", groups } }, rows, 7), own);

    const random = xoshiro128(7);
    // The groups of these rows in rising order; group 2 has none.
    const units = [0, 1, 3, 4, 5, 6].map((group) => rows.filter((row) => groups[row] === group));
    const measure = (sample: readonly number[]) => {
      const share = (some: readonly number[]) =>
        some.filter((row) => answers[row] === classes[row]).length / some.length;
      const recalls = [0, 1, 2].map((label) => share(sample.filter((row) => classes[row] === label)));
      const defined = recalls.filter((recall) => !Number.isNaN(recall));
      return { top1: share(sample), balanced: defined.reduce((sum, recall) => sum + recall, 0) / defined.length };
    };
    const draws = Array.from({ length: 1000 }, () =>
      measure(units.flatMap(() => units[random.nextBelow(units.length)]!)),
    );
    expect(score).toMatchObject({ clips: 10, top1: measure(rows).top1 });
    expect(score.balanced).toBeCloseTo(measure(rows).balanced, 12);
    for (const name of ["top1", "balanced"] as const) {
      const values = draws.map((draw) => draw[name]);
      const { low, high, level, unit } = score.intervals![name];
      expect([level, unit]).toEqual([0.95, "instrument-pitch group"]);
      expect(low).toBeCloseTo(quantile(values, 0.025), 12);
      expect(high).toBeCloseTo(quantile(values, 0.975), 12);
      expect(high - low).toBeGreaterThan(0.3);
    }
  });

  it("of no clips has none", () => {
    const none = scoredClips({ classes, units: { unit: "clip", groups } }, [], 0);
    expect(scoreOf(none, new Int32Array())).toEqual({ clips: 0, top1: 0, balanced: 0, intervals: null });
  });
});
