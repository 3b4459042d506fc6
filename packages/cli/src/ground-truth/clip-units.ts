/** What a bootstrap draws: clips, or whole groups of clips that are alike. */
export interface ClipUnits {
  readonly unit: "clip" | "instrument-pitch group";
  /** Shape [nClips]: the number of each clip's group. */
  readonly groups: Int32Array;
}

/** `BTb-ord-F#1-pp-N-N`: instrument, technique, pitch, dynamics, instance and string; TinySOL's names. */
const TINYSOL_NAME = /^(?<instrument>[^-/]+)-[^-]+-(?<pitch>[A-G]#?\d)-(?:p{1,3}|mp|mf|f{1,3})-/;
/** `bass_electronic_018-022-100`: instrument, pitch and velocity; NSynth's names. */
const NSYNTH_NAME = /^(?<instrument>[a-z]+_[a-z]+_\d{3})-(?<pitch>\d{3})-\d{3}$/;

/**
 * Notes of one instrument and pitch that differ in dynamics only are nearly the same recording: they are drawn together, and
 * no part of them may be in a prototype that another part is compared with. Where any name says nothing of pitch, every clip
 * stands for itself.
 * @param clipIds - the id of each clip; folders and the extension do not matter
 */
export function clipUnits(clipIds: readonly string[]): ClipUnits {
  const groupOf = new Map<string, number>();
  const groups = new Int32Array(clipIds.length);
  for (const [clip, id] of clipIds.entries()) {
    const name = id.slice(id.lastIndexOf("/") + 1).replace(/\.[A-Za-z0-9]{2,4}$/, "");
    const note = (TINYSOL_NAME.exec(name) ?? NSYNTH_NAME.exec(name))?.groups;
    if (note === undefined) return { unit: "clip", groups: Int32Array.from(clipIds.keys()) };
    const key = `${note.instrument}-${note.pitch}`;
    groups[clip] = groupOf.get(key) ?? groupOf.size;
    if (!groupOf.has(key)) groupOf.set(key, groupOf.size);
  }
  return { unit: "instrument-pitch group", groups };
}
