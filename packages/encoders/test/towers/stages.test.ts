import { add, memory, mul, scalar, type Tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { runStages, type Stage } from "../../src/towers/stages.ts";
import { onEveryBackend } from "../backends.ts";

onEveryBackend((open) => {
  test("stages follow one another, and a tap gets those that have a name", async () => {
    const backend = await open();
    const stages: Stage[] = [
      { name: "doubled", run: (x) => mul(x, 2) },
      { run: (x) => add(x, 1) },
      { name: "negated", run: (x) => mul(x, -1), tapped: (x) => mul(x, 100) },
    ];
    const seen: [string, number][] = [];
    const tap = (name: string, value: Tensor) => seen.push([name, value.dataSync()[0]!]);
    const result = backend.run(() => runStages(scalar(5), stages, tap));
    expect(result.dataSync()[0]).toBe(-11);
    expect(seen).toEqual([
      ["doubled", 10],
      ["negated", -1100],
    ]);
    result.dispose();
  });

  test("no stage finds more in memory than its input and that of the whole", async () => {
    const backend = await open();
    const before = memory().numTensors;
    const found: number[] = [];
    const stage: Stage = {
      run: (x) => {
        found.push(memory().numTensors - before);
        return add(mul(x, 2), mul(x, x));
      },
    };
    const result = backend.run(() => {
      const input = scalar(1);
      const output = runStages(input, [stage, stage, stage, stage]);
      expect(input.isDisposed).toBe(false);
      return output;
    });
    expect(found).toEqual([1, 2, 2, 2]);
    result.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
