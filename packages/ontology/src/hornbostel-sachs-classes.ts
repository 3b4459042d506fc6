/**
 * How sure the class of an instrument is.
 *
 * - `listed`: MIMO's thesaurus, or the other source named, files an instrument of this name under the class
 * - `example`: the class's own heading or definition names it
 * - `defined`: no source names it; the definition of the class fits, which is our reading. Often a class higher up
 * - `disputed`: sources differ, and the row says how
 * - `missing`: no class, because no source gives one and no definition decides it
 */
export type ClassEvidence = "listed" | "example" | "defined" | "disputed" | "missing";

/** The Hornbostel-Sachs class of one leaf of Doktorski's taxonomy. */
export interface HornbostelSachsClass {
  /** The name of the leaf in `doktorski`, which no other leaf has. */
  readonly instrument: string;
  /** In the notation of the MIMO revision, "321.322-71"; two joined by "+" for two sounding parts; undefined when `missing`. */
  readonly number: string | undefined;
  readonly evidence: ClassEvidence;
  /** Where it was checked: a MIMO class page by its number, the keyword filed there in quotes, and remarks. */
  readonly source: string;
}

type Row = readonly [instrument: string, number: string | undefined, evidence: ClassEvidence, source: string];

/**
 * The classes, row by row. "MIMO 6473" is the page www.mimo-db.eu/HornbostelAndSachs/6473 of the class, as recorded in
 * github.com/modavis-project/musical-instrument-classes, hornbostelSachs.json, commit
 * db0c0f7a9a02a64127e1ec98c9decd4886f2c347. Numbers and instrument names are facts; nothing of the definitions is copied.
 */
