/** An array has another shape than the function needs, two arrays do not fit together, or what came is no array. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  /** The argument that does not fit. */
  readonly argument: string;
  /** Its shape as it came; empty when it is no array. */
  readonly shape: readonly number[];

  /** @param came - what came, when saying its shape does not tell it: "is null" */
  constructor(
    argument: string,
    shape: readonly number[],
    expected: string,
    came: string = `has shape [${shape.join(", ")}]`,
  ) {
    super(`${argument} ${came}, expected ${expected}`);
    this.argument = argument;
    this.shape = [...shape];
  }
}

/** An option is outside its documented range, or not one of its documented words. */
export class OptionError extends Error {
  override readonly name = "OptionError";
  /** The option's or parameter's name. */
  readonly option: string;
  /** The value as it came. */
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super(`${option} is ${describeValue(value)}, expected ${expected}`);
    this.option = option;
    this.value = value;
  }
}

/** A value is NaN or infinite where a finite number is needed. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";
  /** The argument that holds the value. */
  readonly argument: string;
  /** Row of the value, counted over the whole input when it comes in blocks; the index for a one-dimensional argument. */
  readonly row: number;
  /** Column of the value; undefined for a one-dimensional argument. */
  readonly column: number | undefined;
  /** The value: NaN, Infinity or -Infinity. */
  readonly value: number;

  constructor(argument: string, row: number, column: number | undefined, value: number, advice: string) {
    super(`${argument}${at(row, column)} is ${value}, expected a finite number; ${advice}`);
    this.argument = argument;
    this.row = row;
    this.column = column;
    this.value = value;
  }
}

/** A row has no direction, so a similarity that divides by its norm is undefined for it. */
export class ZeroVectorError extends Error {
  override readonly name = "ZeroVectorError";
  /** The argument that holds the row. */
  readonly argument: string;
  /** The row, counted over the whole input when it comes in blocks. */
  readonly row: number;
  /** The kind of similarity that was asked for. */
  readonly kind: string;

  constructor(argument: string, row: number, kind: string) {
    const what = kind === "pearson" ? "has the same value in every column" : "is a zero vector";
    super(
      `${argument} row ${row} ${what}, so its ${kind} similarity is undefined; ` +
        'drop the row, find out why it is empty, or use kind "dot", "euclidean" or "manhattan"',
    );
    this.argument = argument;
    this.row = row;
    this.kind = kind;
  }
}

/** A class index, item index, group or relevance is not one of the values that its argument may hold. */
export class LabelError extends Error {
  override readonly name = "LabelError";
  /** The argument that holds the value. */
  readonly argument: string;
  /** Row of the value; the index for a one-dimensional argument. */
  readonly row: number;
  /** Column of the value; undefined for a one-dimensional argument. */
  readonly column: number | undefined;
  /** The value as it came. */
  readonly value: number;

  constructor(argument: string, row: number, column: number | undefined, value: number, expected: string) {
    super(`${argument}${at(row, column)} is ${value}, expected ${expected}`);
    this.argument = argument;
    this.row = row;
    this.column = column;
    this.value = value;
  }
}

/** The metric's definition gives no value for this input, such as a ROC curve without negatives. */
export class UndefinedMetricError extends Error {
  override readonly name = "UndefinedMetricError";
  /** The metric, by the name of its function. */
  readonly metric: string;
  /** The class indices, or query rows, for which there is no value; empty when the whole input is the reason. */
  readonly where: readonly number[];

  constructor(metric: string, reason: string, where: ArrayLike<number> = []) {
    super(`${metric} is undefined: ${reason}`);
    this.metric = metric;
    this.where = Array.from(where);
  }
}

/** A class has no item from which its centroid could be made. */
export class EmptyClassError extends Error {
  override readonly name = "EmptyClassError";
  /** The class without items. */
  readonly classIndex: number;
  /** The row that was to be scored, counted over the whole input; undefined when no row is concerned. */
  readonly row: number | undefined;
  /** The fold whose items were left out; undefined when there are no folds. */
  readonly fold: number | undefined;

  constructor(classIndex: number, row: number | undefined, fold: number | undefined, reason: string) {
    super(`class ${classIndex} has no centroid: ${reason}`);
    this.classIndex = classIndex;
    this.row = row;
    this.fold = fold;
  }
}

/** Any value in a few words, for a message: null, 3, "abc", an Array of length 2, a Set. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return String(value);
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const length = Array.isArray(value) || ArrayBuffer.isView(value) ? ` of length ${(value as unknown[]).length}` : "";
  return `${/^[AIO]/.test(kind) ? "an" : "a"} ${kind}${length}`;
}

const at = (row: number, column: number | undefined): string =>
  column === undefined ? `[${row}]` : ` row ${row}, column ${column}`;
