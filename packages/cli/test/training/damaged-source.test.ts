import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { readNpyMatrix } from "../../src/npy/npy-file.ts";
import { npyBytes } from "../../src/npy/write-npy.ts";
import { silentProgress } from "../../src/progress.ts";
import { readTrainConfig } from "../../src/training/config.ts";
import { temporaryFolders } from "../temp-folder.ts";
import { writeConfig, writeInstrumentStore } from "./instrument-store.ts";

const newFolder = temporaryFolders();

/** An instrument store with one array changed; its manifest may know what the array was. */
async function storeWith(
  array: string,
  change: (values: number[][]) => number[][],
  options: { readonly claimed?: string } = {},
) {
  const folder = newFolder();
  const paths = writeInstrumentStore(folder);
  const file = join(paths.store, "small", `${array}.npy`);
  const matrix = await readNpyMatrix(file);
  const [rows, columns] = matrix.shape as [number, number];
  const values = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => matrix.get(i, j)));
  const changed = change(values);
  writeFileSync(file, npyBytes(ndarray(Float64Array.from(changed.flat()), [rows, changed[0]!.length])));
  if (options.claimed !== undefined) {
    const manifestFile = join(paths.store, "small", "manifest.json");
    const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));
    writeFileSync(manifestFile, JSON.stringify({ ...manifest, sha256: { [array]: options.claimed } }));
  }
  return { folder, file, ...paths };
}

async function failure(
  kind: "projection" | "triplets",
  { folder, store, groundTruth }: Awaited<ReturnType<typeof storeWith>>,
) {
  const config = writeConfig(folder, {
    ...{ kind, out: "trained", embeddings: store, groundTruth, model: "small", name: "new", epochs: 1 },
    ...(kind === "projection" ? { embedDim: 8 } : { heldOut: { count: 2 } }),
  });
  const training = await readTrainConfig(config);
  return await training.run({ backend: "wasm", progress: silentProgress, say: () => {} }).then(
    () => new Error("nothing was refused"),
    (error) => error as Error,
  );
}

const having = (row: number, column: number, value: number) => (values: number[][]) => {
  values[row]![column] = value;
  return values;
};
const times = (factor: number) => (values: number[][]) => values.map((row) => row.map((value) => value * factor));
const zeroRow = (at: number) => (values: number[][]) => values.map((row, i) => (i === at ? row.map(() => 0) : row));

describe("an array that cannot be trained on is named, with its row and what that is", () => {
  it.each([
    ["projection", "audio/pre_joint/notes", having(3, 4, Number.NaN), 'row 3 (clip "clip-3"), column 4 is NaN.'],
    [
      "projection",
      "audio/joint_space/notes",
      having(95, 0, Infinity),
      'row 95 (clip "clip-95"), column 0 is Infinity.',
    ],
    ["projection", "audio/pre_joint/notes", zeroRow(7), 'row 7 (clip "clip-7") is all zeros, which have no direction.'],
    ["projection", "text/pre_joint/plain", having(7, 1, Number.NaN), 'row 7 (label "harp"), column 1 is NaN.'],
    // Not learned from, but projected.
    ["projection", "text/pre_joint/denied", having(0, 0, Number.NaN), 'row 0 (label "violin"), column 0 is NaN.'],
    ["triplets", "text/joint_space/sound_of", having(1, 2, Number.NaN), 'row 1 (label "viola"), column 2 is NaN.'],
    ["triplets", "audio/joint_space/notes", having(2, 0, Number.NaN), 'row 2 (clip "clip-2"), column 0 is NaN.'],
    ["triplets", "text/joint_space/denied", having(5, 2, Number.NaN), 'row 5 (label "tuba"), column 2 is NaN.'],
  ] as const)("%s, %s", async (kind, array, change, message) => {
    const source = await storeWith(array, change);
    const error = await failure(kind, source);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(`${source.file}: ${message}`);
  });

  it.each([
    [1e30, /row 0 \(clip "clip-0"\) has the length \d\.\d\de\+3\d; heads compute in float32 and take 1e-15 to 1e15\./],
    [1e200, /row 0 \(clip "clip-0"\) has the length \d\.\d\de\+20\d;/],
    [1e-200, /row 0 \(clip "clip-0"\) has the length \d\.\d\de-(19|20)\d;/],
  ])("numbers times %s, which float32 has no squares of", async (factor, message) => {
    const source = await storeWith("audio/pre_joint/notes", times(factor));
    const error = await failure("projection", source);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(source.file);
  });

  it("numbers times 1e13 are trained on", async () => {
    const source = await storeWith("audio/pre_joint/notes", times(1e13));
    expect((await failure("projection", source)).message).toBe("nothing was refused");
  });

  it.each(["projection", "triplets"] as const)(
    "%s: audio and text of different sizes in the joint space",
    async (kind) => {
      const source = await storeWith("text/joint_space/sound_of", (values) => values.map((row) => [...row, 1]));
      const error = await failure(kind, source);
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(/sound_of\.npy: has embeddings of 9 numbers, while .*\.npy has 8\./);
    },
  );
});

describe("an array that is not the one of the manifest", () => {
  it.each([
    ["projection", "audio/pre_joint/notes", having(3, 4, Number.NaN)],
    ["projection", "text/pre_joint/denied", having(3, 4, Number.NaN)],
    ["triplets", "text/joint_space/plain", times(2)],
  ] as const)("%s, %s: that it was changed is said before anything of what is in it", async (kind, array, change) => {
    const source = await storeWith(array, change, { claimed: "ab".repeat(32) });
    const error = await failure(kind, source);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/its sha256 is [0-9a-f]{64}, while the manifest says (ab){32}; it was changed\./);
    expect(error.message).toContain(source.file);
  });
});
