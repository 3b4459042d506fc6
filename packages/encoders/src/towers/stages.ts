import { type Tensor, tidy } from "@tensorflow/tfjs-core";

/** Called with the name and the value of a stage, for comparing towers stage by stage. */
export type Tap = (stage: string, value: Tensor) => void;

/** One step of a tower. */
export interface Stage {
  /** What a tap calls its output; without a name it is not tapped. */
  readonly name?: string;
  run(x: Tensor): Tensor;
  /** The output as a tap gets it, where the tower keeps it in another order. */
  tapped?(output: Tensor): Tensor;
}

/**
 * Runs the stages one after the other and frees each value as soon as the next one is there: all of a deep tower's values
 * together are many times as large as those of one stage. `input` stays as it is.
 */
export function runStages(input: Tensor, stages: readonly Stage[], tap?: Tap): Tensor {
  let x = input;
  for (const { name, run, tapped } of stages) {
    const output = tidy(() => run(x));
    if (x !== input) x.dispose();
    x = output;
    if (tap !== undefined && name !== undefined) {
      tidy(() => {
        tap(name, tapped === undefined ? output : tapped(output));
      });
    }
  }
  return x;
}
