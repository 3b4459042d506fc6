import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { UnknownModelError } from "./errors.ts";
import { huggingFaceClap } from "./hugging-face-clap.ts";
import { laionClap } from "./laion-clap.ts";
import type { ModelFamily } from "./model-family.ts";
import { muscall } from "./muscall.ts";

/** Every kind of model that this package has. */
export const modelFamilies: readonly ModelFamily[] = [laionClap, huggingFaceClap, muscall];

/** How many of a foreign checkpoint's names a message shows. */
const NAMES_SHOWN = 3;

/**
 * The family that a checkpoint is of, by the names in it.
 * @throws {UnknownModelError} when it is none of ours
 */
export function familyOf({ name, tensors }: Pick<Checkpoint, "name" | "tensors">): ModelFamily {
  const names = new Set(tensors.keys());
  const family = modelFamilies.find((candidate) => candidate.recognises(names));
  if (family !== undefined) return family;
  const shown = [...names].slice(0, NAMES_SHOWN).join(", ");
  const known = modelFamilies.map((candidate) => candidate.name).join(", ");
  throw new UnknownModelError(
    { file: name },
    `is of no model that is known here (${known}); it has ${names.size} tensors${shown && `, the first are ${shown}`}`,
  );
}
