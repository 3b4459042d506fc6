import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { irecProcess } from "./irec-process.ts";
import { paragraph } from "./one-paragraph.ts";
import { temporaryFolders } from "./temp-folder.ts";

const irec = irecProcess();
const newFolder = temporaryFolders();

/** Small models with random weights, and what no shape tells of them. */
const golden = (file: string) => fileURLToPath(new URL(`../../encoders/test/${file}`, import.meta.url));
const clap = golden("models/goldens/clap/tiny.pt");
const settings = ["--text-heads", "4", "--hop-length", "120", "--clip-seconds", "0.625"];
const onWasm = { env: { IREC_BACKEND: "wasm" } };

const models = (args: readonly string[], cwd = newFolder()) => irec.run(["models", ...args], { cwd, ...onWasm });

/** A folder with the small CLAP model and its vocabulary. */
function modelFolder(): string {
  const folder = newFolder();
  cpSync(clap, join(folder, "tiny.pt"));
  cpSync(golden("text/goldens/roberta-vocab.json"), join(folder, "vocab.json"));
  cpSync(golden("text/goldens/roberta-merges.txt"), join(folder, "merges.txt"));
  return folder;
}

describe("irec models inspect", () => {
  it("says what a checkpoint is, and that it is complete", async () => {
    const { status, stdout, stderr } = await models(["inspect", "tiny.pt", ...settings], modelFolder());
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^file +tiny\.pt\nformat +torch-zip\ntensors +\d+.*\ntypes +float32 \(\d+\)/);
    expect(stdout).toContain("beside it   vocab.json, merges.txt\n");
    expect(stdout).toMatch(/\nmodel +LAION-CLAP HTSAT \(width 8, depths 2 2 2\), [\d,]+ parameters\n/);
    expect(stdout).toContain("audio       48000 Hz, 0.625 s at once (same-input), pre-joint 32\n");
    expect(stdout).toContain("text        77 tokens, vocabulary of 560, pre-joint 32\njoint       16\n");
    expect(stdout).toMatch(/\ncomplete +yes, everything that the model needs is there\n$/);
  });

  it("lists every tensor when asked to", async () => {
    const { stdout } = await models(["inspect", clap, "--tensors", ...settings]);
    expect(stdout).toMatch(/\| audio_branch\.bn0\.running_mean +\| float32 +\| \[16\] +\|/);
    expect(stdout).toMatch(/\| logit_scale_a +\| float32 +\| \[\] +\|/);
  });

  it("prints the same as JSON", async () => {
    const { stdout } = await models(["inspect", clap, "--json", ...settings]);
    const inspection = JSON.parse(stdout);
    expect(inspection.family).toBe("LAION-CLAP");
    expect(inspection.model).toMatchObject({ embedDim: 16, sampleRate: 48_000, clipSamples: 30_000 });
    expect(inspection.comparison).toEqual({ missing: [], unexpected: [], misshapen: [] });
    expect(inspection.tensors["text_projection.0.weight"]).toEqual({ dtype: "float32", shape: [16, 32] });
  });

  it("says what is missing", async () => {
    const folder = newFolder();
    const { tensors } = JSON.parse((await models(["inspect", clap, "--json", ...settings])).stdout);
    const kept = Object.entries<{ shape: number[] }>(tensors).filter(([name]) => name !== "audio_branch.norm.bias");
    writeFileSync(join(folder, "part.safetensors"), safetensors(kept.map(([name, { shape }]) => [name, shape])));
    const { status, stdout } = await models(["inspect", "part.safetensors", ...settings], folder);
    expect(status).toBe(0);
    expect(stdout).toContain("missing     audio_branch.norm.bias\ncomplete    no; it cannot be loaded\n");
  });

  it("says when a file is of no model that is known", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "other.safetensors"), safetensors([["encoder.weight", [2, 2]]]));
    const { status, stdout } = await models(["inspect", "other.safetensors"], folder);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /\nmodel +none; the file is of no model that is known here \(LAION-CLAP, .*encoder\.weight\n/,
    );
  });

  it("refuses a pickle that would run something, and names it", async () => {
    const evil = golden("checkpoint/goldens/evil.pt");
    const { status, stdout, stderr } = await models(["inspect", evil]);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(paragraph(stderr)).toMatch(/evil\.pt: .*not on the allow-list\. Nothing was executed/);
  });

  it("names a file that is not there", async () => {
    const { status, stderr } = await models(["inspect", "nothing.pt"]);
    expect(status).toBe(3);
    expect(paragraph(stderr)).toBe("nothing.pt: no such file. Relative paths start at the current folder.");
  });
});

