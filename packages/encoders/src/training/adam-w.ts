/** Options of AdamW. */
export interface AdamWOptions {
  /** The highest learning rate, which the schedule scales. */
  readonly learningRate: number;
  /** How much of the running means of gradient and squared gradient stays in each step. */
  readonly betas: readonly [number, number];
  /** Added to the root of the mean squared gradient. */
  readonly epsilon: number;
  /** Part of a weight that is taken away in each step, times the learning rate. */
  readonly weightDecay: number;
  /** Whether biases, normalisations and the temperature decay too, as in MusCALL. */
  readonly decayAll: boolean;
}
