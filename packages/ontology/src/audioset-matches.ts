/**
 * How a term of Doktorski's taxonomy is related to a class of another ontology, in the words of SKOS (exactMatch, closeMatch,
 * broadMatch, narrowMatch):
 *
 * - `exact`: the same
 * - `close`: the same for most purposes, but drawn a little differently
 * - `broad`: the other ontology's class is wider; several terms may share it
 * - `narrow`: the other ontology's class is narrower
 */
export type MatchRelation = "exact" | "close" | "broad" | "narrow";

/** A term of `doktorski` and the class of `audioset` that is related to it. */
export interface AudiosetMatch {
  /** The id of a node of `doktorski`. */
  readonly doktorski: string;
  readonly relation: MatchRelation;
  /** The id of a class of `audioset`. */
  readonly audioset: string;
}

const stringed = "instrument/stringed";
const pipes = "instrument/wind/pipe_aerophones";
const framed = "instrument/wind/free_aerophones/free_reed/framed_reed";
const idiophones = "instrument/percussion/idiophones";
const drums = "instrument/percussion/membranophone";
const electric = "instrument/electrophone";

const rows: readonly (readonly [doktorski: string, relation: MatchRelation, audioset: string])[] = [
  ["instrument", "exact", "/m/04szw"],
  [`${stringed}/bowed`, "exact", "/m/0l14_3"],
  [`${stringed}/bowed/violin`, "exact", "/m/07y_7"],
  [`${stringed}/bowed/violoncello`, "exact", "/m/01xqw"],
  [`${stringed}/bowed/contrabass`, "exact", "/m/02fsn"],
  [`${stringed}/plucked`, "close", "/m/0fx80y"], // AudioSet's has neither harp nor harpsichord, but the electric guitar
  [`${stringed}/plucked/guitar`, "close", "/m/042v_gx"], // Doktorski has the electric guitar elsewhere
  [`${stringed}/plucked/banjo`, "exact", "/m/018j2"],
  [`${stringed}/plucked/ukulele`, "exact", "/m/07xzm"],
  [`${stringed}/plucked/harp`, "exact", "/m/03m5k"],
  [`${stringed}/plucked/harpsichord`, "exact", "/m/03q5t"],
  [`${stringed}/struck/piano`, "exact", "/m/05r5c"],
  ["instrument/wind", "narrow", "/m/085jw"], // no brass, no free reeds
  [`${pipes}/edge/true_flutes/flute`, "close", "/m/0l14j_"], // any flute
  [`${pipes}/edge/true_flutes/piccolo`, "broad", "/m/0l14j_"],
  [`${pipes}/edge/true_flutes/panpipes`, "broad", "/m/0l14j_"],
  [`${pipes}/edge/whistle_flutes/recorder`, "broad", "/m/0l14j_"],
  [`${pipes}/reed_pipe/single_reeds/clarinet`, "exact", "/m/01wy6"],
  [`${pipes}/reed_pipe/single_reeds/saxophone`, "exact", "/m/06ncr"],
  [`${pipes}/reed_pipe/single_reeds/single_reed_bagpipe`, "broad", "/m/0192l"],
  [`${pipes}/reed_pipe/double_reeds/oboe`, "exact", "/m/05kms"],
  [`${pipes}/reed_pipe/double_reeds/bassoon`, "exact", "/m/01c3q"],
  [`${pipes}/reed_pipe/double_reeds/double_reed_bagpipe`, "broad", "/m/0192l"],
  [`${pipes}/brass`, "exact", "/m/01kcd"],
  [`${pipes}/brass/without_valves/animal_horn_shofar`, "exact", "/m/0l14l2"],
  [`${pipes}/brass/without_valves/didjeridu`, "exact", "/m/02bxd"],
  [`${pipes}/brass/without_valves/bugle`, "exact", "/m/0y64j"],
  [`${pipes}/brass/without_valves/trombone`, "exact", "/m/07c6l"],
  [`${pipes}/brass/with_valves/trumpet`, "exact", "/m/07gql"],
  [`${pipes}/brass/with_valves/cornet`, "exact", "/m/020w2"],
  [`${pipes}/brass/with_valves/french_horn`, "exact", "/m/0319l"],
  [`${framed}/mouth_blown/harmonica`, "exact", "/m/03qjg"],
  [`${framed}/hand_blown/accordion`, "exact", "/m/0mkg"],
  [`${framed}/hand_blown/bayan`, "broad", "/m/0mkg"],
  ["instrument/percussion", "exact", "/m/0l14md"],
  [`${idiophones}/pitched/struck/bell`, "exact", "/m/0395lw"],
  [`${idiophones}/pitched/struck/gong`, "exact", "/m/0mbct"],
  [`${idiophones}/pitched/struck/cymbal`, "exact", "/m/01qbl"],
  [`${idiophones}/pitched/struck/xylophone`, "broad", "/m/0dwsp"],
  [`${idiophones}/pitched/struck/marimba`, "broad", "/m/0dwsp"],
  [`${idiophones}/pitched/rubbed/prayer_bowls`, "exact", "/m/0l14t7"],
  [`${idiophones}/unpitched/shaken/rattle`, "exact", "/m/05r5wn"],
  [`${idiophones}/unpitched/shaken/jingles`, "close", "/m/027m70_"],
  [`${drums}/determinate_pitch/struck/timpani`, "exact", "/m/011k_j"],
  [`${drums}/indeterminate_pitch/struck/snare_drum`, "exact", "/m/06rvn"],
  [`${drums}/indeterminate_pitch/struck/bass_drum`, "exact", "/m/0bm02"],
  [`${drums}/indeterminate_pitch/struck/bongos`, "broad", "/m/026t6"],
  [`${drums}/indeterminate_pitch/struck/congas`, "broad", "/m/026t6"],
  [`${drums}/indeterminate_pitch/struck/tambourine`, "exact", "/m/07brj"],
  [`${electric}/electroacoustic/electric_guitar`, "exact", "/m/02sgy"],
  [`${electric}/electroacoustic/electric_bass`, "exact", "/m/018vs"],
  [`${electric}/electroacoustic/fender_rhodes_electric_piano`, "exact", "/m/0bxl5"],
  [`${electric}/electroacoustic/electric_violin`, "broad", "/m/07y_7"],
  [`${electric}/electronic/electromagnetic/theremin`, "exact", "/m/07kc_"],
  [`${electric}/electronic/electromagnetic/electric_organ`, "close", "/m/03xq_f"],
  [`${electric}/electronic/electromagnetic/synthesizer`, "exact", "/m/0l14qv"],
  [`${electric}/electronic/digital/midi_drum_machine`, "close", "/m/0cfdd"], // AudioSet's need not know MIDI
];

/** The terms of `doktorski` that `audioset` knows, at most one class each; made by hand. */
export const audiosetMatches: readonly AudiosetMatch[] = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ rows.map(([doktorski, relation, audioset]) => Object.freeze({ doktorski, relation, audioset })),
);
