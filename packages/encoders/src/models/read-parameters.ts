import type { Checkpoint } from "../checkpoint/checkpoint.ts";
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
 */
export function requireParameters(
  checkpoint: Pick<Checkpoint, "name" | "tensors">,
  parameters: readonly Parameter[],
  names: NameMap,
  model: string,
): void {
  const comparison = compareParameters(checkpoint, parameters, names);
  const { missing, unexpected, misshapen } = comparison;
  if (missing.length + unexpected.length + misshapen.length > 0) {
    throw new CheckpointMismatchError(checkpoint.name, model, comparison);
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
