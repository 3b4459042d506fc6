import { fill, memory } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { AudioOptionError, EmptyAudioError, NonFiniteSampleError } from "../../src/audio/errors.ts";
import { openWasmBackend } from "../../src/backend/wasm/open.ts";
import { DisposedModelError, MissingTokenizerError, NonFiniteEmbeddingError } from "../../src/models/errors.ts";
import type { Waveform } from "../../src/two-tower.ts";
import { smallModel } from "./small-model.ts";

const backend = await openWasmBackend();
const clip = (...samples: number[]): Waveform => ({ samples: Float32Array.from(samples), sampleRate: 8 });
const rows = ({ data, shape }: { data: Float32Array; shape: number[] }) =>
  Array.from({ length: shape[0]! }, (_, row) => [...data.subarray(row * shape[1]!, (row + 1) * shape[1]!)]);

describe("encodeAudio", () => {
  test("gives the tower's own output and its projection, row by row", async () => {
    const { model } = smallModel(backend);
    const { preJoint, joint } = await model.encodeAudio([clip(3, 3, 3, 3), clip(0, 0, 0, 4)]);
    expect(rows(preJoint)).toEqual([
      [3, 3],
      [1, 4],
    ]);
    expect(rows(joint)[1]![0]).toBeCloseTo(1 / Math.sqrt(17), 6);
    expect(rows(joint)[1]![1]).toBeCloseTo(4 / Math.sqrt(17), 6);
  });

  test("repeats and pads a short clip, as the default policy does", async () => {
    const { model } = smallModel(backend);
    const { preJoint } = await model.encodeAudio([clip(1, 2, 3)]);
    expect(rows(preJoint)).toEqual([[1.5, 3]]); // 1 2 3 0
  });

  test("averages the pieces of a long clip by what each adds", async () => {
    const { model, batches } = smallModel(backend);
    const { preJoint } = await model.encodeAudio([clip(0, 0, 0, 8, 0, 0)]);
    // Pieces 0 0 0 8 with weight 4/6 and 0 8 0 0 with weight 2/6.
    expect(rows(preJoint)[0]![0]).toBeCloseTo(2, 6);
    expect(rows(preJoint)[0]![1]).toBeCloseTo(8, 6);
    expect(batches).toEqual([[2, 4, 1]]);
  });

  test("takes a policy by name or as a function", async () => {
    const { model } = smallModel(backend);
    const named = await model.encodeAudio([clip(1, 2, 3)], { lengthPolicy: "study-pre-joint" });
    expect(rows(named.preJoint)).toEqual([[2, 3]]); // 1 2 3 as it is
    const own = await model.encodeAudio([clip(1, 2, 3)], {
      lengthPolicy: (samples) => ({ pieces: [samples.subarray(0, 1)], weights: [1] }),
    });
    expect(rows(own.preJoint)).toEqual([[1, 1]]);
  });

  test("makes the same of clips one by one and in any batches", async () => {
    const clips = Array.from({ length: 7 }, (_, i) =>
      clip(...Array.from({ length: i + 1 }, (_, k) => Math.sin(k + i + 1))),
    );
    const { model } = smallModel(backend);
    const whole = await model.encodeAudio(clips);
    for (const batchSize of [1, 2, 3, 100]) {
      expect(await model.encodeAudio(clips, { batchSize })).toEqual(whole);
    }
  });

  test("puts pieces of unlike lengths into batches of their own", async () => {
    const { model, batches } = smallModel(backend);
    const clips = [clip(1, 1, 1, 1), clip(2, 2, 2), clip(3, 3, 3), clip(4, 4, 4, 4)];
    const { preJoint } = await model.encodeAudio(clips, { lengthPolicy: "study-pre-joint" });
    expect(batches.map(([size, frames]) => [size, frames])).toEqual([
      [1, 4],
      [2, 3],
      [1, 4],
    ]);
    expect(rows(preJoint).map(([average]) => average)).toEqual([1, 2, 3, 4]);
  });

  test("resamples clips of another rate", async () => {
    const { model, batches } = smallModel(backend);
    await model.encodeAudio([{ samples: new Float32Array(8).fill(0.5), sampleRate: 16 }]);
    expect(batches).toEqual([[1, 4, 1]]);
  });

  test("gives no rows for no clips", async () => {
    const { model } = smallModel(backend);
    const { preJoint, joint } = await model.encodeAudio([]);
    expect([preJoint.shape, joint.shape]).toEqual([
      [0, 2],
      [0, 2],
    ]);
  });

  test("says which clip is at fault, before anything is computed", async () => {
    const { model, batches } = smallModel(backend);
    const good = clip(1, 2, 3, 4);
    await expect(model.encodeAudio([good, clip()])).rejects.toThrow(EmptyAudioError);
    await expect(model.encodeAudio([good, clip()])).rejects.toThrow("clip 1 has no samples");
    await expect(model.encodeAudio([good, good, clip(1, Number.NaN)])).rejects.toThrow(NonFiniteSampleError);
    await expect(model.encodeAudio([good, good, clip(1, Number.NaN)])).rejects.toThrow("clip 2: sample 1");
    await expect(model.encodeAudio([{ ...good, sampleRate: 0 }])).rejects.toThrow(AudioOptionError);
    await expect(model.encodeAudio([{ ...good, sampleRate: 0 }])).rejects.toThrow("clip 0: sampleRate is 0");
    await expect(model.encodeAudio([good], { batchSize: 0 })).rejects.toThrow("batchSize is 0");
    expect(batches).toEqual([]);
  });

  test("refuses to hand out NaN", async () => {
    const { model } = smallModel(backend, { projectAudio: (x) => fill(x.shape, Number.NaN) });
    const encoded = model.encodeAudio([clip(1, 2, 3, 4)]);
    await expect(encoded).rejects.toThrow(NonFiniteEmbeddingError);
    await expect(encoded).rejects.toThrow("small: the joint embedding of clip 0 has the value NaN");
  });
});

