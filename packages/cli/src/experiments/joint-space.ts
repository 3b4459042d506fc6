import { InputError } from "../errors.ts";
import type { TextInput } from "../store/model-inputs.ts";

/** As much of the audio as is compared. */
interface AudioSize {
  readonly path: string;
  readonly matrix: { readonly columns: number };
}

/**
 * The text input, when its vectors can be compared with the audio's.
 * @throws {InputError} when they have different sizes
 */
export function checkDimension(audio: AudioSize, text: TextInput): TextInput {
  const [textSize, audioSize] = [text.matrix.shape[1], audio.matrix.columns];
  if (textSize === audioSize) return text;
  throw new InputError(
    text.path,
    `has embeddings of ${textSize} numbers, while ${audio.path} has ${audioSize}; the joint space has one size. ` +
      "Is one of them a pre-joint array?",
  );
}
