import { type Tensor, tensor, tensor2d, transpose } from "@tensorflow/tfjs-core";
import ndarray, { type NdArray } from "ndarray";
import type { Backend } from "../../backend/backend.ts";
import { audioIntoTextSpace, intoJointSpace, type Mapping, textIntoAudioSpace } from "../../projection/mappings.ts";
import { linearHead, mlpHead, type ProjectionHead } from "../../projection/projection-head.ts";
import { TrainingDataError } from "./errors.ts";
import { type Matrix, readMatrix, rowWithoutDirection } from "./matrix.ts";
import { type HeadTower, headName, type ProjectionHeads } from "./projection-heads.ts";

/** Applies heads on a backend; `ProjectionTraining.project` says more. */
export function applyHeads(
  backend: Backend,
  heads: ProjectionHeads,
  tower: HeadTower,
  preJoint: NdArray,
): NdArray<Float32Array> {
  const rows = readMatrix("preJoint", preJoint);
  const { inputs } = heads[tower];
  if (rows.columns !== inputs) {
    throw new TrainingDataError(`preJoint has rows of ${rows.columns} numbers; the ${tower} head takes ${inputs}`);
  }
  const projected = projectRows(backend, heads, tower, rows);
  const row = rowWithoutDirection(projected);
  if (row !== undefined) {
    throw new TrainingDataError(`preJoint: row ${row} has no direction behind the ${tower} head`);
  }
  return ndarray(projected.values, [projected.rows, projected.columns]);
}

/** Rows behind a tower's head, divided by their lengths; nothing is checked. */
export function projectRows(backend: Backend, heads: ProjectionHeads, tower: HeadTower, rows: Matrix): Matrix {
  const { outputs } = heads[tower];
  const projected = new Float32Array(rows.rows * outputs);
  for (let first = 0; first < rows.rows; first += ROWS_AT_A_TIME) {
    const part = partOf(rows, first, Math.min(rows.rows, first + ROWS_AT_A_TIME));
    const values = backend.run(() => {
      const x = tensor2d(part.values, [part.rows, part.columns]);
      return Float32Array.from(mappingOf(heads)[tower].project(x).dataSync());
    });
    projected.set(values, first * outputs);
  }
  return { rows: rows.rows, columns: outputs, values: projected };
}

/** Enough that the call does not count, and few enough that a data set of any size fits. */
const ROWS_AT_A_TIME = 4096;

function partOf({ columns, values }: Matrix, first: number, end: number): Matrix {
  return { rows: end - first, columns, values: values.slice(first * columns, end * columns) };
}

/** The heads as the models have them; their tensors belong to the running computation. */
function mappingOf(heads: ProjectionHeads): Mapping {
  const headOf = (tower: HeadTower): ProjectionHead => {
    const name = headName(tower);
    const layer = (part: string) => ({ weight: transpose(weightOf(heads, `${name}${part}.weight`)) });
    const layerWithBias = (part: string) => ({ ...layer(part), bias: weightOf(heads, `${name}${part}.bias`) });
    return heads[tower].kind === "linear"
      ? linearHead(layer(""))
      : mlpHead({ hidden: layerWithBias(".0"), output: layerWithBias(".2") });
  };
  switch (heads.mapping) {
    case "into-joint-space":
      return intoJointSpace(headOf("audio"), headOf("text"));
    case "audio-into-text-space":
      return audioIntoTextSpace(headOf("audio"), heads.text.inputs);
    case "text-into-audio-space":
      return textIntoAudioSpace(headOf("text"), heads.audio.inputs);
  }
}

function weightOf({ arrays }: ProjectionHeads, name: string): Tensor {
  const { shape, values } = arrays.find((array) => array.name === name)!;
  // A copy: a backend may keep the array that it is given.
  return tensor(Float32Array.from(values as Float32Array), [...shape]);
}
