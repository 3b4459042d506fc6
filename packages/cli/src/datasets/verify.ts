import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { isArchive } from "../archive/extract.ts";
import { CliError } from "../errors.ts";
import { digestOfFile } from "../file-digest.ts";
import { type Progress, silentProgress } from "../progress.ts";
import { checksumListOf, readChecksumList } from "./checksum-list.ts";
import type { ClipOptions, ClipTable, DatasetFile, DatasetModule } from "./dataset.ts";

/** One thing that was looked at. */
export interface Finding {
  /** What, such as a file or "clips". */
  readonly what: string;
  /** "unknown" where there is nothing to compare with. */
  readonly state: "good" | "bad" | "unknown";
  readonly message: string;
}

export interface Verification {
  readonly dataset: string;
  readonly folder: string;
  readonly findings: readonly Finding[];
  /** Whether nothing is bad. */
  readonly passed: boolean;
  /** Clips of each label; empty when the clips could not be read. */
  readonly clipsPerLabel: Readonly<Record<string, number>>;
}

/**
 * Compares a folder with what is known of the data set: published checksums, the checksums that were taken when it was
 * unpacked, the number of clips, a sound file for each of them, and that no sound file is cut.
 */
export async function verifyDataset(
  dataset: DatasetModule,
  folder: string,
  { progress = silentProgress, ...clipOptions }: ClipOptions & { readonly progress?: Progress } = {},
): Promise<Verification> {
  const findings: Finding[] = [];
  for (const file of dataset.files) findings.push(await verifyFile(dataset, file, folder, progress));
  const table = await dataset.readClips(folder, clipOptions).catch((error) => {
    if (!(error instanceof CliError)) throw error;
    findings.push({ what: "clips", state: "bad", message: error.message });
    return undefined;
  });
  if (table !== undefined) {
    findings.push(countFinding(dataset, table, findings, clipOptions));
    findings.push(await soundFinding(table, progress));
  }
  const clipsPerLabel: Record<string, number> = {};
  for (const { label } of table?.clips ?? []) clipsPerLabel[label] = (clipsPerLabel[label] ?? 0) + 1;
  const passed = findings.every(({ state }) => state !== "bad");
  return { dataset: dataset.name, folder, findings, passed, clipsPerLabel };
}

async function verifyFile(
  dataset: DatasetModule,
  file: DatasetFile,
  folder: string,
  progress: Progress,
): Promise<Finding> {
  const path = join(folder, file.place);
  const what = file.place;
  if (!existsSync(path)) {
    return {
      what,
      state: "unknown",
      message: `not here; irec datasets pull ${dataset.name} --only ${file.key} fetches it`,
    };
  }
  if (isArchive(file.fileName)) return await verifyFolder(what, path, progress);
  if (file.checksum === undefined) return { what, state: "unknown", message: "no checksum of it is known" };
  const { algorithm, digest, source } = file.checksum;
  const found = await digestOfFile(path, algorithm);
  return found === digest
    ? { what, state: "good", message: `has the ${algorithm} that ${source} gives` }
    : { what, state: "bad", message: `has the ${algorithm} ${found}, expected ${digest} (${source})` };
}

/** Compares each file with the list that was made when the folder was unpacked. */
async function verifyFolder(what: string, path: string, progress: Progress): Promise<Finding> {
  const list = checksumListOf(path);
  if (!existsSync(list)) {
    return {
      what,
      state: "unknown",
      message: "not unpacked by irec: there are no checksums to compare its files with",
    };
  }
  const digests = await readChecksumList(list);
  const bar = progress.start(`checking ${what}`, digests.size, { unit: "files" });
  const faults: string[] = [];
  for (const [file, digest] of digests) {
    if (!existsSync(join(path, file))) faults.push(`${file} is missing`);
    else if ((await digestOfFile(join(path, file), "sha256")) !== digest) faults.push(`${file} has changed`);
    bar.advance(1);
  }
  bar.end();
  if (faults.length === 0)
    return { what, state: "good", message: `its ${digests.size} files are as they were unpacked` };
  return { what, state: "bad", message: `${faults.length} of ${digests.size} files: ${firstFew(faults)}` };
}

const firstFew = (faults: readonly string[]): string =>
  `${faults.slice(0, 3).join(", ")}${faults.length > 3 ? ", ..." : ""}`;

/** A part of a data set is no fault when only that part was fetched or asked for. */
function countFinding(
  { clipCount, files }: DatasetModule,
  { clips }: ClipTable,
  findings: readonly Finding[],
  options: ClipOptions,
): Finding {
  const what = "clips";
  if (clipCount === undefined) return { what, state: "unknown", message: `${clips.length} are here` };
  if (clips.length === clipCount) return { what, state: "good", message: `all ${clipCount} are here` };
  const message = `${clips.length} of ${clipCount} are here`;
  const isPart =
    options.split !== undefined ||
    options.excludeRetuned === true ||
    options.groundTruth !== undefined ||
    files.some(({ place }) => findings.some((finding) => finding.what === place && finding.state === "unknown"));
  return { what, state: isPart && clips.length < clipCount ? "unknown" : "bad", message };
}

async function soundFinding({ clips }: ClipTable, progress: Progress): Promise<Finding> {
  const bar = progress.start("looking at the sound files", clips.length, { unit: "files" });
  const faults: string[] = [];
  for (const { path, id } of clips) {
    if (await isCut(path)) faults.push(id);
    bar.advance(1);
  }
  bar.end();
  const what = "sound files";
  if (faults.length === 0) return { what, state: "good", message: "none is empty or cut" };
  return { what, state: "bad", message: `${faults.length} are empty or cut: ${firstFew(faults)}` };
}

/** Whether a file is empty, or a WAV file that is shorter than its header says. */
async function isCut(path: string): Promise<boolean> {
  const { size } = await stat(path);
  if (!/\.wave?$/i.test(path)) return size === 0;
  const file = await open(path);
  try {
    const header = Buffer.alloc(12);
    await file.read(header, 0, 12, 0);
    return header.toString("latin1", 0, 4) !== "RIFF" || header.readUInt32LE(4) + 8 > size;
  } finally {
    await file.close();
  }
}
