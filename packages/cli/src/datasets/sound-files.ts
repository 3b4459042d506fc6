import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { InputError } from "../errors.ts";
import { unreadable } from "../npy/byte-source.ts";
import { quoted } from "../quoted.ts";

/** The sound files below a folder, found once and looked up by name. */
export class SoundFiles {
  readonly folder: string;
  /** Paths below the folder with `/` between their parts, sorted by code unit, so that the order is the same everywhere. */
  readonly paths: readonly string[];
  readonly #byStem = new Map<string, string[]>();

  private constructor(folder: string, paths: readonly string[]) {
    this.folder = folder;
    this.paths = paths;
    for (const path of paths) {
      const stem = stemOf(path);
      this.#byStem.set(stem, [...(this.#byStem.get(stem) ?? []), path]);
    }
  }

  /** @throws {InputError} when there is no such folder, or no sound in it */
  static async in(folder: string): Promise<SoundFiles> {
    const paths = await soundPaths(folder);
    if (paths.length === 0) throw new InputError(folder, "no sound files found in this folder, nor below it.");
    return new SoundFiles(folder, paths);
  }

  /**
   * The path of the file with this name, in whatever folder it lies; undefined when there is none.
   * @param name - without folders and extension
   * @param hint - its path in the data set's own layout, which decides when there are several
   * @throws {InputError} when there are several, and nothing decides
   */
  find(name: string, hint?: string): string | undefined {
    const found = this.#byStem.get(name) ?? [];
    const [first, second] = found;
    if (first === undefined) return undefined;
    const hinted = hint === undefined ? undefined : found.find((path) => path === hint || path.endsWith(`/${hint}`));
    if (second !== undefined && hinted === undefined) {
      throw new InputError(
        this.folder,
        `has the clip ${quoted(name)} twice, as ${quoted(first)} and ${quoted(second)}; keep one of them.`,
      );
    }
    return join(this.folder, hinted ?? first);
  }

  /**
   * The paths of several clips, in their order.
   * @param source - what lists the clips, for the message
   * @throws {InputError} when some are missing, with their number and the first
   */
  findAll(source: string, clips: readonly { readonly name: string; readonly hint?: string }[]): readonly string[] {
    const paths = clips.map(({ name, hint }) => this.find(name, hint));
    const missing = clips.filter((_, i) => paths[i] === undefined);
    if (missing.length === 0) return paths as string[];
    throw new InputError(
      this.folder,
      `lacks ${missing.length} of the ${clips.length} clips that ${source} lists; the first is ${quoted(missing[0]!.name)}. ` +
        "Is the data set complete?",
    );
  }
}

/** The name of a file without its folders and its extension. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(SOUND_EXTENSION, "");
}

/** What is listed here is decoded by @irec/encoders. */
const SOUND_EXTENSION = /\.(wav|wave|flac|mp3|ogg|oga|opus|aif|aiff|aifc|m4a|mp4|aac)$/i;

async function soundPaths(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === "ENOTDIR") throw new InputError(folder, "expected the folder of a data set, found a file.");
    throw unreadable(folder, error);
  });
  return entries
    .filter((entry) => !entry.isDirectory() && SOUND_EXTENSION.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.split("/").some(isForeign))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** What macOS leaves on disks and in archives, and what is being downloaded. */
const isForeign = (part: string): boolean => part.startsWith(".") || part === "__MACOSX";
