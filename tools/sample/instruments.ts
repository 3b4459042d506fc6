/** An instrument of TinySOL and how the General MIDI sound font plays it. */
export interface Instrument {
  /** TinySOL's abbreviation and name. */
  readonly abbreviation: string;
  readonly name: string;
  /** TinySOL's folders: family, and instrument. */
  readonly family: string;
  readonly folder: string;
  /** As the study's prompts spell it. */
  readonly label: string;
  /** Its name in the ontology. */
  readonly term: string;
  /** General MIDI, from 0. */
  readonly program: number;
  /**
   * The recordings of FluidR3_GM.sf2 that play it, as pitches (MIDI notes, which sound as written): the first one of each,
   * and at the end the first one that is not rendered. A recording is stretched over all pitches up to the next.
   *
   * From the key ranges in the sound font, cut to what an orchestra's player plays without acrobatics. The contrabass has
   * nothing above A3, and the violin nothing at A#6.
   */
  readonly recordings: readonly number[];
}

const instrument = (
  [family, folder, abbreviation, name]: readonly [string, string, string, string],
  [label, term]: readonly [string, string],
  program: number,
  recordings: readonly number[],
): Instrument => ({ abbreviation, name, family, folder, label, term, program, recordings });

/** The 14 instruments, in the order of the study's tables. */
export const INSTRUMENTS: readonly Instrument[] = [
  instrument(["Brass", "Bass_Tuba", "BTb", "Bass Tuba"], ["bass tuba", "tuba"], 58, [30, 35, 40, 45, 50, 55, 66]),
  instrument(
    ["Brass", "Horn", "Hn", "French Horn"],
    ["french horn", "french_horn"],
    60,
    [35, 41, 47, 53, 59, 65, 71, 78],
  ),
  instrument(
    ["Brass", "Trombone", "Tbn", "Trombone"],
    ["trombone", "trombone"],
    57,
    [40, 44, 47, 49, 52, 55, 59, 61, 64, 66, 68, 71, 73],
  ),
  instrument(["Brass", "Trumpet_C", "TpC", "Trumpet in C"], ["trumpet in c", "trumpet"], 56, [54, 67, 72, 76, 84, 85]),
  instrument(
    ["Keyboards", "Accordion", "Acc", "Accordion"],
    ["accordion", "accordion"],
    21,
    [53, 61, 67, 73, 79, 85, 94],
  ),
  instrument(
    ["Strings", "Contrabass", "Cb", "Contrabass"],
    ["contrabass", "contrabass"],
    43,
    [28, 30, 33, 36, 39, 42, 45, 49, 58],
  ),
  instrument(
    ["Strings", "Violin", "Vn", "Violin"],
    ["violin", "violin"],
    40,
    [55, 59, 62, 65, 68, 72, 75, 78, 81, 84, 87, 90, 94],
  ),
  instrument(
    ["Strings", "Viola", "Va", "Viola"],
    ["viola", "viola"],
    41,
    [48, 51, 54, 57, 60, 63, 66, 69, 72, 75, 78, 81, 84, 87, 89],
  ),
  instrument(
    ["Strings", "Violoncello", "Vc", "Violoncello"],
    ["violoncello", "violoncello"],
    42,
    [36, 40, 43, 46, 49, 52, 55, 58, 61, 64, 67, 70, 73, 76, 77],
  ),
  instrument(
    ["Winds", "Bassoon", "Bn", "Bassoon"],
    ["bassoon", "bassoon"],
    70,
    [34, 36, 38, 41, 44, 47, 50, 53, 56, 59, 62, 65, 68, 71, 76],
  ),
  instrument(
    ["Winds", "Clarinet_Bb", "ClBb", "Clarinet in B-flat"],
    ["clarinet in b-flat", "clarinet"],
    71,
    [50, 54, 57, 60, 63, 66, 69, 71, 73, 75, 77, 79, 81, 83, 95],
  ),
  instrument(["Winds", "Flute", "Fl", "Flute"], ["flute", "flute"], 73, [60, 63, 66, 69, 72, 76, 79, 82, 85, 97]),
  instrument(["Winds", "Oboe", "Ob", "Oboe"], ["oboe", "oboe"], 68, [58, 64, 66, 69, 72, 76, 80, 92]),
  instrument(
    ["Winds", "Sax_Alto", "ASax", "Alto Saxophone"],
    ["alto saxophone", "saxophone"],
    65,
    [49, 52, 54, 56, 58, 60, 62, 64, 66, 68, 70, 72, 74, 76, 78, 80, 82],
  ),
];
