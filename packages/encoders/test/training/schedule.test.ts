import { describe, expect, test } from "vitest";
import { TrainingConfigError } from "../../src/training/errors.ts";
import { muscallSchedule, requireSchedule, type Schedule, scheduleFactor } from "../../src/training/schedule.ts";

describe("a schedule of the learning rate", () => {
  test("constant is 1", () => {
    expect(scheduleFactor({ kind: "constant" }, 12345)).toBe(1);
  });

  test("of MusCALL is down at a tenth of the run and up again at a fifth, and ends at its highest", () => {
    const schedule = muscallSchedule(1000);
    const at = (step: number) => scheduleFactor(schedule, step);
    expect([at(0), at(50), at(100), at(150), at(200), at(1000)].map((factor) => Number(factor.toFixed(12)))).toEqual([
      1, 0.5, 0, 0.5, 1, 1,
    ]);
  });

  test("of MusCALL may have a period that is no whole number: torch's rates for T_max 2.5", () => {
    const rates = [0, 1, 2].map((step) => scheduleFactor({ kind: "cosine", period: 2.5 }, step));
    // CosineAnnealingLR, of a learning rate of 1.
    for (const [i, rate] of [1, 0.6545084971874737, 0.09549150281252627].entries())
      expect(rates[i]).toBeCloseTo(rate, 15);
  });

  test("with a warm-up climbs in equal steps, then goes down to 0 and stays there", () => {
    const schedule: Schedule = { kind: "linear-warmup-cosine", warmupSteps: 4, totalSteps: 8 };
    const rates = Array.from({ length: 10 }, (_, step) => Number(scheduleFactor(schedule, step).toFixed(6)));
    expect(rates).toEqual([0.25, 0.5, 0.75, 1, 1, 0.853553, 0.5, 0.146447, 0, 0]);
  });

  test.each<[Schedule, string]>([
    [{ kind: "cosine", period: 0 }, "schedule.period"],
    [{ kind: "cosine", period: Number.NaN }, "schedule.period"],
    [{ kind: "linear-warmup-cosine", warmupSteps: 0, totalSteps: 0 }, "schedule.totalSteps"],
    [{ kind: "linear-warmup-cosine", warmupSteps: 8, totalSteps: 8 }, "schedule.warmupSteps"],
    [{ kind: "step" } as unknown as Schedule, "schedule.kind"],
  ])("%j is refused", (schedule, field) => {
    const refusal = () => requireSchedule(schedule);
    expect(refusal).toThrow(TrainingConfigError);
    expect(refusal).toThrow(field);
  });
});
