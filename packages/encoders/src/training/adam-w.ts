import {
  add,
  dispose,
  div,
  mul,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { Backend } from "../backend/backend.ts";
import { hasTrainingKernel, runTrainingKernel, trainingKernels } from "../backend/training-kernels.ts";
import { TrainingConfigError } from "./errors.ts";

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

/** MusCALL's. */
export const muscallOptimiser: AdamWOptions = {
  learningRate: 5e-5,
  betas: [0.9, 0.98],
  epsilon: 1e-6,
  weightDecay: 0.2,
  decayAll: true,
};

/** A weight that is trained, with its moments. */
interface Trained {
  readonly weight: Variable;
  /** Running mean of the gradient. */
  readonly first: Variable;
  /** Running mean of the squared gradient. */
  readonly second: Variable;
}

/**
 * AdamW as PyTorch computes it: a weight decays by lr x weightDecay, then moves by lr times its mean gradient over the root of
 * its mean squared gradient, both corrected for having begun with zero. A weight without gradient is left alone.
 * @see Loshchilov & Hutter 2019, "Decoupled weight decay regularization"
 * @internal
 */
export class AdamW {
  readonly #options: AdamWOptions;
  readonly #trained: ReadonlyMap<Variable, Trained>;
  /** Steps made so far. */
  step = 0;

  /** @param weights - belong to the caller */
  constructor(backend: Backend, weights: readonly Variable[], options: AdamWOptions) {
    this.#options = options;
    const zeros = (weight: Variable) => {
      const made = backend.run(() => zerosLike(weight));
      const kept = variable(made);
      made.dispose();
      return kept;
    };
    this.#trained = new Map(weights.map((weight) => [weight, { weight, first: zeros(weight), second: zeros(weight) }]));
  }

  /** One step; runs inside of `Backend.run`. */
  apply(gradients: ReadonlyMap<Tensor, Tensor>, learningRate: number): void {
    this.step += 1;
    for (const [weight, trained] of this.#trained) {
      const gradient = gradients.get(weight);
      if (gradient !== undefined) tidy(() => this.#update(trained, gradient, learningRate));
    }
  }

  /** The running means of a weight's gradient and squared gradient. */
  moments(weight: Variable): { readonly first: Variable; readonly second: Variable } {
    return this.#trained.get(weight)!;
  }

  dispose(): void {
    for (const { first, second } of this.#trained.values()) dispose([first, second]);
  }

  #update({ weight, first, second }: Trained, gradient: Tensor, learningRate: number): void {
    const { betas, epsilon, weightDecay, decayAll } = this.#options;
    const [beta1, beta2] = betas;
    const decay = decayAll || weight.rank >= 2 ? learningRate * weightDecay : 0;
    const correction = Math.sqrt(1 - beta2 ** this.step);
    const rate = learningRate / (1 - beta1 ** this.step);
    if (hasTrainingKernel(trainingKernels.adamW)) {
      const attributes = { beta1, beta2, decay, rate, correction, epsilon };
      runTrainingKernel(trainingKernels.adamW, { weight, first, second, gradient }, attributes);
      return;
    }
    first.assign(add(first, mul(sub(gradient, first), 1 - beta1)));
    second.assign(add(mul(second, beta2), mul(square(gradient), 1 - beta2)));
    const deviation = add(div(sqrt(second), correction), epsilon);
    weight.assign(sub(mul(weight, 1 - decay), mul(div(first, deviation), rate)));
  }
}

/** @throws {TrainingConfigError} for options with which AdamW cannot work */
export function requireAdamW({ learningRate, betas, epsilon, weightDecay }: AdamWOptions): void {
  const check = (field: string, value: number, holds: boolean, expected: string) => {
    if (!holds) throw new TrainingConfigError(field, `is ${value}, expected ${expected}`);
  };
  check("learningRate", learningRate, learningRate >= 0 && learningRate < Number.POSITIVE_INFINITY, "at least 0");
  check("weightDecay", weightDecay, weightDecay >= 0 && weightDecay < Number.POSITIVE_INFINITY, "at least 0");
  check("epsilon", epsilon, epsilon >= 0 && epsilon < Number.POSITIVE_INFINITY, "at least 0");
  for (const [i, beta] of betas.entries()) check(`betas[${i}]`, beta, beta >= 0 && beta < 1, "0 or more and below 1");
}
