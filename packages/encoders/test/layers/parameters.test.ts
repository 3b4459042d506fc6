import { scalar, type Tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  flattenParameters,
  layerNormParameters,
  linearParameters,
  loadParameters,
  type Parameter,
  parameter,
} from "../../src/layers/parameters.ts";
import { onEveryBackend } from "../backends.ts";

const tree = {
  blocks: [0, 1].map((block) => ({ output: linearParameters(`blocks.${block}.output`, 3, 2) })),
  norm: layerNormParameters("norm", 3),
  scale: parameter("scale", []),
};

test("names and shapes are PyTorch's, in the order of the tree", () => {
  expect(flattenParameters(tree).map(({ name, shape, layout }) => [name, shape, layout])).toEqual([
    ["blocks.0.output.weight", [2, 3], "linear"],
    ["blocks.0.output.bias", [2], "stored"],
    ["blocks.1.output.weight", [2, 3], "linear"],
    ["blocks.1.output.bias", [2], "stored"],
    ["norm.weight", [3], "stored"],
    ["norm.bias", [3], "stored"],
    ["scale", [], "stored"],
  ]);
});

onEveryBackend((open) => {
  test("a loaded tree has tensors in the same places, read one after the other", async () => {
    await open();
    const names: string[] = [];
    let reading = 0;
    const load = async ({ name }: Parameter): Promise<Tensor> => {
      expect(reading++).toBe(0);
      await Promise.resolve();
      reading--;
      names.push(name);
      return scalar(names.length);
    };
    const loaded = await loadParameters(tree, load);
    expect(names).toEqual(flattenParameters(tree).map(({ name }) => name));
    expect(loaded.blocks[1]!.output.weight.dataSync()[0]).toBe(3);
    expect(loaded.norm.gamma.dataSync()[0]).toBe(5);
    expect(loaded.scale.dataSync()[0]).toBe(7);
    for (const { output } of loaded.blocks) for (const one of [output.weight, output.bias]) one.dispose();
    for (const one of [loaded.norm.gamma, loaded.norm.beta, loaded.scale]) one.dispose();
  });

  test("what stops the reading stops the loading", async () => {
    await open();
    let read = 0;
    const load = async () => {
      if (++read === 3) throw new Error("the file ends here");
      return scalar(read);
    };
    await expect(loadParameters(tree, load)).rejects.toThrow("the file ends here");
    expect(read).toBe(3);
  });
});
