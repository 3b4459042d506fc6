import type { ReadOptions } from "../bytes/byte-source.ts";
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

/** A parameter's values as they are stored, the parts of it one after the other. */
export async function readStored(
  checkpoint: Checkpoint,
  { name, shape }: Parameter,
  names: NameMap,
  options?: ReadOptions,
): Promise<Float32Array> {
  const parts = names.stored(name);
  if (parts.length === 1) return await checkpoint.read(parts[0]!, options);
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const length = values.length / parts.length;
  for (const [i, part] of parts.entries()) {
    await checkpoint.readInto(part, values.subarray(i * length, (i + 1) * length), options);
  }
  return values;
}

/** Stored values in the layout that the tower wants, and the shape in that layout. */
export function inLayout(
  values: Float32Array,
  { shape, layout }: Parameter,
): { values: Float32Array; shape: number[] } {
  if (layout === "linear") {
    const [outputs, inputs] = shape as [number, number];
    return { values: transposed(values, outputs, inputs), shape: [inputs, outputs] };
  }
  if (layout === "convolution") {
    const [outputs, inputs, height, width] = shape as [number, number, number, number];
    const taps = height * width;
    // [out, in, taps] to [in, taps, out], and that to [taps, in, out].
    const byInput = transposed(values, outputs, inputs * taps);
    const byTap = new Float32Array(values.length);
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        const from = (input * taps + tap) * outputs;
        byTap.set(byInput.subarray(from, from + outputs), (tap * inputs + input) * outputs);
      }
    }
    return { values: byTap, shape: [height, width, inputs, outputs] };
  }
  return { values, shape: [...shape] };
}

const TILE = 32;

/** The transpose of a matrix, tile by tile: written column by column it would miss the cache with each value. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows);
    for (let left = 0; left < columns; left += TILE) {
      const right = Math.min(left + TILE, columns);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          result[column * rows + row] = values[row * columns + column]!;
        }
      }
    }
  }
  return result;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
