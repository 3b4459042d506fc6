import type { ByteSource } from "../bytes/byte-source.ts";
import type { Container, ContainerOptions } from "./container.ts";
import { CheckpointFormatError, DamagedCheckpointError, UnsupportedCheckpointError } from "./errors.ts";
import type { Storage } from "./lazy-tensor.ts";
import { enforce } from "./limits.ts";
import { quoted, someOf } from "./quoted.ts";
import { findStateDict, locateTensor } from "./state-dict.ts";
import { bytesOfStorage, type StorageReference, unpickleTorch } from "./torch-pickle.ts";
import { openZip, type ZipArchive } from "./zip.ts";

/**
 * Opens a checkpoint of torch >= 1.6: a zip archive with a pickle that describes the tensors, and one stored entry for
 * each storage. Storages of no tensor in the state dict (the optimiser's) are never touched.
 */
export async function openTorchZip(source: ByteSource, options: ContainerOptions): Promise<Container> {
  const { limits, verify, allowOpaque, stateDictKey } = options;
  const file = source.name;
  const archive = await openZip(source, limits, options);
  const root = findRoot(archive, file);

  const pickle = archive.entries.get(`${root}data.pkl`)!;
  enforce(limits, "pickleBytes", pickle.byteLength, "its pickle has bytes", { file });
  const bytes = await archive.read(pickle, options);
  const position = await archive.position(pickle, options);
  const littleEndian = await readByteOrder(archive, root, file, options);

  const { value, end } = unpickleTorch(bytes, limits, { file, position }, allowOpaque);
  if (end !== bytes.length) {
    throw new DamagedCheckpointError({ file, position: position + end }, "has something behind its pickle");
  }

  const storages = new Map<string, Storage>();
  const storageOf = (reference: StorageReference, place: { file: string; tensor: string }): Storage => {
    const known = storages.get(reference.key);
    const entry = archive.entries.get(`${root}data/${reference.key}`);
    if (entry === undefined) {
      throw new DamagedCheckpointError(place, `lies in the storage ${quoted(reference.key)}, which the archive lacks`);
    }
    const expected = bytesOfStorage(reference);
    if (entry.byteLength !== expected) {
      throw new DamagedCheckpointError(
        place,
        `lies in the storage ${quoted(reference.key)} of ${expected} bytes, but its zip entry has ${entry.byteLength}`,
      );
    }
    if (known !== undefined) return known;
    const storage: Storage = {
      id: reference.key,
      file,
      byteLength: entry.byteLength,
      littleEndian,
      crc32: verify ? entry.crc32 : undefined,
      slice: (start, end, readOptions) => archive.slice(entry, start, end, readOptions),
    };
    storages.set(reference.key, storage);
    return storage;
  };
  const { tensors, metadata } = findStateDict(value, file, stateDictKey);
  return {
    format: "torch-zip",
    metadata,
    tensors: new Map([...tensors].map(([name, layout]) => [name, locateTensor(name, layout, file, limits, storageOf)])),
  };
}

/** The folder of the archive that everything is in; torch names it after the file, so it can be any name. */
function findRoot({ entries }: ZipArchive, file: string): string {
  const roots = [...entries.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name)).map((name) => name.slice(0, -8));
  if (roots.length === 0) {
    const names = [...entries.keys()];
    const checkpoint = names.find((name) => /\.(pt|pth|bin|ckpt|safetensors|tar)$/i.test(name));
    const hint =
      checkpoint !== undefined
        ? `. It holds ${quoted(checkpoint)}: unzip it, and open that`
        : names.some((name) => name.endsWith(".npy"))
          ? ": this is an .npz of NumPy"
          : "";
    throw new CheckpointFormatError(
      { file },
      `is a zip archive without the data.pkl of torch.save, of ${someOf(names, 3)}${hint}`,
    );
  }
  if (roots.length > 1)
    throw new DamagedCheckpointError({ file }, `has ${roots.length} checkpoints in one zip archive`);
  const root = roots[0]!;
  if (entries.has(`${root}constants.pkl`)) {
    throw new UnsupportedCheckpointError(
      { file },
      "is a TorchScript program, not a checkpoint. Save model.state_dict() with torch.save.",
    );
  }
  return root;
}

/** Files from before torch 2.0 do not say it; all of them come from little-endian machines. */
async function readByteOrder(
  archive: ZipArchive,
  root: string,
  file: string,
  options: ContainerOptions,
): Promise<boolean> {
  const entry = archive.entries.get(`${root}byteorder`);
  if (entry === undefined) return true;
  const order = entry.byteLength > 16 ? "" : new TextDecoder().decode(await archive.read(entry, options)).trim();
  if (order !== "little" && order !== "big") {
    throw new DamagedCheckpointError({ file }, `has the byte order ${quoted(order)}; expected little or big`);
  }
  return order === "little";
}
