import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { unreadable } from "../npy/byte-source.ts";
import { quoted } from "../quoted.ts";

/** The sound files below a folder, found once and looked up by name. */
export class SoundFiles {
  readonly folder: string;
  /** Paths below the folder with `/` between their parts, sorted by code unit, so that the order is the same everywhere. */
  readonly paths: readonly string[];
  readonly #byStem = new Map<string, string[]>();
  /** By stems whose letters are composed: macOS writes an accent as a sign of its own. */
  readonly #byComposedStem = new Map<string, string[]>();

  private constructor(folder: string, paths: readonly string[]) {
    this.folder = folder;
    this.paths = paths;
    for (const path of paths) {
      const stem = stemOf(path);
      push(this.#byStem, stem, path);
      push(this.#byComposedStem, stem.normalize("NFC"), path);
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
   * @param name - without folders; the extension of a sound file may be there
   * @param hint - its path in the data set's own layout, which decides when there are several
   * @throws {InputError} when there are several, and nothing decides
   */
  find(name: string, hint?: string): string | undefined {
    const found =
      [name, stemOf(name)].map((stem) => this.#byStem.get(stem)).find(isDefined) ??
      [name, stemOf(name)].map((stem) => this.#byComposedStem.get(stem.normalize("NFC"))).find(isDefined) ??
      [];
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
    const missing = clips.filter((_, i) => paths[i] === undefined).map(({ name }) => quoted(name));
    if (missing.length === 0) return paths as string[];
    const named = missing.slice(0, MAX_NAMED).join(", ");
    throw new InputError(
      this.folder,
      `lacks ${missing.length} of the ${clips.length} clips that ${source} lists; ` +
        `${missing.length > MAX_NAMED ? `the first are ${named}` : named}. Is the data set complete?`,
    );
  }
}

/** Clips that are named in a message. */
const MAX_NAMED = 5;

const isDefined = <T>(value: T | undefined): value is T => value !== undefined;

function push(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The name of a file without its folders and its extension. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(SOUND_EXTENSION, "");
}

/** What is listed here is decoded by @irec/encoders. */
const SOUND_EXTENSION = /\.(wav|wave|flac|mp3|ogg|oga|opus|aif|aiff|aifc|m4a|mp4|aac)$/i;

async function soundPaths(folder: string): Promise<string[]> {
  const paths: string[] = [];
  await collect(folder, "", [], paths);
  return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Adds the sound files of a folder and of those below it, links to folders too.
 * @param below - its path below the data set's folder, with a `/` at its end
 * @param above - the true paths of the folders around it: a link to one of them would lead round in a circle
 */
async function collect(folder: string, below: string, above: readonly string[], paths: string[]): Promise<void> {
  const fail = (error: NodeJS.ErrnoException): never => {
    if (error.code === "ENOTDIR") throw new InputError(folder, "expected the folder of a data set, found a file.");
    throw unreadable(folder, error);
  };
  const truePath = await realpath(folder).catch(fail);
  if (above.includes(truePath)) return;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(fail)) {
    if (isForeign(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(path)))) {
      await collect(path, `${below}${entry.name}/`, [...above, truePath], paths);
    } else if (SOUND_EXTENSION.test(entry.name)) paths.push(below + entry.name);
  }
}

const leadsToFolder = async (link: string): Promise<boolean> =>
  await stat(link).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** What macOS leaves on disks and in archives, and what is being downloaded. */
const isForeign = (part: string): boolean => part.startsWith(".") || part === "__MACOSX";
