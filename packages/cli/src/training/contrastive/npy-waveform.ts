import { InputError } from "../../errors.ts";
import { openFile } from "../../npy/byte-source.ts";
import { toNumbers } from "../../npy/elements.ts";
import { BYTES_PER_ELEMENT, type NpyHeader, readNpyHeader } from "../../npy/header.ts";

/** Which samples of a clip are wanted, by how many it has. */
export type Part = (length: number) => { readonly start: number; readonly count: number };

/**
 * Samples of a waveform that is stored as MusCALL stores it: a .npy file of shape (n,) or (1, n), or (2, n) for stereo, which
 * becomes the mean of both channels. Only the part that is wanted is read.
 * @returns shape [count]
 * @throws {InputError} when it is something else, or a sample is not finite
 */
export async function readNpyWaveform(path: string, part: Part): Promise<Float32Array> {
  const file = await openFile(path);
  try {
    const header = await readNpyHeader(file);
    const { channels, length } = layoutOf(path, header);
    const { start, count } = part(length);
    const size = BYTES_PER_ELEMENT[header.dtype];
    const read = async (from: number, elements: number) => {
      const first = header.dataStart + from * size;
      return toNumbers(await file.slice(first, first + elements * size), header.dtype, header.littleEndian);
    };
    const samples = await (channels === 1
      ? read(start, count).then((mono) => Float32Array.from(mono))
      : stereoMean(header.fortranOrder ? "interleaved" : "one after the other", length, start, count, read));
    const wrong = samples.findIndex((sample) => !Number.isFinite(sample));
    if (wrong >= 0) {
      throw new InputError(
        path,
        `sample ${start + wrong} is ${samples[wrong]}; expected a finite number. Leave it out.`,
      );
    }
    return samples;
  } finally {
    await file.close();
  }
}

async function stereoMean(
  channels: "interleaved" | "one after the other",
  length: number,
  start: number,
  count: number,
  read: (from: number, elements: number) => Promise<Float32Array | Float64Array>,
): Promise<Float32Array> {
  if (channels === "interleaved") {
    const both = await read(2 * start, 2 * count);
    return Float32Array.from({ length: count }, (_, i) => (both[2 * i]! + both[2 * i + 1]!) / 2);
  }
  const [left, right] = [await read(start, count), await read(length + start, count)];
  return Float32Array.from({ length: count }, (_, i) => (left[i]! + right[i]!) / 2);
}

function layoutOf(path: string, { shape }: NpyHeader): { readonly channels: 1 | 2; readonly length: number } {
  const [channels, length] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
  if (shape.length > 2 || (channels !== 1 && channels !== 2)) {
    throw new InputError(path, `has the shape (${shape.join(", ")}); expected a waveform, (samples,) or (2, samples).`);
  }
  if (length === 0) throw new InputError(path, "has no samples; expected at least one.");
  return { channels, length };
}
