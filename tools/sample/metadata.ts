import { clipPath } from "./clip-files.ts";
import { INSTRUMENTS } from "./instruments.ts";
import { type Note, pitchName, type Split } from "./notes.ts";

/** The columns of TinySOL_metadata.csv. */
const COLUMNS = [
  ...["Path", "Fold", "Family", "Instrument (abbr.)", "Instrument (in full)", "Technique (abbr.)"],
  ...["Technique (in full)", "Pitch", "Pitch ID", "Dynamics", "Dynamics ID", "Instance ID"],
  ...["String ID (if applicable)", "Resampled"],
];

/**
 * The metadata of notes as TinySOL has it. Its last column, which tells recorded notes from those that were made of them by
 * changing the pitch, stays empty: of a sound font nearly all are of the second kind.
 */
export function metadataCsv(notes: readonly Note[]): string {
  const lines = notes.map((note) => {
    const { instrument, fold, pitch, dynamics, performance } = note;
    const played = ["ord", "ordinario", pitchName(pitch), pitch, dynamics.name, dynamics.id, performance];
    const { family, abbreviation, name } = instrument;
    return [clipPath(note), fold, family, abbreviation, name, ...played, "", ""].join(",");
  });
  return `${[COLUMNS.join(","), ...lines].join("\n")}\n`;
}

const SPLITS: readonly Split[] = ["training", "validation", "shipped"];

/** Which pitches of which instrument are for what: a line for each, by which a test compares them. */
export function splitsCsv(notes: readonly Note[]): string {
  const lines = INSTRUMENTS.flatMap((instrument) =>
    SPLITS.map((split) => {
      const own = notes.filter((note) => note.instrument === instrument && note.split === split);
      const pitches = [...new Set(own.map(({ pitch }) => pitchName(pitch)))];
      return `${instrument.name},${split},${own.length},${pitches.join(" ")}`;
    }),
  );
  return `${["Instrument (in full),split,notes,pitches", ...lines].join("\n")}\n`;
}
