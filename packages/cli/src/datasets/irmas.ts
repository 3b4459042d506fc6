import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { ClipTable, DatasetModule } from "./dataset.ts";
import { SoundFiles, stemOf } from "./sound-files.ts";

/** The names of the training folders. */
const LABEL_OF_FOLDER: Readonly<Record<string, string>> = {
  cel: "cello",
  cla: "clarinet",
  flu: "flute",
  gac: "acoustic guitar",
  gel: "electric guitar",
  org: "organ",
  pia: "piano",
  sax: "saxophone",
  tru: "trumpet",
  vio: "violin",
  voi: "singing voice",
};

/** IRMAS, its training part: each clip has one predominant instrument, which is the name of its folder. */
export const irmas: DatasetModule = {
  name: "irmas",
  title: "IRMAS, training part",
  version: "1.0",
  summary: "three seconds of recorded music with one predominant instrument out of eleven; 44.1 kHz, stereo",
  homepage: "https://doi.org/10.5281/zenodo.1290750",
  licence: { name: "CC BY-NC-SA 3.0", url: "https://creativecommons.org/licenses/by-nc-sa/3.0/" },
  citation: `@inproceedings{bosch2012irmas,
  author    = {Bosch, Juan J. and Janer, Jordi and Fuhrmann, Ferdinand and Herrera, Perfecto},
  title     = {A Comparison of Sound Segregation Techniques for Predominant Instrument Recognition in
               Musical Audio Signals},
  booktitle = {Proceedings of the 13th International Society for Music Information Retrieval Conference},
  pages     = {559--564},
  year      = {2012},
  note      = {Data: 10.5281/zenodo.1290750}
}`,
  folder: "irmas",
  clipCount: 6705,
  labels: Object.values(LABEL_OF_FOLDER),
  files: [
    {
      key: "training",
      fileName: "IRMAS-TrainingData.zip",
      url: "https://zenodo.org/records/1290750/files/IRMAS-TrainingData.zip?download=1",
      place: "IRMAS-TrainingData",
      checksum: { algorithm: "md5", digest: "4fd9f5ed5a18d8e2687e6360b5f60afe", source: "mirdata" },
    },
  ],
  readClips,
};

async function readClips(folder: string): Promise<ClipTable> {
  const below = join(folder, "IRMAS-TrainingData");
  const source = existsSync(below) ? below : folder;
  const sounds = await SoundFiles.in(source);
  const clips = sounds.paths.map((path) => {
    const label = LABEL_OF_FOLDER[path.split("/").at(-2) ?? ""];
    if (label === undefined) {
      const folders = Object.keys(LABEL_OF_FOLDER).join(", ");
      throw new InputError(source, `${quoted(path)} is in no folder that names an instrument (${folders}).`);
    }
    const id = path.split("/").slice(-2).join("/");
    return { id: id.replace(/\.[^.]+$/, ""), path: join(source, path), label, columns: columnsOf(stemOf(path)) };
  });
  return { dataset: "irmas", source, labelOrder: "file", labels: irmas.labels, clips };
}

/** `[cel][dru][pop_roc]0042__1`: instrument, drums (dru), no drums (nod) or not said, genre. */
function columnsOf(stem: string): Readonly<Record<string, string>> {
  const [, ...marks] = [...stem.matchAll(/\[([a-z_]+)\]/g)].map(([, mark]) => mark!);
  const drums = marks.includes("dru") ? "yes" : marks.includes("nod") ? "no" : "";
  return { drums, genre: marks.find((mark) => GENRES.has(mark)) ?? "" };
}

const GENRES = new Set(["cou_fol", "cla", "pop_roc", "lat_sou", "jaz_blu"]);
