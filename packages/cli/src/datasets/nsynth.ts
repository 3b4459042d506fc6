import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import { readTextFile } from "../text-file.ts";
import type { Clip, ClipOptions, ClipTable, DatasetModule } from "./dataset.ts";
import { SoundFiles } from "./sound-files.ts";

const SPLITS = ["train", "valid", "test"] as const;

/** md5 of the three archives; each is also the ETag of its file in the publisher's storage. */
const MD5 = {
  train: "fde6665a93865503ba598b9fac388660",
  valid: "87e94a00a19b6dbc99cf6d4c0c0cae87",
  test: "5e6f8719bf7e16ad0a00d518b78af77d",
};

/** NSynth: single notes of sample packs, labelled by family. Training instruments are in no other split. */
export const nsynth: DatasetModule = {
  name: "nsynth",
  title: "NSynth",
  version: "2017",
  summary: "four seconds of a note of 1,006 sampled instruments in eleven families; 16 kHz, mono",
  homepage: "https://magenta.tensorflow.org/datasets/nsynth",
  licence: { name: "CC BY 4.0", url: "https://creativecommons.org/licenses/by/4.0/" },
  citation: `@inproceedings{engel2017nsynth,
  author    = {Engel, Jesse and Resnick, Cinjon and Roberts, Adam and Dieleman, Sander and
               Norouzi, Mohammad and Eck, Douglas and Simonyan, Karen},
  title     = {Neural Audio Synthesis of Musical Notes with {WaveNet} Autoencoders},
  booktitle = {Proceedings of the 34th International Conference on Machine Learning},
  year      = {2017}
}`,
  folder: "nsynth",
  clipCount: 305979,
  // In the order of the data set's own numbers, 0 to 10.
  labels: ["bass", "brass", "flute", "guitar", "keyboard", "mallet", "organ", "reed", "string", "synth_lead", "vocal"],
  files: SPLITS.map((split) => ({
    key: split,
    fileName: `nsynth-${split}.jsonwav.tar.gz`,
    url: `https://storage.googleapis.com/download.magenta.tensorflow.org/datasets/nsynth/nsynth-${split}.jsonwav.tar.gz`,
    place: `nsynth-${split}`,
    ...(split === "test" ? { bytes: 349_501_546 } : {}),
    checksum: { algorithm: "md5", digest: MD5[split], source: "HEAR 2021 benchmark" },
  })),
  readClips,
};

/** What a string of JavaScript can hold; the list of the training notes has some 200 MB. */
const MAX_LIST_BYTES = 2 ** 29 - 24;

async function readClips(folder: string, { split: wanted }: ClipOptions = {}): Promise<ClipTable> {
  const splits = SPLITS.map((split) => ({ split, folder: splitFolder(folder, split) })).filter(
    (found): found is { split: (typeof SPLITS)[number]; folder: string } =>
      found.folder !== undefined && (wanted === undefined || found.split === wanted),
  );
  if (splits.length === 0) {
    const what = wanted === undefined ? "nsynth-train, nsynth-valid or nsynth-test" : `nsynth-${wanted}`;
    throw new InputError(folder, `has no folder ${what} with examples.json in it.`);
  }
  const clips: Clip[] = [];
  for (const { split, folder: place } of splits) {
    const source = join(place, "examples.json");
    const notes = await readNotes(source);
    const sounds = await SoundFiles.in(place);
    const paths = sounds.findAll(source, notes);
    for (const [i, { name, family, columns }] of notes.entries()) {
      clips.push({ id: name, path: paths[i]!, label: family, split, columns });
    }
  }
  return { dataset: "nsynth", source: folder, labelOrder: "file", labels: nsynth.labels, clips };
}

/** The folder of a split: below the data set's, or that folder itself. */
function splitFolder(folder: string, split: string): string | undefined {
  const name = `nsynth-${split}`;
  const places = [join(folder, name), ...(basename(folder) === name ? [join(dirname(folder), name)] : [])];
  return places.find((place) => existsSync(join(place, "examples.json")));
}

interface Note {
  readonly name: string;
  readonly family: string;
  readonly columns: Readonly<Record<string, string>>;
}

async function readNotes(path: string): Promise<readonly Note[]> {
  const text = await readTextFile(path, MAX_LIST_BYTES);
  let list: Record<string, Record<string, unknown>>;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new InputError(path, `not valid JSON: ${(error as Error).message.replace(/\s+/g, " ")}.`, { cause: error });
  }
  return Object.keys(list)
    .sort()
    .map((name) => {
      const note = list[name] ?? {};
      const family = note.instrument_family_str;
      if (typeof family !== "string" || !nsynth.labels.includes(family)) {
        const found = quoted(String(family));
        throw new InputError(path, `${quoted(name)}: instrument_family_str is ${found}, which is no family of NSynth.`);
      }
      const { instrument_str: instrument, instrument_source_str: source, pitch, velocity } = note;
      return {
        name,
        family,
        columns: { instrument: `${instrument}`, source: `${source}`, pitch: `${pitch}`, velocity: `${velocity}` },
      };
    });
}
