import type { Parameter } from "../layers/parameters.ts";
import { RandomStream } from "./random-stream.ts";

/**
 * A new value of a parameter as PyTorch initialises it by default, in the order in which it is stored: weights of linear layers
 * and convolutions, and biases of linear layers, uniform in +-1 / sqrt(fan in); embeddings normal; the positional table of the
 * attention pool normal / sqrt(channels); normalisations as the identity.
 * @param parameters - all parameters of the model, by name
 * @see torch.nn.Linear, Conv2d, Embedding, LayerNorm, BatchNorm2d
 */
export function initialWeights(
  { name, shape, layout }: Parameter,
  parameters: ReadonlyMap<string, Parameter>,
  seed: number,
): Float32Array<ArrayBuffer> {
  const random = new RandomStream(seed, "weights", name);
  const filled = (next: () => number) => {
    const values = new Float32Array(elementsOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = next();
    return values;
  };
  const uniform = (fanIn: number) => filled(() => (2 * random.uniform() - 1) / Math.sqrt(fanIn));
  if (layout !== "stored") return uniform(elementsOf(shape.slice(1)));
  if (shape.length === 2) {
    const deviation = name.endsWith("positional_embedding") ? shape[1]! ** -0.5 : 1;
    return filled(() => deviation * random.normal());
  }
  if (/(\.weight|running_var)$/.test(name)) return filled(() => 1);
  const weight = parameters.get(name.replace(/bias$/, "weight"));
  const isOfLinear = name.endsWith(".bias") && weight !== undefined && weight.layout !== "stored";
  return isOfLinear ? uniform(elementsOf(weight.shape.slice(1))) : filled(() => 0);
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
