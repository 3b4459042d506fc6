import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A WAV file of made-up notes, 44.1 kHz and 16 bits. Made once for each size and kept; every byte follows from the seed. */
export function syntheticSound(folder: string, seconds: number, channels: number): string {
  const file = join(folder, `notes-${seconds}s-${channels}ch.wav`);
  if (existsSync(file)) return file;
  const rate = 44_100;
  const codes = new Int16Array(seconds * rate * channels);
  const random = seeded(1);
  for (let channel = 0; channel < channels; channel++) {
    for (let note = 0; note < 2 * seconds; note++) {
      const hertz = 110 * 2 ** Math.floor(random() * 4) * 2 ** (Math.floor(random() * 12) / 12);
      for (let i = 0; i < rate / 2; i++) {
        const time = i / rate;
        let sample = 0.001 * (random() - 0.5);
        for (let partial = 1; partial <= 8; partial++) {
          sample += (0.3 / partial) * Math.exp(-3 * partial * time) * Math.sin(2 * Math.PI * hertz * partial * time);
        }
        codes[(note * (rate / 2) + i) * channels + channel] = Math.round(16_384 * sample);
      }
    }
  }
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(36 + codes.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(codes.byteLength, 40);
  // Under its name only when it is complete.
  writeFileSync(`${file}.part`, Buffer.concat([header, new Uint8Array(codes.buffer)]));
  renameSync(`${file}.part`, file);
  return file;
}

/** Numbers in [0, 1), by mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
