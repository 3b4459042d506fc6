import { add, dispose, type Tensor, type TensorContainerObject, tidy } from "@tensorflow/tfjs-core";

/** A tensor on the way forward, whose gradient is gathered on the way back. */
export interface Signal {
  readonly value: Tensor;
  /** Whether anything behind it is to be trained. */
  readonly needsGradient: boolean;
}

/** What an operation makes, and what its gradient needs of it. */
export interface Made<Saved extends TensorContainerObject> {
  readonly value: Tensor;
  /** Freed behind the gradient, as `value` is. */
  readonly saved: Saved;
  /** What somebody else needs as long as the scope around the pass lives. */
  readonly shared?: TensorContainerObject;
}

/** The gradients of an operation's inputs, in their order; undefined where there is none. */
type Backward<Saved> = (gradient: Tensor, saved: Saved) => readonly (Tensor | undefined)[];

interface Step {
  readonly inputs: readonly Signal[];
  readonly output: Signal;
  readonly saved: TensorContainerObject;
  readonly backward: Backward<never>;
}

/**
 * Remembers the operations of a forward pass, and runs through their gradients from the last to the first: differentiation in
 * reverse mode. It is used for one pass.
 *
 * The gradients of TensorFlow.js are not used. Its kernels have none of ours, and normalisations made of its plain operations
 * keep five copies of an activation where one is enough.
 */
export class Tape {
  readonly #steps: Step[] = [];
  readonly #parameters = new Map<Tensor, Signal>();
  readonly #gradients = new Map<Signal, Tensor>();

  /** A tensor that is not trained. */
  constant(value: Tensor): Signal {
    return { value, needsGradient: false };
  }

  /** A tensor that is trained; the same signal for the same tensor. */
  parameter(value: Tensor): Signal {
    const known = this.#parameters.get(value);
    if (known !== undefined) return known;
    const signal: Signal = { value, needsGradient: true };
    this.#parameters.set(value, signal);
    return signal;
  }

  /**
   * Runs an operation and remembers it.
   * @param forward - its tensors are freed except for those that it returns
   * @param backward - the gradients of the inputs, of the output's gradient; asked only where an input needs one
   */
  apply<Saved extends TensorContainerObject>(
    inputs: readonly Signal[],
    forward: () => Made<Saved>,
    backward: Backward<Saved>,
  ): Signal {
    const { value, saved } = tidy(() => forward() as unknown as TensorContainerObject) as unknown as Made<Saved>;
    const output: Signal = { value, needsGradient: inputs.some(({ needsGradient }) => needsGradient) };
    this.#steps.push({ inputs, output, saved, backward });
    return output;
  }

  /**
   * Runs back from the outputs to the parameters, and frees the values of the forward pass on the way.
   * @param outputs - with their gradients, which belong to the tape from now on
   * @returns the gradient of each parameter that has one
   */
  backward(outputs: readonly (readonly [Signal, Tensor])[]): Map<Tensor, Tensor> {
    for (const [output, gradient] of outputs) this.#gather(output, gradient);
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const { inputs, output, saved, backward } = step;
      const gradient = this.#gradients.get(output);
      if (gradient !== undefined && output.needsGradient) {
        const parts = tidy(
          () => ({ ...(backward as Backward<unknown>)(gradient, saved) }) as unknown as TensorContainerObject,
        );
        for (const [i, input] of inputs.entries()) {
          const part = parts[i] as Tensor | undefined;
          if (part === undefined) continue;
          if (input.needsGradient) this.#gather(input, part);
          else part.dispose();
        }
      }
      gradient?.dispose();
      this.#gradients.delete(output);
      dispose([output.value, saved]);
    }
    const gradients = new Map<Tensor, Tensor>();
    for (const [value, signal] of this.#parameters) {
      const gradient = this.#gradients.get(signal);
      if (gradient !== undefined) gradients.set(value, gradient);
    }
    return gradients;
  }

  #gather(signal: Signal, part: Tensor): void {
    const sum = this.#gradients.get(signal);
    if (sum === undefined) {
      this.#gradients.set(signal, part);
      return;
    }
    this.#gradients.set(signal, add(sum, part));
    dispose([sum, part]);
  }
}
