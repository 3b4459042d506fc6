import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { toValues } from "../../src/checkpoint/elements.ts";
import { openCheckpointFile } from "../../src/checkpoint/node.ts";
import { base64, expected, golden, goldenPath } from "./goldens.ts";

/** The golden files that open with an option, which have tests of their own. */
const OPTIONS: Readonly<Record<string, object>> = {
  "nested.pt": { stateDictKey: "model" },
  "evil.pt": { allowOpaque: true },
  "evil-legacy.pt": { allowOpaque: true },
};
const files = Object.keys(expected.files).filter((file) => Object.keys(expected.files[file]!).length > 0);

describe.each(files)("%s", (file) => {
  const tensors = Object.entries(expected.files[file]!);

  it("has the tensors that torch sees, in its order, with their types and shapes", async () => {
    const checkpoint = await openCheckpointFile(goldenPath(file), OPTIONS[file]);
    // safetensors orders them itself, and an index by its own keys.
    const inOrder = (names: string[]) => (/safetensors|sharded/.test(file) ? names.sort() : names);
    expect(inOrder([...checkpoint.tensors.keys()])).toEqual(inOrder(tensors.map(([name]) => name)));
    for (const [name, { dtype, shape, values }] of tensors) {
      const info = checkpoint.tensors.get(name);
      expect(info, name).toMatchObject({ dtype, shape, byteLength: Buffer.from(values, "base64").length });
    }
    await checkpoint.close();
  });

  it("gives float32 values that equal tensor.float() bit for bit", async () => {
    const checkpoint = await openCheckpointFile(goldenPath(file), OPTIONS[file]);
    for (const [name, { float32 }] of tensors) {
      expect(withOneNan(await checkpoint.read(name)), name).toBe(withOneNan(floats(float32)));
      const target = new Float32Array(floats(float32).length);
      await checkpoint.readInto(name, target);
      expect(withOneNan(target), name).toBe(withOneNan(floats(float32)));
      const parts: number[] = [];
      for await (const part of checkpoint.readParts(name, new Float32Array(5))) parts.push(...part);
      expect(withOneNan(Float32Array.from(parts)), name).toBe(withOneNan(floats(float32)));
    }
    await checkpoint.close();
  });

  it("gives the values of the file without loss", async () => {
    const checkpoint = await openCheckpointFile(goldenPath(file), OPTIONS[file]);
    for (const [name, { dtype, values, float32 }] of tensors) {
      const read = await checkpoint.readValues(name);
      if (dtype === "float16" || dtype === "bfloat16") {
        expect(withOneNan(read as Float32Array), name).toBe(withOneNan(floats(float32)));
      } else {
        expect(base64(read), name).toBe(values);
      }
    }
    await checkpoint.close();
  });
});

function floats(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** NaN has many bit patterns, and processors change them; all other values have one. */
function withOneNan(values: Float32Array): string {
  return base64(values.map((value) => (Number.isNaN(value) ? Number.NaN : value)));
}

it("converts all 65,536 halves as torch does", () => {
  const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const values = toValues(new Uint8Array(patterns.buffer), "float16", true) as Float32Array;
  const numbers = values.filter((value) => !Number.isNaN(value));
  expect(numbers.length).toBe(63490);
  expect(
    createHash("sha256")
      .update(new Uint8Array(numbers.buffer, 0, numbers.byteLength))
      .digest("hex"),
  ).toBe(expected["sha256 of the 63490 halves that are not NaN, as float32"]);
  expect([...values.keys()].filter((i) => Number.isNaN(values[i]))).toEqual(
    [...patterns].filter((p) => (p & 0x7c00) === 0x7c00 && (p & 0x3ff) !== 0),
  );
});

it("openCheckpoint needs no file system", async () => {
  const checkpoint = await openCheckpoint(golden("training.pt"));
  expect(checkpoint.name).toBe("training.pt");
  expect(checkpoint.format).toBe("torch-zip");
});

it("files are opened in Node only; all else is in both entries of the package", async () => {
  const [anywhere, inNode] = [await import("../../src/index.ts"), await import("../../src/node.ts")];
  expect(anywhere.openCheckpoint).toBe(openCheckpoint);
  expect(inNode.openCheckpointFile).toBe(openCheckpointFile);
  // Those that are others in Node, where they take paths and choose a backend.
  const { loadTwoTower, createContrastiveTrainer, openProjectionTraining, ...others } = anywhere;
  expect(inNode).toMatchObject(others);
  expect(inNode.loadTwoTower).not.toBe(loadTwoTower);
  expect(inNode.createContrastiveTrainer).not.toBe(createContrastiveTrainer);
  expect(inNode.openProjectionTraining).not.toBe(openProjectionTraining);
  for (const name of ["openFile", "openCheckpointFile"]) {
    expect(inNode).toHaveProperty(name);
    expect(anywhere).not.toHaveProperty(name);
  }
});
