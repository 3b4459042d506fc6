import { describe, expect, it } from "vitest";
import { blobSource } from "../../src/bytes/blob-source.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { type Fetch, openUrl } from "../../src/bytes/http-source.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { describeCheckpoint } from "../../src/checkpoint/describe.ts";
import { CheckpointFormatError } from "../../src/checkpoint/errors.ts";
import { concat, text } from "./build.ts";
import { golden, goldenBytes, watched } from "./goldens.ts";

describe("the format", () => {
  it("is found from the bytes, whatever the file is called", async () => {
    for (const [file, format] of [
      ["training.pt", "torch-zip"],
      ["training-legacy.pt", "torch-legacy"],
      ["dtypes.safetensors", "safetensors"],
    ] as const) {
      const checkpoint = await openCheckpoint(bufferSource("best_model.pth.tar", goldenBytes(file)));
      expect(checkpoint.format).toBe(format);
    }
  });

  const tar = new Uint8Array(1024);
  tar.set(text("weights/"));
  tar.set(text("ustar"), 257);
  const oldest = new Uint8Array(1024);
  oldest.set(text("sys_info"));
  const others: [what: string, bytes: Uint8Array, message: RegExp][] = [
    ["nothing", new Uint8Array(), /but the file is empty/],
    ["a tar archive", tar, /this is a tar archive\. Unpack it/],
    ["a checkpoint of torch 0.1", oldest, /a checkpoint from before torch 0\.4, load and save it again/],
    ["a bare pickle", Uint8Array.of(0x80, 4, 0x4e, 0x2e), /a bare Python pickle, which holds no torch storages/],
    ["HDF5", concat([0x89], text("HDF\r\n\x1a\n")), /an HDF5 file/],
    [
      "a web page",
      text("\n<!DOCTYPE html><html><title>404"),
      /this is a web page\. The download was answered by an error/,
    ],
    [
      "an LFS pointer",
      text("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
      /Git LFS pointer.*git lfs pull/,
    ],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), /compressed with gzip\. Decompress it first/],
    ["zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), /compressed with zstd/],
    ["xz", concat([0xfd], text("7zXZ")), /this is compressed/],
    ["GGUF", text("GGUF\x03"), /a GGUF or GGML file/],
    ["npy", concat([0x93], text("NUMPY")), /a NumPy array/],
    ["audio", text("RIFF....WAVE"), /an audio file/],
    ["something else", Uint8Array.of(1, 2, 3, 0x22), /the file begins with the bytes 01 02 03 22/],
    [
      "eight bytes of a safetensors file",
      Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 0x7b),
      /safetensors file that is truncated/,
    ],
  ];

  it.each(others)("of %s is named, with what to do", async (_, bytes, message) => {
    const refused = openCheckpoint(bufferSource("x.pt", bytes));
    await expect(refused).rejects.toThrow(CheckpointFormatError);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(/^x\.pt: expected a checkpoint \(\.pt, \.pth, \.bin, \.safetensors\), /);
  });
});

it("a checkpoint opens from a Blob and from a URL as from a file", async () => {
  const bytes = goldenBytes("training.pt");
  const fetch: Fetch = async (_, { headers }) => {
    const [start, last] = headers.range!.slice(6).split("-").map(Number) as [number, number];
    const end = Math.min(last + 1, bytes.length);
    const range = `bytes ${start}-${end - 1}/${bytes.length}`;
    return new Response(bytes.slice(start, end), { status: 206, headers: { "content-range": range } });
  };
  const wanted = await (await openCheckpoint(golden("training.pt"))).read("embedding.weight");
  for (const source of [blobSource(new Blob([bytes])), await openUrl("https://h/training.pt", { fetch })]) {
    const checkpoint = await openCheckpoint(source);
    expect(await checkpoint.read("embedding.weight")).toEqual(wanted);
  }
});

describe("describeCheckpoint", () => {
  it("counts tensors, parameters and bytes by type, without reading a tensor", async () => {
    const source = watched(golden("training.pt"));
    const checkpoint = await openCheckpoint(source);
    const reads = source.reads.length;
    expect(describeCheckpoint(checkpoint)).toEqual({
      name: "training.pt",
      format: "torch-zip",
      tensors: 10,
      // linear 12 + 3, norm 4 x 3 and a counter, embedding 20, position_ids 7, logit_scale 1
      parameters: 56,
      bytes: 4 * 48 + 8 * 8,
      shared: 0,
      dtypes: [
        { dtype: "float32", tensors: 8, parameters: 48, bytes: 192 },
        { dtype: "int64", tensors: 2, parameters: 8, bytes: 64 },
      ],
      metadata: checkpoint.metadata,
    });
    expect(source.reads.length).toBe(reads);
  });

  it("says how many tensors share the bytes of another", async () => {
    const { shared } = describeCheckpoint(await openCheckpoint(golden("views.pt")));
    // base with transposed, sliced, stepped, row, column, diagonal, empty.view; permuted with permuted.part
    expect(shared).toBe(8);
  });
});
