import { requireType } from "./config-fields.ts";
import { TrainingConfigError } from "./errors.ts";

/**
 * The learning rate over the steps, as a factor of the highest one.
 *
 * `cosine` is (1 + cos(pi t / period)) / 2 before step t, counted from 0: it goes down to 0 at `period`, and up again behind it.
 */
export type Schedule =
  | { readonly kind: "constant" }
  | { readonly kind: "cosine"; readonly period: number }
  | { readonly kind: "linear-warmup-cosine"; readonly warmupSteps: number; readonly totalSteps: number };

/** MusCALL's: a cosine whose period is a tenth of the run, so that the rate is 0 five times and ends at its highest. */
export function muscallSchedule(totalSteps: number): Schedule {
  return { kind: "cosine", period: 0.1 * totalSteps };
}

/** The factor of the highest learning rate for a step, counted from 0. */
export function scheduleFactor(schedule: Schedule, step: number): number {
  switch (schedule.kind) {
    case "constant":
      return 1;
    case "cosine":
      return (1 + Math.cos((Math.PI * step) / schedule.period)) / 2;
    case "linear-warmup-cosine": {
      const { warmupSteps, totalSteps } = schedule;
      if (step < warmupSteps) return (step + 1) / warmupSteps;
      const done = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
      return (1 + Math.cos(Math.PI * done)) / 2;
    }
  }
}

/** @throws {TrainingConfigError} for a schedule that has no rate for some step */
export function requireSchedule(schedule: Schedule): void {
  const positive = (field: string, value: number) => {
    requireType(field, value, "number");
    if (value > 0 && value < Number.POSITIVE_INFINITY) return;
    throw new TrainingConfigError(field, `is ${value}, expected a positive number of steps`);
  };
  switch (schedule.kind) {
    case "constant":
      return;
    case "cosine":
      positive("schedule.period", schedule.period);
      return;
    case "linear-warmup-cosine": {
      const { warmupSteps, totalSteps } = schedule;
      positive("schedule.totalSteps", totalSteps);
      requireType("schedule.warmupSteps", warmupSteps, "number");
      if (warmupSteps >= 0 && warmupSteps < totalSteps) return;
      throw new TrainingConfigError(
        "schedule.warmupSteps",
        `is ${warmupSteps}, expected 0 or more and below totalSteps`,
      );
    }
    default: {
      const kinds = '"constant", "cosine" or "linear-warmup-cosine"';
      const { kind } = schedule as { readonly kind: unknown };
      throw new TrainingConfigError("schedule.kind", `is ${String(kind)}, expected ${kinds}`);
    }
  }
}
