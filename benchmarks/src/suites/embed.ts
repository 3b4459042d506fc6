import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { readNpyMatrix } from "@irec/cli";
import { peer, runIrec, runProcess } from "../process.ts";
import type { Suite } from "../suite.ts";
import { syntheticClap } from "../synthetic-clap.ts";

/** Enough that starting and reading the checkpoint do not decide. */
const FILES = 96;
const FILES_IN_A_HURRY = 4;

/** Largest difference of two joint vectors, whose length is 1: ours are within 5e-6 of float64, and so are the peer's. */
const AGREEMENT = 1e-5;

/** Whole files per second: from sound files to a store of embeddings. */
export const embed: Suite = {
  name: "embed",
  title: `${FILES} WAV files of 10 s to a store of embeddings`,
  targetRatio: 1,
  repeats: 3,
  needs: ["python"],
  needsModules: ["torch", "transformers", "soundfile"],
  limit:
    "the audio tower; irec reads the checkpoint twice, the first time for its checksum, and waits for the disk after each batch, so that nothing is lost.",
  async prepare({ folder, python, quick, say }) {
    say("embed: making a model of the published size, unless it is there");
    const { checkpoint, vocabulary, wav } = await syntheticClap(folder, python!);
    const sounds = copies(join(folder, "embed-sounds"), wav, quick ? FILES_IN_A_HURRY : FILES);
    const check = agreement();
    return {
      ours: {
        name: "irec embed",
        run: () =>
          inNewFolder(async (out) => {
            const model = [
              "--model",
              checkpoint,
              "--name",
              "clap",
              "--tokenizer",
              vocabulary,
              "--backend",
              "tensorflow",
            ];
            const data = ["--dataset", sounds, "--dataset-name", "sounds", "--prompts", "none", "--store", out];
            const { seconds, peakBytes } = await runIrec(["embed", ...model, ...data, "--quiet"]);
            await check("irec", join(out, "clap/audio/joint_space/sounds.npy"));
            return { seconds, peakBytes };
          }),
      },
      peers: [
        {
          name: "torch",
          run: () =>
            inNewFolder(async (out) => {
              const { seconds, stdout } = await runProcess(python!, [
                ...[peer("clap.py"), "embed", checkpoint, sounds, String(availableParallelism()), out],
              ]);
              await check("torch", join(out, "joint.npy"));
              return { seconds, peakBytes: (JSON.parse(stdout) as { peakBytes: number }).peakBytes };
            }),
        },
      ],
    };
  },
};

/** A folder with so many sounds of one label. */
function copies(folder: string, wav: string, count: number): string {
  const label = join(folder, String(count), "violin");
  mkdirSync(label, { recursive: true });
  for (let i = 0; i < count; i++) {
    const copy = join(label, `${String(i).padStart(4, "0")}.wav`);
    if (!existsSync(copy)) copyFileSync(wav, copy);
  }
  return join(folder, String(count));
}

async function inNewFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "irec-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws when an array is not that of whoever ran first. */
function agreement(): (name: string, file: string) => Promise<void> {
  let expected: ArrayLike<number> | undefined;
  return async (name, file) => {
    const { data } = await readNpyMatrix(file);
    expected ??= data;
    let difference = Math.abs(expected.length - data.length);
    for (let i = 0; i < data.length; i++) difference = Math.max(difference, Math.abs(data[i]! - expected[i]!));
    if (difference <= AGREEMENT) return;
    throw new Error(`the embeddings of ${name} are ${difference} away from those of the other side`);
  };
}
