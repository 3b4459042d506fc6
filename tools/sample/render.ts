import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { resample } from "@irec/encoders";
import { midiFile } from "./midi-file.ts";
import type { Note } from "./notes.ts";

const run = promisify(execFile);

/** Of Debian's package fluid-soundfont-gm. */
export const SOUND_FONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2";

/** What the clips have, and MusCALL reads. */
export const SAMPLE_RATE = 16_000;

/** The synthesiser's own; a lower one would fold the highest partials back into the audible range. */
const RENDER_RATE = 48_000;

/** In milliseconds: from the beginning of one note to that of the next. The release of a note is over before. */
const SLOT = 4000;

/** The last milliseconds of a clip go to silence. */
const FADE = 30;

/** -60 dB below full scale; the softest notes reach -35 dB. */
const SILENCE = 0.001;

/** With this the loudest notes stay below full scale, the random gain included. */
const MASTER_GAIN = 0.8;

/**
 * Renders notes of one instrument with fluidsynth, without its reverb and chorus, and hands over each as samples of one
 * channel at `SAMPLE_RATE`.
 */
export async function renderNotes(
  notes: readonly Note[],
  scratch: string,
  use: (note: Note, samples: Float32Array) => Promise<void>,
): Promise<void> {
  const { abbreviation, program } = notes[0]!.instrument;
  const [midi, raw] = [join(scratch, `${abbreviation}.mid`), join(scratch, `${abbreviation}.f32`)];
  await mkdir(scratch, { recursive: true });
  const played = notes.map(({ pitch, dynamics, onset, release }, i) => ({
    start: i * SLOT + onset,
    end: i * SLOT + release,
    pitch,
    velocity: dynamics.velocity,
  }));
  await writeFile(midi, midiFile(program, played, notes.length * SLOT));
  const settings = ["-R", "no", "-C", "no", "-g", String(MASTER_GAIN), "-r", String(RENDER_RATE)];
  const output = ["-T", "raw", "-O", "float", "-E", "little", "-F", raw];
  await run("fluidsynth", ["-n", "-i", "-q", ...settings, ...output, SOUND_FONT, midi]);
  const bytes = await readFile(raw);
  await rm(raw);
  const stereo = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (const [i, note] of notes.entries()) {
    const first = (i * SLOT * RENDER_RATE) / 1000;
    const length = (note.length * RENDER_RATE) / 1000;
    const mono = new Float32Array(length);
    const gain = 10 ** (note.gain / 20) / 2;
    for (let n = 0; n < length; n++) mono[n] = gain * (stereo[2 * (first + n)]! + stereo[2 * (first + n) + 1]!);
    if (mono.every((sample) => Math.abs(sample) < SILENCE)) {
      throw new Error(`${note.id} is silent; has ${SOUND_FONT} no recording for this pitch?`);
    }
    await use(note, fadedOut(resample(mono, RENDER_RATE, SAMPLE_RATE)));
  }
}

function fadedOut(samples: Float32Array): Float32Array {
  const length = (FADE * SAMPLE_RATE) / 1000;
  const start = samples.length - length;
  return samples.map((sample, n) => (n < start ? sample : (sample * (samples.length - 1 - n)) / length));
}
