import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { NdArray } from "ndarray";
import { diskError } from "../../disk-error.ts";
import { OutputError } from "../../errors.ts";
import { onInterrupt } from "../../interrupt.ts";
import { jsonText } from "../../json-text.ts";
import { npyBytes } from "../../npy/write-npy.ts";
import type { Manifest } from "../../store/manifest.ts";

/** A model of a store in the making: it appears under its name when it is complete, or not at all. */
export interface NewModel {
  /** Writes an array, such as `audio/joint_space/tinysol`. */
  array(name: string, rows: NdArray): void;
  /** Takes an array over from another model, byte for byte. */
  copy(name: string, path: string): void;
  /** Writes another file beside the arrays. */
  file(name: string, content: string | Uint8Array): void;
  /** Writes the manifest, with the sha256 of every array, and gives the folder its name. */
  complete(manifest: Omit<Manifest, "path" | "sha256">): void;
  /** Leaves nothing behind; does nothing once the folder is complete. */
  discard(): void;
}

/**
 * Reserves a name in a store, so that one that is taken fails before the work and not after it. Synchronous: no signal comes
 * between making something and knowing that it must be removed.
 * @throws {OutputError} when the name is taken or the disk says no
 */
export function prepareNewModel(store: string, name: string): NewModel {
  const target = join(store, name);
  // Hidden, so that nobody takes it for a model of the store.
  const folder = join(store, `.${name}-partial-${process.pid}`);
  const sha256: Record<string, string> = {};
  const refuseIfTaken = () => {
    if (!existsSync(target)) return;
    throw new OutputError(`${target}: already there; nothing is overwritten. Choose another name, or remove it.`);
  };
  const writing = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      remove();
      throw diskError(target, error, "Nothing was left behind.");
    }
  };
  const isNewStore = !existsSync(store);
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    // Nothing else is in a store that was made for this model alone; somebody may have put something there since.
    if (isNewStore && existsSync(store) && readdirSync(store).length === 0) rmdirSync(store);
  };
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const writeArray = (name: string, bytes: Uint8Array) => {
    sha256[name] = createHash("sha256").update(bytes).digest("hex");
    write(`${name}.npy`, bytes);
  };
  refuseIfTaken();
  const forget = onInterrupt(remove);
  writing(() => mkdirSync(folder, { recursive: true }));
  return {
    array: (name, rows) => writing(() => writeArray(name, npyBytes(rows))),
    copy: (name, path) => writing(() => writeArray(name, readFileSync(path))),
    file: (path, content) => writing(() => write(path, content)),
    complete(manifest) {
      writing(() => {
        write("manifest.json", jsonText({ ...manifest, sha256 }));
        refuseIfTaken();
        renameSync(folder, target);
      });
      forget();
    },
    discard() {
      forget();
      remove();
    },
  };
}
