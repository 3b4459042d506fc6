import ndarray from "ndarray";
import type { Space } from "../store/embedding-store.ts";
import type { ModelInputs, TextInput } from "../store/model-inputs.ts";
import { checkDimension } from "./joint-space.ts";
import type { WholeAudio } from "./whole-audio.ts";

/**
 * The text vectors of the labels that have clips, row c for label c of the audio.
 * @throws {NotServed} when the store lacks them, or their labels are not those of the ground truth
 * @throws {InputError} in the joint space, when they are of another size than the audio's
 */
export async function textOfLabels(
  model: ModelInputs,
  space: Space,
  promptSet: string,
  audio: WholeAudio,
): Promise<TextInput> {
  const text = await model.textByClass(space, promptSet);
  const size = text.matrix.shape[1]!;
  const rows = audio.classOfLabel.flatMap((c) => Array.from({ length: size }, (_, k) => text.matrix.get(c, k)));
  const ofLabels = {
    ...text,
    labels: audio.labels,
    matrix: ndarray(Float64Array.from(rows), [audio.labels.length, size]),
  };
  if (space === "pre_joint") return ofLabels;
  return checkDimension({ path: audio.path, matrix: { columns: audio.matrix.shape[1]! } }, ofLabels);
}
