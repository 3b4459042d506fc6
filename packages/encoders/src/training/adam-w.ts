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
import { requireFields, requireType } from "./config-fields.ts";
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

/** Far above every rate that trains anything, and far below where a step of float32 weights could overflow. */
const GREATEST_LEARNING_RATE = 1e6;

/** @throws {TrainingConfigError} for options with which AdamW cannot work, or that it does not have */
export function requireAdamW(options: AdamWOptions): void {
  requireFields(options, muscallOptimiser, "optimiser");
  const { learningRate, betas, epsilon, weightDecay } = options;
  const check = (field: string, value: number | string, holds: boolean, expected: string) => {
    if (!holds) throw new TrainingConfigError(field, `is ${value}, expected ${expected}`);
  };
  const isRate = learningRate >= 0 && learningRate <= GREATEST_LEARNING_RATE;
  check("learningRate", learningRate, isRate, `0 to ${GREATEST_LEARNING_RATE}`);
  // More than 1 turns weights around instead of making them smaller, and more than 2 makes them grow without end.
  const isDecay = weightDecay >= 0 && learningRate * weightDecay <= 1;
  check("weightDecay", weightDecay, isDecay, "0 or more, and times the learning rate at most 1");
  // Where a gradient has always been 0, nothing but epsilon is divided by.
  const isDivisor = Math.fround(epsilon) > 0 && epsilon <= 1;
  check("epsilon", epsilon, isDivisor, "above 0 as float32, and at most 1");
  check("betas", `[${betas}]`, betas.length === 2, "two numbers");
  for (const [i, beta] of betas.entries()) {
    requireType(`betas[${i}]`, beta, "number");
    check(`betas[${i}]`, beta, beta >= 0 && beta < 1, "0 or more and below 1");
  }
}