describe("encodeAudio, of what JavaScript may give it,", () => {
  test.each([
    [undefined, 'clips is "undefined", expected a list of { samples, sampleRate }'],
    [clip(1), 'clips is "object"'],
    [[undefined], 'clip 0: samples is "undefined", expected a Float32Array of one channel'],
    [[{ samples: Int16Array.of(1, 2), sampleRate: 8 }], 'samples is "Int16Array"'],
    [[{ samples: [Float32Array.of(1)], sampleRate: 8 }], 'samples is "a list"'],
  ])("refuses %j", async (clips, message) => {
    const { model, batches } = smallModel(backend);
    const encoded = model.encodeAudio(clips as unknown as Waveform[]);
    await expect(encoded).rejects.toThrow(AudioOptionError);
    await expect(encoded).rejects.toThrow(message);
    expect(batches).toEqual([]);
  });

  test.each([
    [{ pieces: [], weights: [] }],
    [{ pieces: [Float32Array.of(1)], weights: [] }],
    [{ pieces: [Float32Array.of(1)], weights: [2] }],
    [{ pieces: [Float32Array.of(1)], weights: [Number.NaN] }],
    [undefined],
  ])("refuses a length policy that makes %j", async (made) => {
    const { model } = smallModel(backend);
    const encoded = model.encodeAudio([clip(1)], { lengthPolicy: () => made as never });
    await expect(encoded).rejects.toThrow("at least one piece, and as many weights, which sum to 1");
  });

  test("stops while it prepares clips that fill no batch", async () => {
    const controller = new AbortController();
    let prepared = 0;
    const prepare = (samples: Float32Array) => {
      prepared += 1;
      controller.abort(new Error("enough"));
      return samples;
    };
    const { model } = smallModel(backend, { prepare });
    const options = { batchSize: 100, signal: controller.signal };
    await expect(model.encodeAudio([clip(1), clip(2), clip(3)], options)).rejects.toThrow("enough");
    expect(prepared).toBe(1);
    await expect(model.encodeAudio([], options)).rejects.toThrow("enough");
  });
});

