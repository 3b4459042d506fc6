import { memory, ones, reshape, type Tensor, type Tensor1D, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { attendOnce, selfAttention } from "../../src/training/differentiable/attention.ts";
import { averagePool } from "../../src/training/differentiable/average-pool.ts";
import { batchNorm } from "../../src/training/differentiable/batch-norm.ts";
import { convolution } from "../../src/training/differentiable/convolution.ts";
import { addRelu, gelu } from "../../src/training/differentiable/elementwise.ts";
import { layerNorm } from "../../src/training/differentiable/layer-norm.ts";
import { linear } from "../../src/training/differentiable/linear.ts";
import { embed, meanAndPlaces, meanOfPlaces, unitRows } from "../../src/training/differentiable/rows.ts";
import { type Signal, Tape } from "../../src/training/tape.ts";
import { greatestGap } from "../audio/golden.ts";
import { onEveryBackend } from "../backends.ts";
import { openGolden } from "./contrastive-goldens.ts";

type Inputs = Readonly<Record<string, Tensor>>;

/** Each operation as it is called; inputs by their names in the golden file. */
const cases: Record<string, (tape: Tape, x: (name: string) => Signal, inputs: Inputs) => Signal> = {
  linear: (tape, x, { weight, bias }) => linear(tape, x("x"), { weight: weight!, bias: bias! }),
  convolution1: (tape, x, { weight }) => convolution(tape, x("x"), weight!),
  convolution3: (tape, x, { weight }) => convolution(tape, x("x"), weight!),
  convolution3of2: (tape, _, { x, weight }) => convolution(tape, tape.constant(x!), weight!, 2),
  batchNorm: (tape, x, { gamma, beta }) => batchNorm(tape, x("x"), { gamma: gamma!, beta: beta! }, "none", () => {}),
  batchNormRelu: (tape, x, { gamma, beta }) =>
    batchNorm(tape, x("x"), { gamma: gamma!, beta: beta! }, "relu", () => {}),
  batchNormRelu6: (tape, x, { gamma, beta }) =>
    batchNorm(tape, x("x"), { gamma: gamma!, beta: beta! }, "relu", () => {}),
  averagePool: (tape, x) => averagePool(tape, x("x"), 2),
  selfAttention: (tape, x, { mask, kept }) =>
    selfAttention(tape, x("qkv"), { heads: 3, additive: reshape(mask!, [1, 1, 5, 5]), kept }),
  attendOnce: (tape, x) => attendOnce(tape, x("query"), x("key"), x("value"), 2),
  layerNorm: (tape, x, { gamma, beta }) => layerNorm(tape, x("x"), { gamma: gamma!, beta: beta! }),
  gelu: (tape, x) => gelu(tape, x("x")),
  addRelu: (tape, x) => addRelu(tape, x("a"), x("b")),
  meanAndPlaces: (tape, x, { positions }) => meanAndPlaces(tape, x("map"), positions!),
  meanOfPlaces: (tape, x) => meanOfPlaces(tape, x("map")),
  embed: (tape, _, { ids, tokens, positions }) =>
    embed(tape, reshape(ids!, [-1]) as Tensor1D, ids!.shape[1]!, tokens!, positions!),
  unitRows: (tape, x) => unitRows(tape, x("x")),
};

/** Values are of order 1 to 10; measured 5e-6. */
const TOLERANCE = 2e-5;

onEveryBackend((open) => {
  describe("an operation with a gradient", () => {
    test.each(Object.keys(cases))("%s computes and differentiates as PyTorch does", async (name) => {
      const found = await run(await open(), name);
      expect([...found.keys()].toSorted()).toEqual(await goldenNames(name));
      const golden = await openGolden("operations");
      for (const [key, values] of found) {
        expect(greatestGap(values, await golden.read(`${name}.${key}`)), key).toBeLessThan(TOLERANCE);
      }
    });
  });

  test("a tape gives back all that it made", async () => {
    const backend = await open();
    const x = backend.run(() => ones([2, 5, 4, 3]));
    const gamma = backend.run(() => ones([3]));
    const before = memory().numTensors;
    const between: number[] = [];
    backend.run(() => {
      const tape = new Tape();
      const y = batchNorm(tape, tape.parameter(x), { gamma, beta: gamma }, "relu", () => {});
      const z = averagePool(tape, y, 2);
      tape.backward([[z, ones(z.value.shape)]]);
      between.push(memory().numTensors);
      return [];
    });
    expect(memory().numTensors).toBe(before);
    // The gradients of x, and of gamma, which is beta too; mean and variance of the batch.
    expect(between[0]).toBe(before + 4);
    x.dispose();
    gamma.dispose();
  });
});

async function goldenNames(name: string): Promise<string[]> {
  const keys = [...(await openGolden("operations")).tensors.keys()].filter((key) => key.startsWith(`${name}.`));
  return keys
    .map((key) => key.slice(name.length + 1))
    .filter((key) => /^(out|grad\.)/.test(key))
    .toSorted();
}

/** The output and all gradients of a case, by their names in the golden file. */
async function run(backend: Backend, name: string): Promise<Map<string, Float32Array>> {
  const golden = await openGolden("operations");
  const inputs: Record<string, Tensor> = {};
  for (const [key, { shape, dtype }] of golden.tensors) {
    if (!key.startsWith(`${name}.in.`)) continue;
    const values = await golden.read(key);
    const type = dtype === "int64" ? "int32" : "float32";
    inputs[key.slice(name.length + 4)] = backend.run(() => tensor(values, [...shape], type));
  }
  const dout = await golden.read(`${name}.dout`);
  const found = new Map<string, Float32Array>();
  backend.run(() => {
    const tape = new Tape();
    const output = cases[name]!(tape, (input) => tape.parameter(inputs[input]!), inputs);
    found.set("out", output.value.dataSync<"float32">().slice());
    const gradients = tape.backward([[output, tensor(dout, output.value.shape)]]);
    for (const [input, value] of Object.entries(inputs)) {
      const gradient = gradients.get(value);
      if (gradient !== undefined) found.set(`grad.${input}`, gradient.dataSync<"float32">().slice());
    }
    return [];
  });
  for (const input of Object.values(inputs)) input.dispose();
  return found;
}
