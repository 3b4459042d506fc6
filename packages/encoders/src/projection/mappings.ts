import { identityHead, type ProjectionHead } from "./projection-head.ts";

/** How the outputs of two towers become comparable: a head for each, with one and the same dimension of the output. */
export interface Mapping {
  readonly audio: ProjectionHead;
  readonly text: ProjectionHead;
  /** Dimension of the shared space. */
  readonly embedDim: number;
}

/**
 * Audio is mapped into the text tower's space; text is only normalised.
 * @param audio - from audio to text dimensions
 * @param textDim - dimension of the text tower's output
 * @throws {RangeError} when the head leads elsewhere
 */
export function audioIntoTextSpace(audio: ProjectionHead, textDim: number): Mapping {
  return intoJointSpace(audio, identityHead(textDim));
}

/**
 * Text is mapped into the audio tower's space; audio is only normalised.
 * @param text - from text to audio dimensions
 * @param audioDim - dimension of the audio tower's output
 * @throws {RangeError} when the head leads elsewhere
 */
export function textIntoAudioSpace(text: ProjectionHead, audioDim: number): Mapping {
  return intoJointSpace(identityHead(audioDim), text);
}

/**
 * Both are mapped into a space of their own: the way of LAION-CLAP and of MusCALL.
 * @throws {RangeError} when the two heads lead to different dimensions
 */
export function intoJointSpace(audio: ProjectionHead, text: ProjectionHead): Mapping {
  if (audio.outputs !== text.outputs) {
    const spaces = `audio becomes ${audio.outputs} dimensions, text ${text.outputs}`;
    throw new RangeError(`${spaces}; expected the same number, so that they can be compared`);
  }
  return { audio, text, embedDim: audio.outputs };
}
