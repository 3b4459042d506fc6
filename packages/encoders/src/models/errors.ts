import { CheckpointError } from "../checkpoint/errors.ts";

/** A tensor of a checkpoint that has not the shape that the model needs. */
export interface MisshapenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly expected: readonly number[];
}

/** What stands in a checkpoint compared with what a model needs. */
export interface ParameterComparison {
  /** Needed, and not there. */
  readonly missing: readonly string[];
  /** There, neither needed nor known. */
  readonly unexpected: readonly string[];
  /** There, but of another shape. */
  readonly misshapen: readonly MisshapenTensor[];
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

/** A weight is NaN or infinite: the training failed, or the file is damaged. */
export class NonFiniteWeightError extends CheckpointError {
  override name = "NonFiniteWeightError";
}

/** A text was to be encoded by a model that was loaded without a vocabulary. */
export class MissingTokenizerError extends Error {
  override name = "MissingTokenizerError";

  constructor(model: string) {
    super(
      `${model} was loaded without a tokenizer, so it cannot encode texts. Put vocab.json and merges.txt, or tokenizer.json, ` +
        "beside the checkpoint, or give them in the option `tokenizer`.",
    );
  }
}

/** A model was used after `dispose`. */
export class DisposedModelError extends Error {
  override name = "DisposedModelError";

  constructor(model: string) {
    super(`${model} was used after dispose()`);
  }
}

/** The model made NaN or infinity of a sound input: its weights are damaged, or far from what the architecture expects. */
export class NonFiniteEmbeddingError extends Error {
  override name = "NonFiniteEmbeddingError";
  /** "clip" or "text". */
  readonly what: string;
  /** Index of the clip or text. */
  readonly row: number;
  /** "pre-joint" or "joint". */
  readonly space: string;
  /** NaN, Infinity or -Infinity. */
  readonly value: number;

  constructor(model: string, what: string, row: number, space: string, value: number) {
    super(`${model}: the ${space} embedding of ${what} ${row} has the value ${value}; check the checkpoint's weights`);
    this.what = what;
    this.row = row;
    this.space = space;
    this.value = value;
  }
}

/** A file beside the checkpoint, such as config.json, cannot be used: get the one that belongs to it. */
export class CompanionFileError extends Error {
  override name = "CompanionFileError";
  readonly file: string;

  constructor(file: string, fault: string, options?: ErrorOptions) {
    super(`${file}: ${fault}`, options);
    this.file = file;
  }
}
