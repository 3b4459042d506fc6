import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LoadedTwoTower, ParallelLoadOptions, Waveform } from "@irec/encoders";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Worker threads run what is built, so these tests do too.
const encoders: typeof import("@irec/encoders") = await import("../packages/encoders/dist/node.js" as string);

const golden = (file: string) => fileURLToPath(new URL(`../packages/encoders/test/${file}`, import.meta.url));
const checkpoint = golden("models/goldens/clap/tiny.pt");
const options: ParallelLoadOptions = {
  backend: "wasm",
  textHeads: 4,
  hopLength: 120,
  clipSeconds: 30_000 / 48_000,
};

const clips: Waveform[] = Array.from({ length: 11 }, (_, i) => ({
  samples: Float32Array.from({ length: 4000 * (i + 1) }, (_, k) => Math.sin(k * (i + 1) * 1e-3)),
  sampleRate: 48_000,
}));
const texts = Array.from({ length: 9 }, (_, i) => `${"very ".repeat(i)}slow`);

describe("several jobs", () => {
  let alone: LoadedTwoTower;
  let together: LoadedTwoTower;
  beforeAll(async () => {
    const tokenizer = await encoders.readTokenizerFiles(golden("text/goldens/roberta-tokenizer.json"));
    alone = await encoders.loadTwoTower(checkpoint, { ...options, tokenizer });
    together = await encoders.loadTwoTower(checkpoint, { ...options, tokenizer, jobs: 2 });
  });
  afterAll(() => {
    alone.dispose();
    together.dispose();
  });

  it("give the same bytes as one, in the order of the inputs", async () => {
    expect(await together.encodeAudio(clips, { batchSize: 2 })).toEqual(
      await alone.encodeAudio(clips, { batchSize: 2 }),
    );
    expect(await together.encodeText(texts, { batchSize: 9 })).toEqual(await alone.encodeText(texts, { batchSize: 9 }));
    expect(together.health).toEqual(alone.health);
  });

  it("serve several calls at a time", async () => {
    const parts = await Promise.all(clips.map((clip) => together.encodeAudio([clip])));
    for (const [i, { joint }] of parts.entries()) {
      expect(joint.data).toEqual((await alone.encodeAudio([clips[i]!])).joint.data);
    }
  });

  it("tell how far they are, and stop when they are told to", async () => {
    const seen: number[][] = [];
    await together.encodeAudio(clips, { batchSize: 3, onProgress: (...at) => seen.push(at) });
    expect(seen.at(-1)).toEqual([11, 11]);
    expect(seen).toHaveLength(4);
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const stopped = together.encodeAudio(clips, { batchSize: 1, signal: controller.signal, onProgress });
    await expect(stopped).rejects.toThrow("enough");
  });

  it("throw the errors that one throws", async () => {
    await expect(
      together.encodeAudio([clips[0]!, { samples: new Float32Array(0), sampleRate: 48_000 }]),
    ).rejects.toThrow(encoders.EmptyAudioError);
    await expect(encoders.loadTwoTower(`${checkpoint}.none`, { ...options, jobs: 2 })).rejects.toThrow(
      encoders.UnavailableError,
    );
  });

  it("tell how far the loading is", async () => {
    const seen: [number, number][] = [];
    const model = await encoders.loadTwoTower(checkpoint, {
      ...options,
      jobs: 2,
      onProgress: (...at) => seen.push(at),
    });
    model.dispose();
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.at(-1)![0]).toBe(seen.at(-1)![1]);
  });

  it("throw what a thread throws in its own class", async () => {
    const folder = mkdtempSync(join(tmpdir(), "irec-nan-"));
    const open = await encoders.openCheckpointFile(checkpoint);
    const bias = Buffer.from((await open.read("audio_branch.norm.bias")).buffer);
    await open.close();
    const file = readFileSync(checkpoint);
    file.fill(0xff, file.indexOf(bias), file.indexOf(bias) + 4);
    writeFileSync(join(folder, "nan.pt"), file);
    const loading = encoders.loadTwoTower(join(folder, "nan.pt"), { ...options, jobs: 2 });
    await expect(loading).rejects.toThrow(encoders.NonFiniteWeightError);
    await expect(loading).rejects.toMatchObject({ tensor: "audio_branch.norm.bias", name: "NonFiniteWeightError" });
    rmSync(folder, { recursive: true });
  });

  it("refuse what cannot be sent to a thread", async () => {
    const policy = { lengthPolicy: (samples: Float32Array) => ({ pieces: [samples], weights: [1] }) };
    await expect(together.encodeAudio(clips, policy)).rejects.toThrow("lengthPolicy is a function, expected a name");
    await expect(encoders.loadTwoTower(new Blob([]), { ...options, jobs: 2 })).rejects.toThrow(
      encoders.JobsOptionError,
    );
  });

  it("reject what is running and what comes when they are disposed of", async () => {
    const model = await encoders.loadTwoTower(checkpoint, { ...options, jobs: 2 });
    const running = model.encodeAudio(clips, { batchSize: 1 });
    model.dispose();
    await expect(running).rejects.toThrow(encoders.DisposedModelError);
    await expect(model.encodeAudio(clips)).rejects.toThrow(encoders.DisposedModelError);
  });
});
