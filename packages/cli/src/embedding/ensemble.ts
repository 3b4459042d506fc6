import type { TextPlan } from "./array-plan.ts";
import type { BatchRows } from "./row-log.ts";

/**
 * From one row a prompt to one row a label. Of several prompts, the joint row is the mean of the rows, each of length 1, made
 * of length 1 again, as open_clip makes its classifiers; the pre-joint row is the mean. A prompt that is alone keeps its row.
 *
 * @param rows - shape [prompts, dimension] in both spaces
 * @returns shape [labels, dimension] in both spaces
 * @see open_clip, `build_zero_shot_classifier`
 */
export function ensembleRows(
  rows: BatchRows,
  { prompts, preJointDim, jointDim }: Pick<TextPlan, "prompts" | "preJointDim" | "jointDim">,
): BatchRows {
  const preJoint = new Float32Array(prompts.length * preJointDim);
  const joint = new Float32Array(prompts.length * jointDim);
  let first = 0;
  for (const [label, { length: count }] of prompts.entries()) {
    const part = (values: Float32Array, width: number) => values.subarray(first * width, (first + count) * width);
    preJoint.set(meanRow(part(rows.preJoint, preJointDim), preJointDim), label * preJointDim);
    const own = part(rows.joint, jointDim);
    joint.set(count === 1 ? own : unit(meanRow(unitRows(own, jointDim), jointDim)), label * jointDim);
    first += count;
  }
  return { preJoint, joint };
}

/** In float64; the mean of one row is the row. */
function meanRow(rows: ArrayLike<number>, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) mean[i % width]! += rows[i]!;
  return mean.map((sum) => sum / (rows.length / width));
}

function unitRows(rows: Float32Array, width: number): Float64Array {
  const result = new Float64Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    result.set(unit(Float64Array.from(rows.subarray(start, start + width))), start);
  }
  return result;
}

/** The zero vector, which opposite rows can add up to, has no direction and stays as it is. */
function unit(row: Float64Array): Float64Array {
  const length = Math.hypot(...row);
  return length === 0 ? row : row.map((value) => value / length);
}