describe("encodeText", () => {
  test.each([
    ["abc", "texts is a string, expected a list of strings"],
    [["a", 5], "text 1 is 5, expected a string"],
  ])("refuses %j", async (texts, message) => {
    const { model } = smallModel(backend);
    await expect(model.encodeText(texts as string[])).rejects.toThrow(message);
  });

  test("gives each text its own row, whatever the order of lengths", async () => {
    const { model } = smallModel(backend);
    const { preJoint } = await model.encodeText(["bb", "", "a"]);
    // <s> 0, </s> 2, "a" 4 + 64, "b" 4 + 65 as the letters begin with byte 0; padding only within a batch
    const largest = rows(preJoint).map(([, top]) => top);
    const [bb, empty, a] = largest as [number, number, number];
    expect(empty).toBe(2);
    expect(bb).toBe(a + 1);
  });

  test("cuts each batch to its longest text", async () => {
    const { model, batches } = smallModel(backend);
    await model.encodeText(["abcd", "", "a", "ab"], { batchSize: 2 });
    expect(batches).toEqual([
      [2, 3],
      [2, 6],
    ]);
  });

  test("says how many tokens were lost", async () => {
    const { model } = smallModel(backend);
    const { lostTokens } = await model.encodeText(["abcd", "abcdefg", ""]);
    expect(lostTokens).toEqual(Int32Array.of(0, 3, 0));
  });

  test("reads a text of a megabyte", async () => {
    const { model, batches } = smallModel(backend);
    const { lostTokens } = await model.encodeText(["la ".repeat(350_000)]);
    expect(lostTokens).toEqual(Int32Array.of(1_050_000 - 4));
    expect(batches).toEqual([[1, 6]]);
  });

  test("names what is missing when there is no vocabulary", async () => {
    const { model: mute } = smallModel(backend, {}, null);
    await expect(mute.encodeText(["a"])).rejects.toThrow(MissingTokenizerError);
    await expect(mute.encodeText(["a"])).rejects.toThrow("vocab.json and merges.txt, or tokenizer.json");
  });
});

describe("both", () => {
  test("report progress after every batch", async () => {
    const { model } = smallModel(backend);
    const seen: number[][] = [];
    const onProgress = (done: number, total: number) => seen.push([done, total]);
    await model.encodeAudio([clip(1), clip(2), clip(3)], { batchSize: 2, onProgress });
    await model.encodeText(["a", "b", "c"], { batchSize: 2, onProgress });
    expect(seen).toEqual([
      [2, 3],
      [3, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("stop between two batches when they are told to", async () => {
    const { model, batches } = smallModel(backend);
    const controller = new AbortController();
    const options = {
      batchSize: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    };
    await expect(model.encodeAudio([clip(1), clip(2), clip(3)], options)).rejects.toThrow("enough");
    await expect(model.encodeText(["a"], options)).rejects.toThrow("enough");
    expect(batches).toHaveLength(1);
  });

  test("leave no tensor behind, also when they fail", async () => {
    const { model } = smallModel(backend);
    const before = memory().numTensors;
    await model.encodeAudio([clip(1, 2, 3, 4, 5, 6, 7), clip(1)]);
    await model.encodeText(["abc", "d"]);
    const failing = smallModel(backend, {
      audio: () => {
        fill([2, 2], 1);
        throw new Error("a tower that fails");
      },
    }).model;
    await expect(failing.encodeAudio([clip(1)])).rejects.toThrow("a tower that fails");
    expect(memory().numTensors).toBe(before);
  });

  test("say so when the model is disposed of between two batches", async () => {
    const { model } = smallModel(backend);
    const options = { batchSize: 1, onProgress: () => model.dispose() };
    await expect(model.encodeAudio([clip(1), clip(2)], options)).rejects.toThrow(DisposedModelError);
    const other = smallModel(backend).model;
    const ending = { batchSize: 1, onProgress: () => other.dispose() };
    await expect(other.encodeText(["a", "b"], ending)).rejects.toThrow(DisposedModelError);
  });

  test("say so when the model was disposed of", async () => {
    const { model } = smallModel(backend);
    model.dispose();
    model.dispose();
    await expect(model.encodeAudio([clip(1)])).rejects.toThrow(DisposedModelError);
    await expect(model.encodeText(["a"])).rejects.toThrow("small was used after dispose()");
  });
});
