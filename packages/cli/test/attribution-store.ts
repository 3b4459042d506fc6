import { tinysolTerms, xoshiro128 } from "@irec/ontology";
import type { ModelFolder } from "./small-store.ts";

/** Which part of the make-believe model is broken. */
export type Fault = "none" | "audio" | "text" | "projection";

const SIZE = { concept: 6, audio: 24, text: 20, joint: 16 };
const CLIPS_PER_LABEL = 30;

export const labels = tinysolTerms.map((term) => term.label);
export const classes = labels.flatMap((_, c) => Array.from({ length: CLIPS_PER_LABEL }, () => c));

/**
 * A model that hears and reads the same six-dimensional concept of each of 14 instruments, and turns both into a joint space;
 * or one in which a single part is broken:
 *
 * - audio: the clips are mostly noise, before and behind the projection
 * - text: the prompts have each other's vectors, before and behind the projection
 * - projection: the audio comes out of it turned at random, all else being well
 */
export function makeBelieveModel(fault: Fault, seed = 1): ModelFolder {
  const random = xoshiro128(seed);
  const normal = () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random.nextDouble();
    return sum;
  };
  const gaussian = (rows: number, columns: number) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, normal));
  const times = (rows: readonly (readonly number[])[], matrix: readonly (readonly number[])[]) =>
    rows.map((row) => matrix[0]!.map((_, k) => row.reduce((sum, value, i) => sum + value * matrix[i]![k]!, 0)));

  const concepts = gaussian(labels.length, SIZE.concept);
  const noise = fault === "audio" ? 6 : 0.5;
  const heard = classes.map((c) => concepts[c]!.map((value) => value + noise * normal()));
  const order = labels.map((_, c) => (fault === "text" ? (5 * c + 3) % labels.length : c));
  const read = order.map((c) => concepts[c]!);
  const [towardsAudio, towardsText, towardsJoint, turned] = [
    gaussian(SIZE.concept, SIZE.audio),
    gaussian(SIZE.concept, SIZE.text),
    gaussian(SIZE.concept, SIZE.joint),
    gaussian(SIZE.concept, SIZE.joint),
  ];
  return {
    arrays: {
      "audio/pre_joint/d": times(heard, towardsAudio!),
      "audio/joint_space/d": times(heard, fault === "projection" ? turned! : towardsJoint!),
      "text/pre_joint/muscall_prompt": times(read, towardsText!),
      "text/joint_space/muscall_prompt": times(read, towardsJoint!),
    },
  };
}
