/** A note of a MIDI file; times in milliseconds from its beginning. */
export interface MidiNote {
  readonly start: number;
  readonly end: number;
  /** 0 to 127. */
  readonly pitch: number;
  /** 1 to 127. */
  readonly velocity: number;
}

/** At 120 quarters a minute, so many ticks a quarter make a tick one millisecond. */
const TICKS_PER_QUARTER = 500;

/**
 * The bytes of a MIDI file of one track and one channel.
 * @param program - General MIDI, from 0
 * @param end - in milliseconds: when the track is over, at or after the last note
 * @see "Standard MIDI Files 1.0", format 0
 */
export function midiFile(program: number, notes: readonly MidiNote[], end: number): Uint8Array {
  const events = notes
    .flatMap(({ start, end: off, pitch, velocity }) => [
      { time: start, bytes: [0x90, pitch, velocity] },
      { time: off, bytes: [0x80, pitch, 0] },
    ])
    .sort((a, b) => a.time - b.time);
  const track = [0, 0xc0, program];
  let time = 0;
  for (const event of [...events, { time: end, bytes: [0xff, 0x2f, 0] }]) {
    track.push(...variableLength(event.time - time), ...event.bytes);
    time = event.time;
  }
  return Uint8Array.from([
    ...[...Buffer.from("MThd"), ...bigEndian(6, 4), ...bigEndian(0, 2), ...bigEndian(1, 2)],
    ...[...bigEndian(TICKS_PER_QUARTER, 2), ...Buffer.from("MTrk"), ...bigEndian(track.length, 4)],
    ...track,
  ]);
}

function bigEndian(value: number, bytes: number): number[] {
  return [...Array(bytes).keys()].map((i) => (value >>> (8 * (bytes - 1 - i))) & 255);
}

/** Seven bits a byte, all but the last with their highest bit set. */
function variableLength(value: number): number[] {
  const bytes = [value & 127];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 127) | 128);
  return bytes;
}
