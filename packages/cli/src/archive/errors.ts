import { InputError } from "../errors.ts";

/** The archive is cut, corrupt or of another kind: get it again. */
export class DamagedArchiveError extends InputError {
  override name = "DamagedArchiveError";
}

/** The archive holds what no data set needs and what could do harm where it is unpacked: do not trust its source. */
export class UnsafeArchiveError extends InputError {
  override name = "UnsafeArchiveError";
}

/** The archive is larger than a limit: more than any data set here has, or made to fill the disk. */
export class ArchiveLimitError extends InputError {
  override name = "ArchiveLimitError";
}
