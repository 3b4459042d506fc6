import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { UsageError } from "../errors.ts";
import { readAudioFolder } from "./audio-folder.ts";
import type { ClipOptions, ClipTable, DatasetModule } from "./dataset.ts";
import { findDataset } from "./locate.ts";
import { DATASETS, datasetNamed } from "./registry.ts";

/**
 * The clips of a data set by its name, of a folder of one's own by its path, or of a CSV that lists clips below its own
 * folder. A name wins over a folder of that name in the current folder; `./tinysol` is the folder.
 *
 * @throws {UsageError} when it is neither, or an option does not go with it
 * @throws {InputError} when the data set is not on this machine, or something in it is missing or wrong
 */
export async function readClips(
  nameOrFolder: string,
  { path, ...options }: ClipOptions & { readonly path?: string | undefined } = {},
): Promise<ClipTable> {
  if (/\.csv$/i.test(nameOrFolder) && existsSync(nameOrFolder) && statSync(nameOrFolder).isFile()) {
    return await readCsv(nameOrFolder, { ...options, path });
  }
  const isFolder = DATASETS.every(({ name }) => name !== nameOrFolder) && existsSync(nameOrFolder);
  if (!isFolder && /[/\\]/.test(nameOrFolder)) throw new UsageError(`there is no folder "${nameOrFolder}".`);
  const dataset = isFolder ? undefined : datasetNamed(nameOrFolder);
  refuseIdleOptions(nameOrFolder, dataset, { ...options, path });
  if (dataset === undefined) return await readAudioFolder(nameOrFolder, options);
  return await dataset.readClips(findDataset(dataset, path), options);
}

async function readCsv(csv: string, options: ClipOptions & { readonly path?: string | undefined }): Promise<ClipTable> {
  refuseIdleOptions(csv, undefined, options);
  if (options.groundTruth !== undefined) {
    throw new UsageError(
      `--groundtruth: "${csv}" says itself which clip has which label; give its folder to use another.`,
    );
  }
  const table = await readAudioFolder(dirname(csv), { ...options, groundTruth: csv });
  return { ...table, dataset: basename(csv).replace(/\.csv$/i, "") };
}

/** An option that would have no effect is a misunderstanding. */
function refuseIdleOptions(
  named: string,
  dataset: DatasetModule | undefined,
  { path, excludeRetuned, split, groundTruth }: ClipOptions & { readonly path?: string | undefined },
): void {
  const refuse = (problem: string): never => {
    throw new UsageError(problem);
  };
  if (dataset === undefined && path !== undefined)
    refuse(`--path says where a data set is; "${named}" is a folder itself.`);
  if (excludeRetuned && dataset?.name !== "tinysol") refuse("--exclude-retuned is for tinysol only.");
  if (split !== undefined && ["tinysol", "irmas", "sample"].includes(dataset?.name ?? "")) {
    refuse(`--split: ${dataset?.title} has no official splits.`);
  }
  if (groundTruth !== undefined && (dataset?.name === "nsynth" || dataset?.name === "irmas")) {
    refuse(`--groundtruth: the labels of ${dataset.title} are in its own files; give the folder itself to use others.`);
  }
}
