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
export function clipPath({ id, instrument }: Note): string {
  return `${instrument.family}/${instrument.folder}/ordinario/${id}.opus`;
}

/**
 * Writes a note as Ogg Opus below a folder. The serial number of the stream is the note's place among the notes, where
 * opusenc would draw one: the same samples are the same bytes.
 * @returns the path of the file
 */
export async function writeOpus(folder: string, note: Note, serial: number, samples: Float32Array): Promise<string> {
  const path = join(folder, clipPath(note));
  await mkdir(dirname(path), { recursive: true });
  const raw = `${path}.wav`;
  await writeFile(raw, wav(samples, SAMPLE_RATE));
  const settings = ["--serial", String(serial), "--bitrate", String(BITRATE), "--music", "--padding", "0"];
  await run("opusenc", ["--quiet", ...settings, raw, path]);
  await rm(raw);
  return path;
}
