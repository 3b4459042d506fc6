import { CheckpointError } from "../checkpoint/errors.ts";
import type { ParameterComparison } from "./read-parameters.ts";

/** A tensor of a checkpoint that has not the shape that the model needs. */
export interface MisshapenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly expected: readonly number[];
}

/** How many names of a kind a message lists. The fields of the error have all. */
const LISTED = 8;

/** The checkpoint is not of the model that it seems to be of: a part, another variant, or another model. */
export class CheckpointMismatchError extends CheckpointError {
  override name = "CheckpointMismatchError";
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly MisshapenTensor[];

  constructor(file: string, model: string, { missing, unexpected, misshapen }: ParameterComparison) {
    const shapes = misshapen.map(({ name, shape, expected }) => `${name} [${shape}], expected [${expected}]`);
    const parts = [
      listed(missing, "missing"),
      listed(unexpected, "unexpected"),
      listed(shapes, "of another shape"),
    ].filter((part) => part !== "");
    super({ file }, `does not fit ${model}. ${parts.join(". ")}. Is it a part of a checkpoint, or of another model?`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}

/** Sound, but of a model that this package does not have. */
export class UnknownModelError extends CheckpointError {
  override name = "UnknownModelError";
}

function listed(items: readonly string[], what: string): string {
  if (items.length === 0) return "";
  const more = items.length > LISTED ? ` and ${items.length - LISTED} more` : "";
  return `${items.length} ${what}: ${items.slice(0, LISTED).join(", ")}${more}`;
}
