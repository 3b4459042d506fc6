import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { CheckpointFormatError } from "../../checkpoint/errors.ts";
import { type NamedArray, readNamedArrays } from "../../checkpoint/named-array.ts";
import { writeSafetensors } from "../../checkpoint/write-safetensors.ts";
import { LOGIT_SCALE } from "./trained-parameters.ts";

/** Which tower goes where: the names of the functions in `projection/mappings.ts`. */
export const MAPPING_NAMES = ["into-joint-space", "audio-into-text-space", "text-into-audio-space"] as const;
export type MappingName = (typeof MAPPING_NAMES)[number];

/** `linear` is MusCALL's head, without a bias; `mlp` LAION-CLAP's: linear, ReLU, linear, with biases. */
export const HEAD_KINDS = ["linear", "mlp"] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

/** What a head is; `identity` only divides by the length. */
export interface HeadSizes {
  readonly kind: HeadKind | "identity";
  readonly inputs: number;
  readonly outputs: number;
  /** Of an MLP: how many values lie between its two layers. */
  readonly hidden?: number;
}

export type HeadTower = "audio" | "text";

/** Heads for both towers, with their weights: what is fitted, written and read. */
export interface ProjectionHeads {
  readonly mapping: MappingName;
  readonly audio: HeadSizes;
  readonly text: HeadSizes;
  /** Dimension of the shared space. */
  readonly embedDim: number;
  /** What cosines are divided by in the loss; at least 0.01. */
  readonly temperature: number;
  /**
   * The weights, float32, as PyTorch shapes and the published checkpoints name them: `audio_projection.weight` [out, in] of a
   * linear head, `audio_projection.0.weight`, `.0.bias`, `.2.weight` and `.2.bias` of an MLP, the same for `text_projection`,
   * and `logit_scale`, the logarithm of 1 / temperature. A head that is an identity has none.
   */
  readonly arrays: readonly NamedArray[];
}

/** The name of a tower's head in checkpoints. */
export const headName = (tower: HeadTower) => `${tower}_projection`;

/** Names and shapes of a head's weights. */
export function headShapes(tower: HeadTower, head: HeadSizes): { name: string; shape: number[]; inputs: number }[] {
  const name = headName(tower);
  const { kind, inputs, outputs, hidden = 0 } = head;
  if (kind === "identity") return [];
  if (kind === "linear") return [{ name: `${name}.weight`, shape: [outputs, inputs], inputs }];
  return [
    { name: `${name}.0.weight`, shape: [hidden, inputs], inputs },
    { name: `${name}.0.bias`, shape: [hidden], inputs },
    { name: `${name}.2.weight`, shape: [outputs, hidden], inputs: hidden },
    { name: `${name}.2.bias`, shape: [outputs], inputs: hidden },
  ];
}

/** Which tower gets a head in a mapping. */
export function headedTowers(mapping: MappingName): readonly HeadTower[] {
  if (mapping === "into-joint-space") return ["audio", "text"];
  return mapping === "audio-into-text-space" ? ["audio"] : ["text"];
}

/** Recorded in the file, so that it is not taken for a model. */
const FORMAT = "irec projection heads 1";

/** The heads as a safetensors file; the same bytes for the same heads. */
export function projectionHeadsFile({ mapping, audio, text, arrays }: ProjectionHeads): Uint8Array<ArrayBuffer> {
  return writeSafetensors(arrays, {
    format: FORMAT,
    mapping,
    audioInputs: String(audio.inputs),
    textInputs: String(text.inputs),
  });
}

/**
 * Reads heads that `projectionHeadsFile` made.
 * @throws {CheckpointFormatError} when it is another file
 * @throws {CheckpointError} when it is damaged
 */
export async function readProjectionHeads(checkpoint: Checkpoint): Promise<ProjectionHeads> {
  const { metadata } = checkpoint;
  const mapping = metadata.get("mapping");
  if (metadata.get("format") !== FORMAT || !MAPPING_NAMES.includes(mapping as MappingName)) {
    throw new CheckpointFormatError(
      { file: checkpoint.name },
      `has no projection heads; expected a file that says format ${JSON.stringify(FORMAT)} and a mapping in its metadata`,
    );
  }
  const arrays = await readNamedArrays(checkpoint);
  return headsFrom(checkpoint.name, mapping as MappingName, arrays, {
    audio: Number(metadata.get("audioInputs")),
    text: Number(metadata.get("textInputs")),
  });
}

function headsFrom(
  file: string,
  mapping: MappingName,
  arrays: readonly NamedArray[],
  inputs: Readonly<Record<HeadTower, number>>,
): ProjectionHeads {
  const shapeOf = (name: string) => arrays.find((array) => array.name === name)?.shape;
  const wrong = (what: string) => new CheckpointFormatError({ file }, `has projection heads that ${what}`);
  const sizesOf = (tower: HeadTower): HeadSizes | undefined => {
    const linear = shapeOf(`${headName(tower)}.weight`);
    if (linear !== undefined) return { kind: "linear", inputs: linear[1]!, outputs: linear[0]! };
    const [first, last] = [shapeOf(`${headName(tower)}.0.weight`), shapeOf(`${headName(tower)}.2.weight`)];
    if (first === undefined || last === undefined) return undefined;
    return { kind: "mlp", inputs: first[1]!, outputs: last[0]!, hidden: first[0]! };
  };
  const sizes = { audio: sizesOf("audio"), text: sizesOf("text") };
  const headed = headedTowers(mapping);
  for (const tower of ["audio", "text"] as const) {
    const hasHead = sizes[tower] !== undefined;
    if (hasHead !== headed.includes(tower))
      throw wrong(`${hasHead ? "have" : "lack"} ${headName(tower)} for ${mapping}`);
  }
  const outputs = (sizes.audio ?? sizes.text)!.outputs;
  const identity = (tower: HeadTower): HeadSizes => ({ kind: "identity", inputs: inputs[tower], outputs });
  const [audio, text] = [sizes.audio ?? identity("audio"), sizes.text ?? identity("text")];
  const expected = [...headShapes("audio", audio), ...headShapes("text", text), { name: LOGIT_SCALE, shape: [] }];
  for (const { name, shape } of expected) {
    if (String(shapeOf(name)) !== String(shape)) throw wrong(`lack ${name} of the shape [${shape}]`);
  }
  const logScale = Number(arrays.find(({ name }) => name === LOGIT_SCALE)!.values[0]);
  return { mapping, audio, text, embedDim: outputs, temperature: Math.exp(-logScale), arrays };
}