describe("irec models check", () => {
  it("finds a sound model in order", async () => {
    const { status, stdout, stderr } = await models(["check", "tiny.pt", ...settings], modelFolder());
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^model +LAION-CLAP HTSAT .*\nbackend +wasm, loaded in [\d.]+ s\ntext tower +mean cosine /);
    expect(stdout).toMatch(/\| audio by plain operations: joint +\| +[\d.]+e[-+]\d+ \| +5\.0e-6 \| ok +\|/);
    expect(stdout).toMatch(/\| text alone and in a batch: pre-joint +\| +[\d.]+e[-+]\d+ \| +2\.0e-5 \| ok +\|/);
    expect(stdout).toMatch(/\nEverything is in order\.\n$/);
    expect(stderr).toMatch(/^loading tiny\.pt \.\.\.\naudio a first time \.\.\.\n/);
  });

  it("takes the vocabulary from where it is told", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "roberta"));
    cpSync(golden("text/goldens/roberta-tokenizer.json"), join(folder, "roberta", "tokenizer.json"));
    const { status, stdout } = await models(["check", clap, "--tokenizer", "roberta", "--json", ...settings], folder);
    expect(status).toBe(0);
    const check = JSON.parse(stdout);
    expect(check).toMatchObject({ backend: "wasm", hasTokenizer: true, passed: true });
    expect(check.comparisons.every((one: { passed: boolean }) => one.passed)).toBe(true);
  });

  it("says so when there is no vocabulary", async () => {
    const { status, stdout } = await models(["check", clap, ...settings]);
    expect(status).toBe(0);
    expect(stdout).toContain(
      "text tower  not measured: no vocabulary beside the checkpoint; give it with --tokenizer\n",
    );
    expect(stdout).not.toContain("| text ");
  });

  it("fails, with the reason, for a text tower that has collapsed", async () => {
    const folder = modelFolder();
    overwrite(join(folder, "tiny.pt"), await valuesOf("text_branch.pooler.dense.weight"), 0);
    const { status, stdout } = await models(["check", "tiny.pt", ...settings], folder);
    expect(status).toBe(3);
    expect(stdout).toContain("warning     the text tower has collapsed: 12 unrelated texts");
    expect(stdout).toContain("warning     1 of the parameters are all zero, text_branch.pooler.dense.weight the first");
    expect(stdout).toMatch(/\nSomething is wrong; see above\.\n$/);
  });

  it("refuses weights that are NaN", async () => {
    const folder = modelFolder();
    overwrite(join(folder, "tiny.pt"), await valuesOf("audio_branch.norm.bias"), Number.NaN);
    const { status, stderr } = await models(["check", "tiny.pt", ...settings], folder);
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /\nerror: tiny\.pt: tensor "audio_branch\.norm\.bias" has the value NaN at element 0; .*\n$/,
    );
  });

  it("refuses what is no backend, and no number", async () => {
    expect((await models(["check", clap, "--backend", "cuda"])).status).toBe(2);
    const { status, stderr } = await models(["check", clap, "--text-heads", "none"]);
    expect(status).toBe(2);
    expect(stderr).toContain("Expected a number above 0.");
  });
});

/** The values of a tensor of the small model, as they are in its file. */
async function valuesOf(name: string): Promise<Float32Array> {
  const { openCheckpointFile } = await import("@irec/encoders");
  const checkpoint = await openCheckpointFile(clap);
  try {
    return await checkpoint.read(name);
  } finally {
    await checkpoint.close();
  }
}

/** Fills the place in a file that has some values. */
function overwrite(path: string, values: Float32Array, value: number): void {
  const file = readFileSync(path);
  const at = file.indexOf(Buffer.from(values.buffer));
  expect(at).toBeGreaterThan(0);
  file.set(new Uint8Array(values.map(() => value).buffer), at);
  writeFileSync(path, file);
}

/** A safetensors file of zeros. */
function safetensors(tensors: readonly (readonly [string, readonly number[]])[]): Uint8Array {
  let offset = 0;
  const entries = tensors.map(([name, shape]) => {
    const start = offset;
    offset += shape.reduce((product, size) => product * size, 4);
    return [name, { dtype: "F32", shape, data_offsets: [start, offset] }];
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const bytes = new Uint8Array(8 + header.length + offset);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  return bytes;
}
