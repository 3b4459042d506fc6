import { createHash } from "node:crypto";
import { join } from "node:path";
import type { DatasetFile, DatasetModule } from "../src/datasets/dataset.ts";
import { type RawEntry, tarGzBytes, zipBytes } from "./archive-bytes.ts";
import { put } from "./temp-folder.ts";

/** A tenth of a second of a sine, 16-bit mono WAV; every pitch has its own bytes. */
export function sineWav(hertz: number, sampleRate = 8000): Buffer {
  const samples = sampleRate / 10;
  const bytes = Buffer.alloc(44 + 2 * samples);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + 2 * samples, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++) {
    bytes.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hertz * i) / sampleRate)), 44 + 2 * i);
  }
  return bytes;
}

/** Six notes in TinySOL's layout, two of them retuned. */
export const TINYSOL_CLIPS = [
  ["Brass/Bass_Tuba/ordinario/BTb-ord-F#1-pp-N-N.wav", 0, "Brass", "BTb", "Bass Tuba", "FALSE"],
  ["Brass/Bass_Tuba/ordinario/BTb-ord-C3-mf-N-T28u.wav", 1, "Brass", "BTb", "Bass Tuba", "FALSE"],
  ["Winds/Flute/ordinario/Fl-ord-C4-mf-N-T14d.wav", 2, "Winds", "Fl", "Flute", "FALSE"],
  ["Winds/Flute/ordinario/Fl-ord-A#4-ff-N-N.wav", 3, "Winds", "Fl", "Flute", "FALSE"],
  ["Strings/Violin/ordinario/Vn-ord-G3-pp-4c-N.wav", 4, "Strings", "Vn", "Violin", "FALSE"],
  ["Strings/Violin/ordinario/Vn-ord-A4-mf-3c-N.wav", 0, "Strings", "Vn", "Violin", "FALSE"],
] as const;

export const TINYSOL_METADATA = [
  "Path,Fold,Family,Instrument (abbr.),Instrument (in full),Technique (abbr.),Technique (in full),Pitch,Pitch ID," +
    "Dynamics,Dynamics ID,Instance ID,String ID (if applicable),Resampled",
  ...TINYSOL_CLIPS.map(([path, fold, family, short, full, resampled]) => {
    const [, , pitch, dynamics] = path.split("/").at(-1)!.split("-");
    return `${path},${fold},${family},${short},${full},ord,ordinario,${pitch},60,${dynamics},2,0,,${resampled}`;
  }),
  "",
].join("\n");

const tinysolSounds: RawEntry[] = TINYSOL_CLIPS.map(([name], i) => ({ name, content: sineWav(200 + 50 * i) }));

/** Writes TinySOL as its archive and mirdata lay it out. */
export function writeTinysol(folder: string): string {
  put(join(folder, "annotation/TinySOL_metadata.csv"), TINYSOL_METADATA);
  for (const { name, content } of tinysolSounds) put(join(folder, "audio", name), content!);
  return folder;
}

/** Writes TinySOL as the study has it: all sounds in one folder, and a one-hot CSV beside it. */
export function writeFlatTinysol(folder: string): string {
  const labels = ["bass tuba", "violin", "flute"];
  const rows = TINYSOL_CLIPS.map(([path, , , , full]) => {
    const id = path.split("/").at(-1)!.replace(".wav", "");
    return `${id},${labels.map((label) => Number(label === full.toLowerCase())).join(",")}`;
  });
  put(join(folder, "tinysol_groundtruth_reordered.csv"), `song,${labels.join(",")}\n${rows.reverse().join("\n")}\n`);
  for (const { name, content } of tinysolSounds) put(join(folder, "TinySol", name.split("/").at(-1)!), content!);
  return join(folder, "TinySol");
}

/** A data set whose files are our own miniatures, with their checksums, on a server of a test. */
export function servedFrom(
  dataset: DatasetModule,
  url: string,
  contents: Readonly<Record<string, Buffer>>,
): { readonly dataset: DatasetModule; readonly files: ReadonlyMap<string, Buffer> } {
  const files = new Map<string, Buffer>();
  const served = dataset.files.map((file): DatasetFile => {
    const content = contents[file.key]!;
    files.set(`/${file.fileName}`, content);
    const digest = createHash("md5").update(content).digest("hex");
    return {
      ...file,
      url: `${url}/${file.fileName}`,
      bytes: content.length,
      checksum: { algorithm: "md5", digest, source: "us" },
    };
  });
  return { dataset: { ...dataset, files: served }, files };
}

export const TINYSOL_FILES = { annotations: Buffer.from(TINYSOL_METADATA), audio: tarGzBytes(tinysolSounds) };

/** Three clips of Medley-solos-DB, one a subset. */
export const MEDLEY_IDS = [
  ["training", 3, "flute", "139", "163fd2b1-8e98-515a-f501-000000000001"],
  ["validation", 7, "violin", "210", "d07b1fc0-567d-52c2-fef4-000000000002"],
  ["test", 0, "clarinet", "000", "0e4371ac-1c6a-51ab-fdb7-000000000003"],
] as const;

export const MEDLEY_FILES = {
  annotations: Buffer.from(
    `subset,instrument,instrument_id,song_id,uuid4\n${MEDLEY_IDS.map(([subset, number, name, song, id]) => `${subset},${name},${number},${song},${id}\n`).join("")}`,
  ),
  audio: tarGzBytes(
    MEDLEY_IDS.map(([subset, number, , , id], i) => ({
      name: `Medley-solos-DB_${subset}-${number}_${id}.wav`,
      content: sineWav(300 + 40 * i),
    })),
  ),
};

const note = (name: string, family: string, pitch: number) => ({
  note_str: name,
  instrument_str: name.replace(/-.*/, ""),
  instrument_family_str: family,
  instrument_source_str: "acoustic",
  pitch,
  velocity: 100,
});

/** One note of each split of NSynth. */
export const NSYNTH_FILES = Object.fromEntries(
  (["train", "valid", "test"] as const).map((split, i) => {
    const name = `flute_acoustic_00${i}-060-100`;
    const second = `synth_lead_synthetic_00${i}-061-100`;
    const notes = { [second]: note(second, "synth_lead", 61), [name]: note(name, "flute", 60) };
    const entries = [
      { name: `nsynth-${split}/`, type: "5" },
      { name: `nsynth-${split}/examples.json`, content: JSON.stringify(notes, null, 4) },
      { name: `nsynth-${split}/audio/${name}.wav`, content: sineWav(261 + i, 16000) },
      { name: `nsynth-${split}/audio/${second}.wav`, content: sineWav(277 + i, 16000) },
    ];
    return [split, tarGzBytes(entries)];
  }),
);

/** Three training clips of IRMAS. */
export const IRMAS_FILES = {
  training: zipBytes([
    { name: "IRMAS-TrainingData/" },
    { name: "IRMAS-TrainingData/cel/[cel][cla]0001__1.wav", content: sineWav(130) },
    { name: "IRMAS-TrainingData/cel/008__[cel][nod][pop_roc]0058__1.wav", content: sineWav(140) },
    { name: "IRMAS-TrainingData/gac/[gac][dru][jaz_blu]0528__2.wav", content: sineWav(150) },
    { name: "__MACOSX/IRMAS-TrainingData/cel/._[cel][cla]0001__1.wav", content: "junk of a Macintosh" },
    { name: "IRMAS-TrainingData/README.txt", content: "our own miniature" },
  ]),
};
