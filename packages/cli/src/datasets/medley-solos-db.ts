import { InputError } from "../errors.ts";
import { ClipIds } from "../ground-truth/clip-ids.ts";
import { readCsvTable } from "./csv-table.ts";
import type { ClipOptions, ClipTable, DatasetModule } from "./dataset.ts";
import { firstExisting } from "./first-existing.ts";
import { SoundFiles } from "./sound-files.ts";

/** Medley-solos-DB: three seconds of a solo; training and validation clips are from MedleyDB, test clips from solosDB. */
export const medleySolosDb: DatasetModule = {
  name: "medley-solos-db",
  title: "Medley-solos-DB",
  version: "1.2",
  summary: "three seconds of a solo instrument out of eight, from two collections",
  homepage: "https://doi.org/10.5281/zenodo.3464194",
  licence: { name: "CC BY 4.0", url: "https://creativecommons.org/licenses/by/4.0/" },
  citation: `@dataset{lostanlen2019medleysolosdb,
  author    = {Lostanlen, Vincent and Cella, Carmine-Emanuele and Bittner, Rachel and Essid, Slim},
  title     = {{Medley-solos-DB}: a cross-collection dataset for musical instrument recognition},
  year      = {2019},
  version   = {1.2},
  publisher = {Zenodo},
  doi       = {10.5281/zenodo.3464194}
}`,
  folder: "medley_solos_db",
  // In the order of the data set's own numbers, 0 to 7.
  labels: [
    ...["clarinet", "distorted electric guitar", "female singer", "flute"],
    ...["piano", "tenor saxophone", "trumpet", "violin"],
  ],
  files: [
    {
      key: "annotations",
      fileName: "Medley-solos-DB_metadata.csv",
      url: "https://zenodo.org/records/3464194/files/Medley-solos-DB_metadata.csv?download=1",
      place: "annotation/Medley-solos-DB_metadata.csv",
      checksum: { algorithm: "md5", digest: "fda6a589c56785f2195c9227809c521a", source: "mirdata" },
    },
    {
      key: "audio",
      fileName: "Medley-solos-DB.tar.gz",
      url: "https://zenodo.org/records/3464194/files/Medley-solos-DB.tar.gz?download=1",
      place: "audio",
      checksum: { algorithm: "md5", digest: "f5facf398793ef5c1f80c013afdf3e5f", source: "mirdata" },
    },
  ],
  readClips,
};

const COLUMNS = ["subset", "instrument", "instrument_id", "song_id", "uuid4"];

async function readClips(folder: string, { groundTruth, split }: ClipOptions = {}): Promise<ClipTable> {
  const sounds = await SoundFiles.in(folder);
  const places = ["annotation/Medley-solos-DB_metadata.csv", "Medley-solos-DB_metadata.csv"];
  const source = groundTruth ?? firstExisting(folder, [...places, `../${places[1]}`], "metadata");
  const ids = new ClipIds(source);
  const rows = (await readCsvTable(source, COLUMNS)).map(({ line, cells }) => {
    const { subset = "", instrument_id: number = "", song_id: song = "", uuid4: id = "" } = cells;
    const label = medleySolosDb.labels[Number(number)];
    if (!/^\d$/.test(number) || label === undefined) {
      throw new InputError(source, `line ${line}: expected an instrument_id from 0 to 7, found "${number}".`);
    }
    ids.add(id, line);
    return { id, label, subset, song, name: `Medley-solos-DB_${subset}-${number}_${id}` };
  });
  const chosen = rows.filter(({ subset }) => split === undefined || subset === split);
  if (chosen.length === 0) {
    const splits = [...new Set(rows.map(({ subset }) => subset))].join(", ");
    throw new InputError(source, `has no split "${split}"; it has ${splits}.`);
  }
  const paths = sounds.findAll(source, chosen);
  return {
    dataset: "medley-solos-db",
    source,
    labelOrder: "file",
    labels: medleySolosDb.labels,
    clips: chosen.map(({ id, label, subset, song }, i) => {
      return { id, path: paths[i]!, label, split: subset, columns: { song } };
    }),
  };
}
