// A stranger's program for a page or a worker, bundled against the built package: what it returns is compared with PyTorch
// in chromium.test.ts.
import { decodeAudio, type LoadOptions, loadTwoTower, type WasmReport, wasmReport } from "@irec/encoders";
import { getKernelsForBackend, memory } from "@tensorflow/tfjs-core";

/** What to embed; files are addresses on the page's server. */
export interface Job {
  /** A checkpoint and its vocabulary, which become Blobs; or the address of a checkpoint, to be read in ranges. */
  readonly model: readonly string[] | string;
  readonly options: LoadOptions;
  readonly clips: readonly string[];
  readonly texts: readonly string[];
}

/** Vectors row by row, and what there is of tensors in between. */
export interface Embedded {
  readonly name: string;
  readonly audio: { readonly preJoint: number[]; readonly joint: number[] };
  readonly text: { readonly preJoint: number[]; readonly joint: number[] };
  readonly tensors: { readonly loaded: number; readonly encoded: number; readonly disposed: number };
  /** Once the model is disposed of. */
  readonly report: WasmReport | undefined;
  readonly ownKernels: string[];
}

export async function embed({ model: from, options, clips, texts }: Job): Promise<Embedded> {
  const model = await loadTwoTower(typeof from === "string" ? from : await Promise.all(from.map(fileAt)), options);
  const loaded = memory().numTensors;
  const waveforms = await Promise.all(clips.map(async (clip) => decodeAudio(await fileAt(clip))));
  const audio = await model.encodeAudio(waveforms, { batchSize: 3 });
  const text = await model.encodeText(texts);
  const encoded = memory().numTensors;
  model.dispose();
  const kernels = getKernelsForBackend("wasm").map(({ kernelName }) => kernelName);
  return {
    name: model.name,
    audio: { preJoint: [...audio.preJoint.data], joint: [...audio.joint.data] },
    text: { preJoint: [...text.preJoint.data], joint: [...text.joint.data] },
    tensors: { loaded, encoded, disposed: memory().numTensors },
    report: wasmReport(),
    ownKernels: kernels.filter((name) => name.startsWith("Irec")).sort(),
  };
}

/** What an address of the page's server holds, as a file that somebody has chosen. */
export async function fileAt(address: string): Promise<File> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return new File([await response.blob()], address.replace(/^.*\//, ""));
}
