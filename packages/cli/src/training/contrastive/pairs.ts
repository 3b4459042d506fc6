import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { InputError } from "../../errors.ts";

/** A clip and what is said of it. */
export interface CaptionedClip {
  /** Where the pair is in its list, counted from 0. */
  readonly index: number;
  /** What to call this place in a message: the row of its file. */
  readonly place: string;
  readonly id: string;
  /** At least one; in training, each epoch takes one of them. */
  readonly captions: readonly string[];
  /** Of the sound, as it is on disk. */
  readonly path: string;
}

/** A path inside of a folder, with what stands in a list; undefined where that leads out of it. An absolute one starts at the folder. */
export function pathInside(folder: string, listed: string): string | undefined {
  const path = join(folder, listed);
  return relative(folder, path).split(/[\\/]/)[0] === ".." ? undefined : path;
}

/** What is done about pairs whose sound is not there. */
export type MissingAudio = "refuse" | "skip";

/** The pairs whose sound is there, and those that are left out. */
export interface FoundPairs {
  readonly pairs: readonly CaptionedClip[];
  readonly missing: readonly CaptionedClip[];
}

/** As many missing files as a message has room for. */
const LISTED = 5;

/**
 * Leaves out the pairs whose sound file is missing or empty.
 * @param file - where the pairs are listed
 * @throws {InputError} when there are such pairs and `missingAudio` is "refuse", or when none is left
 */
export function withSound(file: string, pairs: readonly CaptionedClip[], missingAudio: MissingAudio): FoundPairs {
  const found: CaptionedClip[] = [];
  const missing: CaptionedClip[] = [];
  for (const pair of pairs) (hasBytes(pair.path) ? found : missing).push(pair);
  if (found.length === 0) {
    throw new InputError(file, `none of its ${pairs.length} sound files is there: ${listOf(missing)}. Check "audio".`);
  }
  if (missing.length > 0 && missingAudio === "refuse") {
    throw new InputError(
      file,
      `${missing.length} of its ${pairs.length} sound files are missing or empty: ${listOf(missing)}. Get them, or leave ` +
        'these pairs out with "missingAudio": "skip".',
    );
  }
  return { pairs: found, missing };
}

/** Some of the pairs whose sound is missing, for a message. */
export function listOf(missing: readonly CaptionedClip[]): string {
  const shown = missing.slice(0, LISTED).map(({ path, place }) => `${path} (${place})`);
  return shown.join(", ") + (missing.length > LISTED ? ` and ${missing.length - LISTED} more` : "");
}

function hasBytes(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** A file of MagnaTagATune that no decoder reads; MusCALL's evaluation leaves it out too. */
const DAMAGED_IN_MAGNATAGATUNE = "f/tilopa-turkishauch-05-schlicht_1-88-117.mp3";

/** The pairs whose sound files are not excluded by the end of their path, in whole names: "a.mp3" is not the end of "ba.mp3". */
export function withoutExcluded(pairs: readonly CaptionedClip[], exclude: readonly string[]): readonly CaptionedClip[] {
  const ends = [...exclude, DAMAGED_IN_MAGNATAGATUNE].map((end) => `/${end.replace(/^\/+/, "")}`);
  return pairs.filter(({ path }) => !ends.some((end) => `/${path.replaceAll("\\", "/")}`.endsWith(end)));
}
