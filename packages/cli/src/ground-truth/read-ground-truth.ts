import { InputError } from "../errors.ts";
import { readCsvRows } from "./csv-rows.ts";
import type { GroundTruth, GroundTruthTable } from "./ground-truth.ts";
import { OneHotTable } from "./one-hot.ts";
import { TinysolMetadata } from "./tinysol-metadata.ts";

/**
 * Reads ground truth: the study's one-hot CSV (`song,<label>,<label>,...`, one 1 a row) or TinySOL's metadata CSV.
 * @throws {InputError} naming the line for a row without or with several labels, a duplicate clip id, a wrong cell or a
 *   wrong number of cells
 */
export async function readGroundTruth(path: string): Promise<GroundTruth> {
  let table: GroundTruthTable | undefined;
  await readCsvRows(path, (cells, line) => {
    if (table !== undefined) table.add(cells, line);
    else
      table = TinysolMetadata.recognises(cells) ? new TinysolMetadata(path, cells) : new OneHotTable(path, cells, line);
  });
  if (table === undefined) throw new InputError(path, "is empty; expected a ground-truth CSV with a header line.");
  const groundTruth = table.finish();
  if (groundTruth.clipIds.length === 0)
    throw new InputError(path, "has a header but no rows; expected one row a clip.");
  return groundTruth;
}