const rows: readonly Row[] = [
  [
    "violin",
    "321.322-71",
    "disputed",
    'MIMO 6472 files "Violin" one step higher, under 321.322-7; viola and cello are in -71',
  ],
  ["viola", "321.322-71", "listed", 'MIMO 6473 "Viola"'],
  ["violoncello", "321.322-71", "listed", 'MIMO 6473 "Violoncello"'],
  ["contrabass", "321.322-71", "listed", 'MIMO 6473 "Double bass"; plucked in jazz, so also under 321.322-5'],
  ["guitar", "321.322-5", "listed", 'MIMO 6471 "Guitar"'],
  ["banjo", "321.312-5", "listed", 'MIMO 6467 "Banjo"'],
  ["ukulele", "321.322-5", "listed", 'MIMO 6471 "Ukulele"'],
  ["harp", "322.222-5", "listed", 'MIMO 6478 "Harp", the pedal harp; other harps elsewhere under 322'],
  ["harpsichord", "314.122-6-8", "listed", 'MIMO 6461 "Harpsichord"'],
  ["hammered_dulcimer", "314.122-4", "listed", 'MIMO 6456 "Dulcimer"'],
  ["piano", "314.122-4-8", "disputed", 'MIMO 6458 "Grand pianoforte"; MIMO 182 says that only early pianos have a box'],
  ["whistle", "421.221.12", "disputed", 'MIMO 293 "Penny whistle"; the signal "Whistle" is at MIMO 297, 421.221.311'],
  ["recorder", "421.221.12", "listed", 'MIMO 293 "Recorder"'],
  [
    "organ_flue_pipes",
    "421.222",
    "defined",
    "MIMO 307 and 310: open flue stops 421.222.11, stopped ones 421.222.3; this is their common class",
  ],
  ["jug", undefined, "missing", "no source found; the player's lips buzz, which makes it no flute"],
  ["panpipes", "421.112", "listed", 'MIMO 258 "Panpipes"'],
  ["flute", "421.121.12", "listed", 'MIMO 268 "Flute"'],
  ["piccolo", "421.121.12", "listed", 'MIMO 268 "Piccolo flute"'],
  ["clarinet", "422.211.2", "listed", 'MIMO 326 "Clarinet"'],
  ["saxophone", "422.212", "listed", 'MIMO 327 "Saxophone"'],
  ["single_reed_bagpipe", "422.22-62", "defined", "MIMO 6519: sets of single-reed pipes with a bag"],
  ["oboe", "422.112", "listed", 'MIMO 318 "Oboe"'],
  ["bassoon", "422.112", "listed", 'MIMO 318 "Bassoon"'],
  [
    "double_reed_bagpipe",
    "422.112+422.22-62",
    "listed",
    'MIMO 6415 "Bagpipe": double-reed chanter, single-reed drones',
  ],
  ["conch_shell", "423.11", "listed", 'MIMO 335 "Conch-shell trumpet"'],
  ["animal_horn_shofar", "423.121.21", "listed", 'MIMO 346 "Shofar"'],
  ["didjeridu", "423.121.11", "listed", 'MIMO 343 "Didjeridu"'],
  [
    "bugle",
    "423.121.22",
    "disputed",
    'MIMO 347 "Bugle", the one without valves; MIMO files "Bugle" under nine classes',
  ],
  ["trombone", "423.22", "listed", 'MIMO 356 "Trombone"'],
  ["trumpet", "423.233.1", "listed", 'MIMO 2160 "Trumpet"'],
  ["cornet", "423.232.11", "listed", 'MIMO 2169 "Cornet"'],
  ["french_horn", "423.232.12", "example", "MIMO 2170 names most French horns"],
  ["euphonium", "423.231.2", "listed", 'MIMO 2166 "Euphonium"'],
  ["tuba", "423.231.2", "listed", 'MIMO 2166 "Tuba"'],
  ["hautbois", "412.122", "example", "MIMO 233 names the reed stops of organs, not this one"],
  ["fagotto", "412.122", "example", "MIMO 233 names the reed stops of organs, not this one"],
  [
    "chalumeau",
    "412.122",
    "example",
    "MIMO 233 names the reed stops of organs, not this one; the woodwind is 422.211.2",
  ],
  [
    "krummhorn",
    "412.122",
    "example",
    "MIMO 233 names the reed stops of organs, not this one; the woodwind is 422.111.2",
  ],
  ["clairon", "412.122", "example", "MIMO 233 names the reed stops of organs, not this one"],
  ["trompette", "412.122", "example", "MIMO 233 names the reed stops of organs, not this one"],
  ["trompette en chamade", "412.122", "example", "MIMO 233 names the reed stops of organs, not this one"],
  ["voice", undefined, "missing", "the scheme has no class for the human voice"],
  ["bull_roarer", "412.22", "listed", 'MIMO 241 "Bullroarer"'],
  ["aeolian_harp", "314.122-3", "disputed", 'MIMO 6455 "Aeolian harp"; MIMO 173 files one under 312.22'],
  [
    "leaf_instrument",
    "412.1",
    "defined",
    "a reed; MIMO 230, 412.11, names a split grass-blade, MIMO 237, 412.14, ribbons",
  ],
  ["jew_harp", "121.2", "listed", 'MIMO 60 "Jew\'s harp"'],
  ["sheng", "412.132", "listed", 'MIMO 236 "Sheng"'],
  ["sho", "412.132", "listed", 'MIMO 236 "Sho"'],
  ["khaen", "412.132", "listed", 'MIMO 236 "Khaen"'],
  ["harmonica", "412.132", "listed", 'MIMO 236 "Harmonica"'],
  ["concertina", "412.132-62", "listed", 'MIMO 6485 "Concertina"'],
  ["bandoneon", "412.132-62-8", "listed", 'MIMO 6769 "Bandoneon"'],
  ["bayan", "412.132-62-8", "listed", 'MIMO 6769 "Bayan"'],
  ["accordion", "412.132-62-8", "listed", 'MIMO 6769 "Accordion"'],
  ["indian_harmonium", "412.132", "defined", "MIMO 236: sets of free reeds"],
  ["harmonium", "412.132", "example", "MIMO 236 names the reed organ"],
  ["reed_organ", "412.132", "example", "MIMO 236 names the reed organ"],
  ["pedal_concertina", "412.132-62", "defined", "MIMO 6485: as the concertina"],
  ["barrel_organ", "421.222.11-9", "listed", 'MIMO 6489 "Barrel organ", the one with pipes'],
  ["orchestrion", undefined, "missing", "no source found; pipes, reeds, strings and drums, in any choice"],
  ["pedal_reed_organ", "412.132", "example", "MIMO 236 names the reed organ"],
  ["electric_chord_organ", "412.132", "defined", "MIMO 236: sets of free reeds; the electricity drives the fan"],
  ["triangle", "111.211", "listed", 'MIMO 14 "Triangle"'],
  ["bell", "111.242.1", "listed", 'MIMO 28 "Bell"'],
  ["gong", "111.241.11", "listed", 'MIMO 6201 "Gong"'],
  ["cymbal", "111.142", "listed", 'MIMO 10 "Cymbals"'],
  ["xylophone", "111.212", "listed", 'MIMO 15 "Xylophone"'],
  [
    "marimba",
    "111.212",
    "disputed",
    'MIMO 15 "Marimba", as all xylophones; MIMO 18 and 66 file others under 111.222 and 122.1',
  ],
  ["celesta", "111.222", "listed", 'MINIM-UK, minim.ac.uk, "Celesta"; not in MIMO'],
  [
    "prayer_bowls",
    "111.242.11",
    "disputed",
    'MIMO 29 "Resting bell", when struck; rubbed, as Doktorski has them, 133.1',
  ],
  ["glass_harmonica", "133.2", "example", "MIMO 81 names the glass armonica"],
  ["music_box", "122.2-9", "listed", 'MIMO 6422 "Musical box"'],
  ["kalimba", "122.12", "listed", 'MIMO 68 "Kalimba"'],
  ["mbira", "122.1", "listed", 'MIMO 66 "Mbira"'],
  ["slit_drum", "111.243", "example", "MIMO 35 is the class of slit drums"],
  ["castanets", "111.141", "listed", 'MIMO 9 "Castanets"'],
  ["rattle", "112.1", "listed", 'MIMO 39 "Rattle"'],
  ["jingles", "112.13", "disputed", 'MIMO 46 "Sleigh bell"; mounted jingles are at MIMO 43, 112.12'],
  ["timpani", "211.11", "listed", 'MIMO 98 "Kettledrum"'],
  ["roto_toms", "211.311", "listed", 'MIMO 116 "Roto-toms"'],
  ["snare_drum", "211.212.11-92", "listed", 'MIMO 6434 "Side drum"'],
  ["bass_drum", "211.212.1", "listed", 'MIMO 106 "Bass drum"'],
  ["bongos", "211.251.2", "listed", "Wikidata Q243998, P1762; not in MIMO"],
  ["congas", "211.221.1", "listed", 'Wikipedia, "Conga", infobox; not in MIMO'],
  ["tambourine", "211.311", "listed", 'MIMO 116 "Tambourine"'],
  ["friction_drum", "23", "example", "MIMO 123 is the class of friction drums"],
  ["kazoo", "242", "listed", 'MIMO 139 "Kazoo"'],
  ["electric_guitar", "513", "listed", 'MIMO 6158 "Electric guitar"'],
  ["electric_bass", "513", "listed", 'MIMO 6158 "Electric bass guitar"'],
  ["fender_rhodes_electric_piano", "511", "defined", "MIMO 6156: vibrating tines and pick-ups"],
  ["electric_violin", "513", "listed", 'MIMO 6158 "Electric violin"'],
  ["theremin", "531.1", "listed", 'MIMO 6169 "Theremin"'],
  ["ondes_martenot", "531.1", "listed", 'MIMO 6169 "Ondes Martenot"'],
  ["electric_organ", "521", "disputed", 'MIMO 6162 "Tone-wheel organ"; electronic organs are under 53 and 54'],
  ["synthesizer", "531.1", "disputed", 'MIMO 6169 "Synthesizer", with valves; others are under 531.2 and 541'],
  ["midi_keyboard", "542", "example", "MIMO 6193 names the MIDI controller"],
  ["midi_wind_controller", "542", "example", "MIMO 6193 names the MIDI controller"],
  ["midi_drum_machine", "54", "defined", "MIMO 6187: digital instruments; a sampler, 544, or a synthesizer, 541"],
  ["midi_guitar", "542", "defined", "MIMO 6193: digital controllers"],
  ["midi_accordion", "542", "defined", "MIMO 6193: digital controllers"],
];

/** The class of every leaf of `doktorski`, in its order, each with its source. */
export const hornbostelSachsClasses: readonly HornbostelSachsClass[] = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ rows.map(([instrument, number, evidence, source]) =>
    Object.freeze({ instrument, number, evidence, source }),
  ),
);
