import { NotFiniteError, ZeroVectorError } from "@irec/metrics";
import { InputError } from "../errors.ts";
import { NotServed } from "../store/not-served.ts";

/** Where the rows of a metric's argument come from. */
export interface Origin {
  readonly file: string;
  /** The row of the file that is row 0 of the argument, where the metric does not count over the whole file itself. */
  readonly firstRow?: number;
}

/**
 * Runs a computation on embeddings and turns the errors that name a row into errors that name its file as well. Errors
 * about other arguments pass.
 * @param origins - by the name of the metric's argument
 */
export async function namingFiles<T>(origins: Readonly<Record<string, Origin>>, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof NotFiniteError || error instanceof ZeroVectorError)) throw error;
    const origin = origins[error.argument];
    if (origin === undefined) {
      // An overflow is nobody's row: two finite rows that are too large for each other.
      if (!error.argument.endsWith(" similarity")) throw error;
      const files = [...new Set(Object.values(origins).map(({ file }) => file))];
      throw new InputError(files.join(" and "), `${error.message}.`, { cause: error });
    }
    const row = error.row + (origin.firstRow ?? 0);
    const what =
      error instanceof ZeroVectorError
        ? `row ${row} has no direction (a zero or constant vector), so its ${error.kind} similarity is undefined`
        : `row ${row}${error.column === undefined ? "" : `, column ${error.column}`} is ${error.value}`;
    const advice = "Was that item silent, unreadable or skipped? Embed it again or leave it out.";
    throw new InputError(origin.file, `${what}. ${advice}`, { cause: error });
  }
}

/**
 * As `namingFiles`, for what is about directions whatever the similarity is: rows without one are a reason to leave it out.
 * @throws {NotServed} naming file and row
 */
export async function amongDirections<T>(
  origins: Readonly<Record<string, Origin>>,
  run: () => T | Promise<T>,
): Promise<T> {
  try {
    return await namingFiles(origins, run);
  } catch (error) {
    const cause = error instanceof InputError ? error.cause : undefined;
    if (!(cause instanceof ZeroVectorError)) throw error;
    throw new NotServed(`row ${cause.row} of ${origins[cause.argument]!.file} has no direction`);
  }
}
