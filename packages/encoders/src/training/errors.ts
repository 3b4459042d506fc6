/** A trainer cannot be made so: mend the configuration. */
export class TrainingConfigError extends Error {
  override name = "TrainingConfigError";
  /** Which field. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field} ${message}`);
    this.field = field;
  }
}

/** A batch is not what the model reads: mend it. Nothing has been changed. */
export class TrainingBatchError extends Error {
  override name = "TrainingBatchError";
  /** Which part of the batch. */
  readonly part: string;

  constructor(part: string, message: string) {
    super(`${part} ${message}`);
    this.part = part;
  }
}

/**
 * The loss is not finite, or the gradients are not, or are so large that their squares are not: lower the learning rate, or
 * look at the batch. The step was not made.
 */
export class TrainingDivergedError extends Error {
  override name = "TrainingDivergedError";
  /** The step that could not be made, counted from 1. */
  readonly step: number;

  constructor(step: number, what: string) {
    super(
      `step ${step}: ${what}; the weights are as they were. Lower the learning rate, or look at the clips of the batch`,
    );
    this.step = step;
  }
}

/** A saved state is not that of this trainer: give that of the same configuration. */
export class TrainingStateError extends Error {
  override name = "TrainingStateError";
}
