import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DamagedArchiveError } from "../archive/errors.ts";
import { type ExtractedFile, extractArchive, isArchive } from "../archive/extract.ts";
import { diskError } from "../disk-error.ts";
import { type DownloadTiming, downloadFile, type RemoteFile } from "../download/download-file.ts";
import { withFileLock } from "../download/file-lock.ts";
import { UsageError } from "../errors.ts";
import { type Progress, silentProgress } from "../progress.ts";
import { checksumListOf, writeChecksumList } from "./checksum-list.ts";
import type { DatasetFile, DatasetModule } from "./dataset.ts";

export interface PullOptions {
  /** The data set's folder; made when it is not there. */
  readonly folder: string;
  /** Only the files with these keys. */
  readonly only?: readonly string[] | undefined;
  /** Keeps the archives that were unpacked. */
  readonly keepArchives?: boolean | undefined;
  /** A server that has the files as `<mirror>/<data set>/<file name>`; they must have the same checksums. */
  readonly mirror?: string | undefined;
  readonly progress?: Progress | undefined;
  readonly say?: ((line: string) => void) | undefined;
  readonly timing?: Partial<DownloadTiming> | undefined;
}

/** What became of one file of a data set. */
export interface PulledFile {
  readonly key: string;
  /** The file, or the folder that an archive became. */
  readonly path: string;
  /** Whether it was there before; it was not looked into. */
  readonly found: boolean;
  /** Whether the download had its published checksum; absent when nothing was downloaded. */
  readonly verified?: boolean;
  /** Of the download. */
  readonly sha256?: string;
}

/**
 * Downloads the files of a data set and unpacks its archives. Each file, and each folder that an archive becomes, is
 * complete or absent; what was downloaded of the others is kept in a hidden folder and continued by the next call. Two
 * calls at once take turns.
 *
 * @throws {UsageError} when the data set has no file of that key, or ships with irec
 * @throws {DownloadError} when a file cannot be had, or is another one than was published
 * @throws {UnsafeArchiveError} and its like when an archive cannot be trusted
 * @throws {OutputError} when the disk says no
 */
export async function pullDataset(dataset: DatasetModule, options: PullOptions): Promise<readonly PulledFile[]> {
  const files = chosenFiles(dataset, options.only);
  const work = join(options.folder, WORK_FOLDER);
  try {
    await mkdir(work, { recursive: true });
    const onWait = () => options.say?.(`another process is fetching ${dataset.title}; waiting for it`);
    return await withFileLock(
      join(options.folder, LOCK),
      async () => {
        await mkdir(work, { recursive: true }); // whoever was waited for has removed it
        const pulled: PulledFile[] = [];
        for (const file of files) pulled.push(await pullFile(dataset, file, work, options));
        if ((await readdir(work)).length === 0) await rmdir(work);
        return pulled;
      },
      { onWait },
    );
  } catch (error) {
    throw diskError(options.folder, error, "What was downloaded is kept; the same command continues.");
  }
}

/** Holds what is not complete yet. */
const WORK_FOLDER = ".irec-pull";
const LOCK = ".irec-pull.lock";

function chosenFiles({ title, files }: DatasetModule, only: readonly string[] | undefined): readonly DatasetFile[] {
  if (files.length === 0) throw new UsageError(`${title} ships with irec; there is nothing to fetch.`);
  const unknown = only?.find((key) => !files.some((file) => file.key === key));
  if (unknown !== undefined) {
    throw new UsageError(`${title} has no part "${unknown}"; it has ${files.map(({ key }) => key).join(", ")}.`);
  }
  return files.filter(({ key }) => only === undefined || only.includes(key));
}

async function pullFile(
  dataset: DatasetModule,
  file: DatasetFile,
  work: string,
  { folder, mirror, keepArchives, progress = silentProgress, say, timing }: PullOptions,
): Promise<PulledFile> {
  const path = join(folder, file.place);
  if (existsSync(path)) {
    say?.(`${path} is there already`);
    return { key: file.key, path, found: true };
  }
  const url = mirror === undefined ? file.url : mirroredUrl(mirror, dataset, file);
  const remote: RemoteFile = { url, bytes: file.bytes, checksum: file.checksum };
  const download = join(work, file.fileName);
  const { sha256, verified } = await downloadFile(remote, download, { progress, say, timing });
  const pulled = { key: file.key, path, found: false, verified, sha256 };
  await mkdir(dirname(path), { recursive: true });
  if (!isArchive(file.fileName)) {
    await rename(download, path);
    return pulled;
  }
  try {
    await unpackInto(path, download, join(work, `${file.key}.unpacked`), progress);
  } catch (error) {
    // Or it would be found, and fail, for ever.
    if (!verified && error instanceof DamagedArchiveError) await rm(download);
    throw error;
  }
  if (keepArchives) await rename(download, join(folder, file.fileName));
  else await rm(download);
  return pulled;
}

function mirroredUrl(mirror: string, { name }: DatasetModule, { fileName }: DatasetFile): string {
  return `${mirror.replace(/\/+$/, "")}/${name}/${encodeURIComponent(fileName)}`;
}

async function unpackInto(path: string, archive: string, unpacked: string, progress: Progress): Promise<void> {
  // The rest of a call that was killed; nobody else writes here, by the lock.
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked);
  const bar = progress.start(`unpacking ${basename(archive)}`, (await stat(archive)).size, { unit: "bytes" });
  let files: readonly ExtractedFile[];
  try {
    files = await extractArchive(archive, unpacked, { onRead: bar.advance });
  } catch (error) {
    await rm(unpacked, { recursive: true, force: true });
    throw error;
  } finally {
    bar.end();
  }
  const top = soleFolder(files, basename(path));
  await writeChecksumList(
    checksumListOf(path),
    files.map((file) => ({ ...file, path: file.path.slice(top === "" ? 0 : top.length + 1) })),
  );
  await rename(join(unpacked, top), path);
  await rm(unpacked, { recursive: true, force: true });
}

/** The name of the folder that holds the whole archive, if it is the name that is wanted anyway; else nothing. */
function soleFolder(files: readonly ExtractedFile[], name: string): string {
  return files.every(({ path }) => path.startsWith(`${name}/`)) ? name : "";
}
