import type { ArchiveLimits } from "./limits.ts";

/** One entry of an archive, whatever its format. */
export interface ArchiveEntry {
  /** Its path as the archive has it: nothing is known about it yet. */
  readonly name: string;
  /** What it is; anything but a file or a folder in words, for a message. */
  readonly kind: "file" | "folder" | { readonly other: string };
  /** The bytes of a file, to be read at most once, and before the next entry. */
  content(): AsyncIterable<Uint8Array>;
}

export interface VisitOptions {
  readonly limits: ArchiveLimits;
  /** Is told how many further bytes of the archive have been read. */
  readonly onRead: (bytes: number) => void;
}

/** Reads an archive from its beginning to its end and shows each entry, one at a time. */
export type VisitArchive = (
  archive: string,
  visit: (entry: ArchiveEntry) => Promise<void>,
  options: VisitOptions,
) => Promise<void>;
