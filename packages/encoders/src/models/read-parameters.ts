import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Dtype } from "../checkpoint/dtype.ts";
import { UnsupportedCheckpointError } from "../checkpoint/errors.ts";
import type { Parameter } from "../layers/parameters.ts";
import { CheckpointMismatchError, type MisshapenTensor, type ParameterComparison } from "./errors.ts";

/** How the names in one kind of checkpoint relate to the names of a model's parameters. */
export interface NameMap {
  /** The tensors whose rows, one after the other, are the parameter; one of them in most cases. */
  stored(name: string): readonly string[];
  /** Whether a tensor is known but not needed for embedding: buffers, heads of the training. */
  ignored(name: string): boolean;
}

/** Compares names and shapes; reads no tensor. Names are the checkpoint's own. */
export function compareParameters(
  { tensors }: Pick<Checkpoint, "tensors">,
  parameters: readonly Parameter[],
  names: NameMap,
): ParameterComparison {
  const missing: string[] = [];
  const misshapen: MisshapenTensor[] = [];
  const needed = new Set<string>();
  for (const { name, shape } of parameters) {
    const parts = names.stored(name);
    for (const part of parts) {
      needed.add(part);
      const expected = [shape[0]! / parts.length, ...shape.slice(1)];
      const stored = tensors.get(part)?.shape;
      if (stored === undefined) missing.push(part);
      else if (!sameShape(stored, shape.length === 0 ? [] : expected)) {
        misshapen.push({ name: part, shape: stored, expected: shape.length === 0 ? [] : expected });
      }
    }
  }
  const unexpected = [...tensors.keys()].filter((name) => !needed.has(name) && !names.ignored(name));
  return { missing, unexpected, misshapen };
}

/**
 * Throws when a checkpoint is not of the model, with everything that is missing, unexpected or of another shape.
 * @throws {CheckpointMismatchError}
 * @throws {UnsupportedCheckpointError} when parameters are stored as integers, which a quantisation leaves
 */
export function requireParameters(
  checkpoint: Pick<Checkpoint, "name" | "tensors">,
  parameters: readonly Parameter[],
  names: NameMap,
  model: string,
): void {
  requireFloats(checkpoint, parameters, names);
  const comparison = compareParameters(checkpoint, parameters, names);
  const { missing, unexpected, misshapen } = comparison;
  if (missing.length + unexpected.length + misshapen.length > 0) {
    throw new CheckpointMismatchError(checkpoint.name, model, comparison);
  }
}

/** Element types of weights; with any other, what a stored number stands for is told elsewhere. */
const floats: ReadonlySet<Dtype> = new Set<Dtype>(["float64", "float32", "float16", "bfloat16"]);
/** How many tensors the message names. */
const LISTED = 4;

/**
 * Throws when a parameter is not stored in floating point.
 * @throws {UnsupportedCheckpointError}
 */
export function requireFloats(
  { name: file, tensors }: Pick<Checkpoint, "name" | "tensors">,
  parameters: readonly Parameter[],
  names: NameMap,
): void {
  const found = parameters
    .flatMap(({ name }) => names.stored(name))
    .flatMap((name) => {
      const dtype = tensors.get(name)?.dtype;
      return dtype === undefined || floats.has(dtype) ? [] : [`${name} (${dtype})`];
    });
  if (found.length === 0) return;
  const more = found.length > LISTED ? ` and ${found.length - LISTED} more` : "";
  const fault = `holds weights that are not floating-point numbers: ${found.slice(0, LISTED).join(", ")}${more}`;
  throw new UnsupportedCheckpointError({ file }, `${fault}. It is quantised or damaged; take the float checkpoint`);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
