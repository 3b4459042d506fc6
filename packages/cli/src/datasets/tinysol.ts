import { readGroundTruth } from "../ground-truth/read-ground-truth.ts";
import type { ClipOptions, ClipTable, DatasetModule } from "./dataset.ts";
import { firstExisting } from "./first-existing.ts";
import { SoundFiles } from "./sound-files.ts";

/**
 * TinySOL: single notes of 14 instruments, the study's data.
 *
 * Two layouts are read: that of the archive, `<Family>/<Instrument>/ordinario/<clip>.wav`, and the study's, with all files
 * in one folder. Labels come from the official metadata, with its folds, or from the study's one-hot CSV.
 */
export const tinysol: DatasetModule = {
  name: "tinysol",
  title: "TinySOL",
  version: "6.0",
  summary: "single notes of 14 instruments, played in the ordinary way; 44.1 kHz, mono",
  homepage: "https://doi.org/10.5281/zenodo.3685367",
  licence: { name: "CC BY 4.0", url: "https://creativecommons.org/licenses/by/4.0/" },
  citation: `@dataset{cella2020tinysol,
  author    = {Cella, Carmine Emanuele and Ghisi, Daniele and Lostanlen, Vincent and
               L{\\'e}vy, Fabien and Fineberg, Joshua and Maresz, Yan},
  title     = {{TinySOL}: an audio dataset of isolated musical notes},
  year      = {2020},
  version   = {6.0},
  publisher = {Zenodo},
  doi       = {10.5281/zenodo.3685367}
}`,
  folder: "tinysol",
  clipCount: 2913,
  labels: [
    ...["Bass Tuba", "French Horn", "Trombone", "Trumpet in C", "Accordion", "Contrabass", "Violin", "Viola"],
    ...["Violoncello", "Bassoon", "Clarinet in B-flat", "Flute", "Oboe", "Alto Saxophone"],
  ],
  files: [
    {
      key: "annotations",
      fileName: "TinySOL_metadata.csv",
      url: "https://zenodo.org/records/3685367/files/TinySOL_metadata.csv?download=1",
      place: "annotation/TinySOL_metadata.csv",
      checksum: { algorithm: "md5", digest: "a86c9bb115f69e61f2f25872e397fc4a", source: "Zenodo record 3685367" },
    },
    {
      key: "audio",
      fileName: "TinySOL.tar.gz",
      url: "https://zenodo.org/records/3685367/files/TinySOL.tar.gz?download=1",
      place: "audio",
      checksum: { algorithm: "md5", digest: "36030a7fe389da86c3419e5ee48e3b7f", source: "Zenodo record 3685367" },
    },
  ],
  readClips: (folder, options) => readTinysol(folder, { dataset: "tinysol", places: GROUND_TRUTH_PLACES }, options),
};

/** Beside the sounds or above them; the official metadata first, because it has the folds. */
const GROUND_TRUTH_PLACES = [
  "annotation/TinySOL_metadata.csv",
  "TinySOL_metadata.csv",
  "../TinySOL_metadata.csv",
  "tinysol_groundtruth_reordered.csv",
  "../tinysol_groundtruth_reordered.csv",
];

/**
 * The clips of a folder that has TinySOL's names and metadata.
 * @param from - what the data set is called, and where the list of its clips may lie below the folder
 */
export async function readTinysol(
  folder: string,
  { dataset, places }: { readonly dataset: string; readonly places: readonly string[] },
  { groundTruth: given, excludeRetuned = false }: ClipOptions = {},
): Promise<ClipTable> {
  const sounds = await SoundFiles.in(folder);
  const source = given ?? firstExisting(folder, places, "list of its clips");
  const truth = await readGroundTruth(source);
  const rows = [...truth.clipIds.keys()].filter((row) => !excludeRetuned || !isRetuned(truth.clipIds[row]!));
  const wanted = rows.map((row) => {
    const hint = truth.clipPaths?.[row];
    return { name: truth.clipIds[row]!, ...(hint === undefined ? {} : { hint }) };
  });
  const paths = sounds.findAll(source, wanted);
  return {
    dataset,
    source,
    labelOrder: truth.labelOrder,
    labels: truth.labels,
    clips: rows.map((row, i) => {
      const id = truth.clipIds[row]!;
      const fold = truth.folds?.[row];
      return {
        id,
        path: paths[i]!,
        label: truth.labels[truth.classes[row]!]!,
        ...(fold === undefined ? {} : { fold }),
        columns: columnsOf(id),
      };
    }),
  };
}

/** `BTb-ord-F#1-pp-N-T28u`: instrument, technique, pitch, dynamics, string (N: none), tuning (N: as it was recorded). */
function columnsOf(id: string): Readonly<Record<string, string>> {
  const [instrument = "", technique = "", pitch = "", dynamics = "", string = "", tuning = ""] = id.split("-");
  return { instrument, technique, pitch, dynamics, string, tuning };
}

/** Whether a note was retuned (T...) or resampled from its neighbour (R...) by computer: 640 of the 2,913 were. */
const isRetuned = (id: string): boolean => columnsOf(id).tuning !== "N";
