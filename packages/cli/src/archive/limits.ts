/** What an archive may hold. Each limit is far above what the data sets have, and far below what does harm. */
export interface ArchiveLimits {
  /** Files and folders. The largest part of NSynth has 289,205 clips. */
  readonly entries: number;
  /** Bytes of one unpacked file: what a WAV file can be, since it counts them in 32 bits. */
  readonly fileBytes: number;
  /** Unpacked bytes for one byte of the archive. Music gives 1 to 3, silence and text some dozens, a bomb a thousand. */
  readonly ratio: number;
  /** Bytes that may be unpacked whatever the ratio: a small archive can honestly hold a long silence. */
  readonly freeBytes: number;
  /** Bytes of an entry's path in UTF-8: what Linux allows, so that no name is cut. */
  readonly pathBytes: number;
  /** Bytes of a header that a tar file keeps for the next entry, such as a long name: it is read into memory. */
  readonly headerBytes: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  entries: 2 ** 20,
  fileBytes: 2 ** 32,
  ratio: 200,
  freeBytes: 2 ** 26,
  pathBytes: 4095,
  headerBytes: 2 ** 20,
};
