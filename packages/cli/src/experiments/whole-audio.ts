import type { ClipUnits } from "../ground-truth/clip-units.ts";
import type { Embeddings } from "../npy/npy-file.ts";
import type { Space } from "../store/embedding-store.ts";
import type { AudioInput, ModelInputs } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";

/** The audio embeddings of the data set in memory, those of labels that have clips numbered without gaps. */
export interface WholeAudio {
  readonly path: string;
  /** Shape [clips, d]. */
  readonly matrix: Embeddings;
  /** The labels that have clips. */
  readonly labels: readonly string[];
  /** Shape [clips]: the label of each clip, an index into `labels`. */
  readonly classes: Int32Array;
  /** Shape [labels]: which class of the ground truth each label is. */
  readonly classOfLabel: readonly number[];
  /** Shape [clips]: official folds, where the ground truth has them. */
  readonly folds?: Int32Array | undefined;
  readonly units: ClipUnits;
}

/** Numbers; 1 GiB as float64. */
const MOST_NUMBERS = 2 ** 27;

/**
 * Reads the audio embeddings of a space at once, for what needs several passes over few clips.
 * @param labels - of the ground truth
 * @throws {NotServed} when the store has none, they are too many, or their clips have fewer than two labels
 */
export async function wholeAudio(model: ModelInputs, space: Space, labels: readonly string[]): Promise<WholeAudio> {
  const audio = await model.audio(space);
  try {
    const { rows, columns } = audio.matrix;
    if (rows * columns > MOST_NUMBERS) {
      throw new NotServed(`audio/${space} has ${rows} x ${columns} numbers; this works in memory, on ${MOST_NUMBERS}`);
    }
    return { ...labelled(audio, labels), path: audio.path, matrix: await audio.matrix.read(), units: audio.units };
  } finally {
    await audio.matrix.close();
  }
}

function labelled({ classes, folds }: AudioInput, labels: readonly string[]) {
  const present = new Set(classes);
  const classOfLabel = [...labels.keys()].filter((c) => present.has(c));
  if (classOfLabel.length < 2) throw new NotServed(`all clips are "${labels[classOfLabel[0]!]}"`);
  const position = new Map(classOfLabel.map((c, i) => [c, i]));
  return {
    labels: classOfLabel.map((c) => labels[c]!),
    classes: classes.map((c) => position.get(c)!),
    classOfLabel,
    folds,
  };
}
