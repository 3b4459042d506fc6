import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readClips } from "../datasets/read-clips.ts";
import { sample } from "../datasets/sample.ts";
import { embed } from "../embedding/embed.ts";
import { promptSetsFor } from "../embedding/prompt-sets.ts";
import type { EvaluateOptions } from "../evaluate.ts";
import { onInterrupt } from "../interrupt.ts";
import { resolveModel } from "../models/resolve-model.ts";
import type { Progress } from "../progress.ts";
import { builtInPromptSets } from "../prompts/built-in.ts";

/** The name of the model that ships, in the registry. */
const MODEL = "sample";

/**
 * Embeds the clips that ship and every built-in prompt set with the model that ships, into a store in a temporary folder; hands
 * over its path, and removes it.
 */
export async function withSampleStore<T>(
  progress: Progress | undefined,
  use: (paths: Pick<EvaluateOptions, "embeddings" | "nameInput">) => Promise<T>,
): Promise<T> {
  // Made synchronously: no signal can come between making it and knowing that it must be removed.
  const store = mkdtempSync(join(tmpdir(), "irec-sample-"));
  const remove = () => rmSync(store, { recursive: true, force: true });
  const forget = onInterrupt(remove);
  try {
    const clips = await readClips(sample.name);
    const names = builtInPromptSets().map(({ name }) => name);
    const promptSets = await promptSetsFor(clips, names, 0);
    const model = await resolveModel(MODEL);
    await embed({ model, clips, promptSets, store }, { progress });
    return await use({
      embeddings: store,
      nameInput: (path) => path.replace(store, "<sample>").replaceAll("\\", "/"),
    });
  } finally {
    forget();
    remove();
  }
}
