import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Note } from "./notes.ts";
import { SAMPLE_RATE } from "./render.ts";
import { wav } from "./wav.ts";

const run = promisify(execFile);

/** Kilobits a second: all shipped clips are below 3 MB, and their noise is 25 dB below the sound. */
const BITRATE = 40;

/** Where a note lies below the folder of the sounds, as in TinySOL. */
export function clipPath({ id, instrument }: Note, extension: "wav" | "opus"): string {
  return `${instrument.family}/${instrument.folder}/ordinario/${id}.${extension}`;
}

/** Writes a note as WAV below a folder. */
export async function writeWav(folder: string, note: Note, samples: Float32Array): Promise<string> {
  const path = join(folder, clipPath(note, "wav"));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, wav(samples, SAMPLE_RATE));
  return path;
}

/**
 * Writes a note as Ogg Opus below a folder. The serial number of the stream is the note's place among the notes, where
 * opusenc would draw one: the same samples are the same bytes.
 */
export async function writeOpus(folder: string, note: Note, serial: number, samples: Float32Array): Promise<void> {
  const path = join(folder, clipPath(note, "opus"));
  const raw = await writeWav(folder, note, samples);
  const settings = ["--serial", String(serial), "--bitrate", String(BITRATE), "--music", "--padding", "0"];
  await run("opusenc", ["--quiet", ...settings, raw, path]);
  await rm(raw);
}
