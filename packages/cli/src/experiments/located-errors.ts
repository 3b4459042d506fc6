import { NotFiniteError, ZeroVectorError } from "@irec/metrics";
import { InputError } from "../errors.ts";

/**
 * Runs a computation on embeddings and turns the errors that name a row into errors that name its file as well.
 * @param files - the file behind each argument of the metric, by the argument's name
 */
export async function namingFiles<T>(files: Readonly<Record<string, string>>, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof NotFiniteError || error instanceof ZeroVectorError)) throw error;
    const file = files[error.argument] ?? Object.values(files)[0]!;
    const what =
      error instanceof ZeroVectorError
        ? `row ${error.row} has no direction (a zero or constant vector), so its ${error.kind} similarity is undefined`
        : `row ${error.row}${error.column === undefined ? "" : `, column ${error.column}`} is ${error.value}`;
    throw new InputError(
      file,
      `${what}. Was that item silent, unreadable or skipped? Embed it again or leave it out.`,
      {
        cause: error,
      },
    );
  }
}
