import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memory } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UnavailableError } from "../../src/bytes/errors.ts";
import { openCheckpointFile } from "../../src/checkpoint/node.ts";
import {
  CheckpointMismatchError,
  CompanionFileError,
  NonFiniteWeightError,
  UnknownModelError,
} from "../../src/models/errors.ts";
import { meanPairCosine, UNRELATED_TEXTS } from "../../src/models/health.ts";
import { loadTwoTower as loadInBrowser } from "../../src/models/load.ts";
import { loadModel, type NodeLoadOptions } from "../../src/models/node.ts";
import { TokenizerMismatchError } from "../../src/text/errors.ts";
import { goldenValues, goldenWave, meta, tolerance } from "./clap-goldens.ts";

const golden = (file: string) => fileURLToPath(new URL(`goldens/clap/${file}`, import.meta.url));
const vocabulary = (file: string) => fileURLToPath(new URL(`../text/goldens/${file}`, import.meta.url));
const bytesOf = (file: string) => readFile(golden(file));

/** What no shape tells of the small model. */
const tiny: NodeLoadOptions = { textHeads: 4, hopLength: 120, clipSeconds: 30_000 / 48_000, backend: "wasm" };
const tinyHuggingFace: NodeLoadOptions = { ...tiny, fftLength: 256 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "irec-load-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A copy of the small model with its vocabulary beside it, under the names that its makers use. */
async function modelFolder(): Promise<string> {
  await copyFile(golden("tiny.pt"), join(folder, "tiny.pt"));
  await copyFile(vocabulary("roberta-vocab.json"), join(folder, "vocab.json"));
  await copyFile(vocabulary("roberta-merges.txt"), join(folder, "merges.txt"));
  return join(folder, "tiny.pt");
}

function largestGap(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((gap, value, i) => Math.max(gap, Math.abs(value - b[i]!)), 0);
}

describe("from a checkpoint and a text to PyTorch's vectors", () => {
  test("with a vocabulary beside the checkpoint", async () => {
    const model = await loadModel(await modelFolder(), tiny);
    const expected = await goldenValues("tiny");
    const { preJoint, joint, lostTokens } = await model.encodeText(meta.texts);
    expect(largestGap(preJoint.data, await expected.read("text.preJoint"))).toBeLessThan(tolerance.preJoint);
    expect(largestGap(joint.data, await expected.read("text.joint"))).toBeLessThan(tolerance.joint);
    expect([...lostTokens].some((lost) => lost > 0)).toBe(true);
    model.dispose();
  });

  test("and with clips of all lengths in one call", async () => {
    const model = await loadModel(golden("tiny.pt"), tiny);
    const expected = await goldenValues("tiny");
    const names = ["short", "mid", "exact", "long"] as const;
    const clips = names.map((name) => ({ samples: goldenWave(meta.models.tiny.clips[name]), sampleRate: 48_000 }));
    const { preJoint, joint } = await model.encodeAudio(clips, { batchSize: 3 });
    for (const [row, name] of names.entries()) {
      const part = (values: Float32Array, width: number) => values.subarray(row * width, (row + 1) * width);
      expect(largestGap(part(preJoint.data, 32), await expected.read(`${name}.preJoint`))).toBeLessThan(
        tolerance.preJoint,
      );
      expect(largestGap(part(joint.data, 16), await expected.read(`${name}.joint`))).toBeLessThan(tolerance.joint);
    }
    model.dispose();
  });
});

describe("where a model can come from", () => {
  test("a folder of Hugging Face, with its config", async () => {
    const model = await loadModel(golden("tiny-hugging-face"), tinyHuggingFace);
    expect(model.architecture).toBe("LAION-CLAP (Hugging Face) HTSAT (width 8, depths 2 2 2)");
    expect(model.name).toBe("tiny-hugging-face");
    expect([model.embedDim, model.preJointDim, model.sampleRate, model.clipSamples, model.contextLength]).toEqual([
      16,
      { audio: 32, text: 32 },
      48_000,
      30_000,
      77,
    ]);
    model.dispose();
  });

  test("Blobs with names, as a browser gives them", async () => {
    const files = [
      new File([await bytesOf("tiny.pt")], "tiny.pt"),
      new File([await readFile(vocabulary("roberta-tokenizer.json"))], "tokenizer.json"),
    ];
    const model = await loadInBrowser(files, tiny);
    const { joint } = await model.encodeText(meta.texts);
    const expected = await goldenValues("tiny");
    expect(largestGap(joint.data, await expected.read("text.joint"))).toBeLessThan(tolerance.joint);
    expect(model.name).toBe("tiny");
    model.dispose();
  });

  describe("a server", () => {
    let server: Server;
    let asked: string[];
    let url: string;
    beforeEach(async () => {
      asked = [];
      const files: Record<string, Buffer> = {
        "/models/tiny.pt": await bytesOf("tiny.pt"),
        "/models/vocab.json": await readFile(vocabulary("roberta-vocab.json")),
        "/models/merges.txt": await readFile(vocabulary("roberta-merges.txt")),
      };
      server = createServer((request, response) => {
        asked.push(`${request.url} ${request.headers.authorization ?? "-"}`);
        const file = files[request.url!];
        if (file === undefined) return response.writeHead(404).end();
        const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range!)!.map(Number) as [
          number,
          number,
          number,
        ];
        const body = file.subarray(first, last + 1);
        const range = `bytes ${first}-${first + body.length - 1}/${file.length}`;
        return response.writeHead(206, { "content-range": range, "content-length": body.length }).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/tiny.pt`;
    });
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    test("with the files beside the checkpoint, where they exist", async () => {
      const model = await loadModel(url, { ...tiny, headers: { authorization: "Bearer x" } });
      expect(model.tokenizer?.vocabularySize).toBe(560);
      expect(new Set(asked)).toContain("/models/tokenizer.json Bearer x");
      expect(new Set(asked.map((line) => line.split(" ")[1]))).toEqual(new Set(["Bearer"]));
      model.dispose();
    });

    test("without them, when the caller brings the vocabulary", async () => {
      const model = await loadModel(new URL(url), { ...tiny, tokenizer: null });
      expect(model.tokenizer).toBeUndefined();
      expect(asked.filter((line) => /vocab|merges|tokenizer/.test(line))).toEqual([]);
      model.dispose();
    });

    test("is named when the checkpoint is not there", async () => {
      const missing = loadModel(url.replace("tiny.pt", "large.pt"), tiny);
      await expect(missing).rejects.toThrow(UnavailableError);
      await expect(missing).rejects.toThrow("large.pt");
    });
  });
});

describe("the health of a loaded model", () => {
  test("is measured with a dozen texts", async () => {
    const model = await loadModel(await modelFolder(), tiny);
    const { joint } = await model.encodeText(UNRELATED_TEXTS);
    expect(model.health.textCosine).toBe(meanPairCosine(joint));
    expect(model.health.zeroParameters).toEqual([]);
    model.dispose();
  });

  test("names a tower that gives all texts the same embedding, and parameters that are zero", async () => {
    const path = await modelFolder();
    await zeroTensor(path, "text_branch.pooler.dense.weight");
    const warnings: string[] = [];
    const model = await loadModel(path, { ...tiny, onWarning: (warning) => warnings.push(warning) });
    expect(model.health.textCosine).toBeCloseTo(1, 6);
    expect(model.health.zeroParameters).toEqual(["text_branch.pooler.dense.weight"]);
    expect(warnings).toEqual(model.health.warnings);
    expect(warnings[0]).toMatch(/^the text tower has collapsed/);
    expect(warnings[1]).toMatch(/text_branch\.pooler\.dense\.weight the first/);
    model.dispose();
  });

  test("is not measured without a vocabulary, or when nobody wants to know", async () => {
    const mute = await loadModel(golden("tiny.pt"), tiny);
    const unasked = await loadModel(await modelFolder(), { ...tiny, healthCheck: false });
    expect([mute.health.textCosine, unasked.health.textCosine]).toEqual([undefined, undefined]);
    mute.dispose();
    unasked.dispose();
  });
});

describe("memory", () => {
  test("holds no tensor more after a model was used and disposed of", async () => {
    const path = await modelFolder();
    const before = memory().numTensors;
    const model = await loadModel(path, tiny);
    const loaded = memory().numTensors;
    expect(loaded).toBeGreaterThan(before);
    await model.encodeAudio([{ samples: goldenWave(7000), sampleRate: 48_000 }]);
    await model.encodeText(meta.texts);
    expect(memory().numTensors).toBe(loaded);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test("holds none after a loading that failed or was stopped", async () => {
    const path = await modelFolder();
    const before = memory().numTensors;
    const controller = new AbortController();
    const onProgress = (done: number, total: number) => {
      if (done > total / 2) controller.abort(new Error("enough"));
    };
    await expect(loadModel(path, { ...tiny, signal: controller.signal, onProgress })).rejects.toThrow("enough");
    await fillTensor(path, "audio_branch.norm.bias", Number.NaN);
    await expect(loadModel(path, tiny)).rejects.toThrow(NonFiniteWeightError);
    expect(memory().numTensors).toBe(before);
  });

  test("is told as progress, up to the end", async () => {
    const seen: [number, number][] = [];
    const model = await loadModel(golden("tiny.pt"), { ...tiny, onProgress: (...at) => seen.push(at) });
    const [done, total] = seen.at(-1)!;
    expect(done).toBe(total);
    expect(seen.map(([at]) => at)).toEqual(seen.map(([at]) => at).sort((a, b) => a - b));
    model.dispose();
  });
});

describe("what cannot be loaded", () => {
  test("a weight that is NaN is named with its place", async () => {
    const path = await modelFolder();
    await fillTensor(path, "audio_branch.norm.bias", Number.NaN);
    await expect(loadModel(path, tiny)).rejects.toThrow(
      'tiny.pt: tensor "audio_branch.norm.bias" has the value NaN at element 0; the checkpoint is damaged',
    );
  });

  test("a weight that is NaN in a checkpoint with other names is named as it is there", async () => {
    await copyFile(golden("tiny-hugging-face/config.json"), join(folder, "config.json"));
    const path = join(folder, "model.safetensors");
    await copyFile(golden("tiny-hugging-face/model.safetensors"), path);
    const key = "audio_model.audio_encoder.layers.0.blocks.0.attention.self.key.weight";
    const file = await readFile(path);
    const data = 8 + Number(file.readBigUInt64LE());
    const [start, end] = JSON.parse(file.subarray(8, data).toString())[key].data_offsets;
    file.fill(0xff, data + start, data + end);
    await writeFile(path, file);
    await expect(loadModel(path, tinyHuggingFace)).rejects.toThrow(NonFiniteWeightError);
    await expect(loadModel(path, tinyHuggingFace)).rejects.toThrow(`tensor "${key}" has the value NaN at element 0`);
  });

  test("a vocabulary of another model", async () => {
    const path = await modelFolder();
    const vocab = JSON.parse(await readFile(join(folder, "vocab.json"), "utf8")) as Record<string, number>;
    await writeFile(join(folder, "vocab.json"), JSON.stringify({ ...vocab, "another token": 560 }));
    await expect(loadModel(path, tiny)).rejects.toThrow(TokenizerMismatchError);
    await expect(loadModel(path, tiny)).rejects.toThrow(
      "tokenizer has 561 ids, but the checkpoint's word embedding has 560",
    );
  });

  test("a checkpoint of no model, or of a part of one", async () => {
    const [foreign, part] = [join(folder, "foreign.safetensors"), join(folder, "part.safetensors")];
    await writeFile(foreign, safetensors({ "encoder.weight": [2, 2], "encoder.bias": [2] }));
    await expect(loadModel(foreign, tiny)).rejects.toThrow(UnknownModelError);
    await expect(loadModel(foreign, tiny)).rejects.toThrow("the first are encoder.weight, encoder.bias");
    await writeFile(part, safetensors(await shapesWithout("text_projection.2.bias")));
    await expect(loadModel(part, tiny)).rejects.toThrow(CheckpointMismatchError);
    await expect(loadModel(part, tiny)).rejects.toThrow("1 missing: text_projection.2.bias");
  });

  test("a config that is no JSON", async () => {
    const path = await modelFolder();
    await writeFile(join(folder, "config.json"), "{");
    await expect(loadModel(path, tiny)).rejects.toThrow(CompanionFileError);
  });

  test.each([undefined, null, 42, {}, [], [42]])("%j, which no caller of TypeScript would give", async (from) => {
    await expect(loadModel(from as never, tiny)).rejects.toThrow("expected a path or URL, a Blob or ByteSource");
  });

  test("a path in the place of a vocabulary, with advice", async () => {
    const loaded = loadModel(golden("tiny.pt"), { ...tiny, tokenizer: "roberta-base" as never });
    await expect(loaded).rejects.toThrow("in Node readTokenizerFiles(path) reads them");
  });

  test("a path that leads nowhere", async () => {
    await expect(loadModel(join(folder, "nothing.pt"), tiny)).rejects.toThrow("no such file");
  });
});

/** Overwrites the values of a tensor in a zip checkpoint, which has them as they are. */
async function fillTensor(path: string, name: string, value: number): Promise<void> {
  const checkpoint = await openCheckpointFile(path);
  const values = await checkpoint.read(name);
  await checkpoint.close();
  const file = await readFile(path);
  const at = file.indexOf(Buffer.from(values.buffer));
  expect(at).toBeGreaterThan(0);
  file.set(new Uint8Array(values.fill(value).buffer), at);
  await writeFile(path, file);
}

const zeroTensor = (path: string, name: string) => fillTensor(path, name, 0);

/** The shapes of the small model but for one tensor. */
async function shapesWithout(name: string): Promise<Record<string, readonly number[]>> {
  const checkpoint = await openCheckpointFile(golden("tiny.pt"));
  const shapes = Object.fromEntries([...checkpoint.tensors].map(([key, { shape }]) => [key, shape]));
  await checkpoint.close();
  delete shapes[name];
  return shapes;
}

/** A safetensors file of ones. */
function safetensors(shapes: Record<string, readonly number[]>): Uint8Array {
  let offset = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = offset;
    offset += shape.reduce((product, size) => product * size, 4);
    return [name, { dtype: "F32", shape, data_offsets: [start, offset] }];
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const bytes = new Uint8Array(8 + header.length + offset);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  bytes.set(new Uint8Array(new Float32Array(offset / 4).fill(1).buffer), 8 + header.length);
  return bytes;
}
