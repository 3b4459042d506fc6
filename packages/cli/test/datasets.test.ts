import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { doktorski } from "@irec/ontology";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DamagedArchiveError, UnsafeArchiveError } from "../src/archive/errors.ts";
import { clipsCsv } from "../src/datasets/clips-csv.ts";
import { type ClipTable, type DatasetModule, groundTruthOf } from "../src/datasets/dataset.ts";
import { irmas } from "../src/datasets/irmas.ts";
import { datasetPlaces, findDataset } from "../src/datasets/locate.ts";
import { medleySolosDb } from "../src/datasets/medley-solos-db.ts";
import { nsynth } from "../src/datasets/nsynth.ts";
import { type PullOptions, pullDataset } from "../src/datasets/pull.ts";
import { readClips } from "../src/datasets/read-clips.ts";
import { DATASETS, datasetNamed } from "../src/datasets/registry.ts";
import { tinysol } from "../src/datasets/tinysol.ts";
import { verifyDataset } from "../src/datasets/verify.ts";
import { ChecksumError, RefusedError } from "../src/download/errors.ts";
import { InputError, UsageError } from "../src/errors.ts";
import { inPublishedOrder } from "../src/ground-truth/class-order.ts";
import { tarGzBytes } from "./archive-bytes.ts";
import { cut, fileServer, status } from "./file-server.ts";
import {
  IRMAS_FILES,
  MEDLEY_FILES,
  NSYNTH_FILES,
  servedFrom,
  sineWav,
  TINYSOL_FILES,
  writeFlatTinysol,
  writeTinysol,
} from "./miniatures.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
const server = await fileServer();

afterEach(() => void vi.unstubAllEnvs());

/** What a clip is, in short. */
const brief = ({ clips }: ClipTable) => clips.map(({ id, label, fold, split }) => [id, label, fold ?? split]);

async function refusal(work: Promise<unknown>): Promise<Error> {
  const thrown = await work.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  return thrown as Error;
}

const QUICK: Partial<PullOptions> = { timing: { firstWait: 1, longestWait: 2, idle: 300, attempts: 2 } };

/** Fetches a miniature of a data set from the server. */
async function pulled(
  dataset: DatasetModule,
  contents: Readonly<Record<string, Buffer>>,
  options: Partial<PullOptions> = {},
) {
  const served = servedFrom(dataset, server.url, contents);
  for (const [path, content] of served.files) server.files.set(path, content);
  const folder = options.folder ?? join(newFolder(), dataset.folder);
  const result = await pullDataset(served.dataset, { folder, ...QUICK, ...options });
  return { folder, result, dataset: served.dataset };
}

describe("every data set", () => {
  it.each(DATASETS)(
    "$name has a licence, a citation in BibTeX, labels, and files with https addresses and checksums",
    (dataset) => {
      expect(dataset.licence.url).toMatch(/^https:\/\/(creativecommons\.org\/licenses|opensource\.org\/license)\//);
      expect(dataset.homepage).toMatch(/^https:\/\//);
      expect(dataset.citation).toMatch(/^@\w+\{\w+,\n( {2}.*\n| {15}.*\n)+\}$/);
      expect(new Set(dataset.labels).size).toBe(dataset.labels.length);
      for (const { url, fileName, checksum, key } of dataset.files) {
        expect(url, key).toMatch(/^https:\/\//);
        expect(url, key).toContain(fileName);
        expect(checksum?.digest, key).toMatch(/^[0-9a-f]{32}$/);
      }
      expect(datasetNamed(dataset.name)).toBe(dataset);
      expect(datasetNamed(dataset.folder)).toBe(dataset);
    },
  );

  it("has a name; another is refused with those that there are", () => {
    expect(() => datasetNamed("tinysoul")).toThrow(UsageError);
    expect(() => datasetNamed("tinysoul")).toThrow(
      'there is no data set "tinysoul"; there are tinysol, medley-solos-db, nsynth, irmas, sample.',
    );
  });
});

describe("TinySOL", () => {
  it("in its own layout: ids, labels and folds of the official metadata, what the names say, and the sound files", async () => {
    const folder = writeTinysol(newFolder());
    const table = await tinysol.readClips(folder);
    expect(brief(table)).toEqual([
      ["BTb-ord-F#1-pp-N-N", "Bass Tuba", 0],
      ["BTb-ord-C3-mf-N-T28u", "Bass Tuba", 1],
      ["Fl-ord-C4-mf-N-T14d", "Flute", 2],
      ["Fl-ord-A#4-ff-N-N", "Flute", 3],
      ["Vn-ord-G3-pp-4c-N", "Violin", 4],
      ["Vn-ord-A4-mf-3c-N", "Violin", 0],
    ]);
    expect(table.clips[0]!.path).toBe(join(folder, "audio/Brass/Bass_Tuba/ordinario/BTb-ord-F#1-pp-N-N.wav"));
    expect(table.clips[4]!.columns).toEqual({
      instrument: "Vn",
      technique: "ord",
      pitch: "G3",
      dynamics: "pp",
      string: "4c",
      tuning: "N",
    });
    expect(table.clips.every(({ path }) => existsSync(path))).toBe(true);
  });

  it("in the study's layout: all sounds in one folder, labels of the one-hot CSV beside it, in its order", async () => {
    const folder = writeFlatTinysol(newFolder());
    const table = await tinysol.readClips(folder);
    expect(table.labels).toEqual(["bass tuba", "violin", "flute"]);
    expect(table.clips.map(({ id }) => id)[0]).toBe("Vn-ord-A4-mf-3c-N");
    expect(table.clips.at(-1)!.path).toBe(join(folder, "BTb-ord-F#1-pp-N-N.wav"));
    expect(table.clips.some((clip) => "fold" in clip)).toBe(false);
    const withFolds = put(join(newFolder(), "TinySOL_metadata.csv"), TINYSOL_FILES.annotations);
    const official = await tinysol.readClips(folder, { groundTruth: withFolds });
    expect(official.clips.map(({ fold }) => fold)).toEqual([0, 1, 2, 3, 4, 0]);
  });

  it("without the retuned notes, by the last part of their names", async () => {
    const table = await tinysol.readClips(writeTinysol(newFolder()), { excludeRetuned: true });
    expect(table.clips.map(({ id }) => id)).toEqual([
      "BTb-ord-F#1-pp-N-N",
      "Fl-ord-A#4-ff-N-N",
      "Vn-ord-G3-pp-4c-N",
      "Vn-ord-A4-mf-3c-N",
    ]);
  });

  it("becomes ground truth with the study's order of labels and the official folds", async () => {
    const truth = inPublishedOrder(groundTruthOf(await tinysol.readClips(writeTinysol(newFolder()))), doktorski);
    expect(truth.labelOrder).toBe("published");
    expect(truth.labels[0]).toBe("Bass Tuba");
    expect([...truth.classes].map((c) => truth.labels[c])).toEqual([
      ...["Bass Tuba", "Bass Tuba", "Flute", "Flute", "Violin", "Violin"],
    ]);
    expect([...truth.folds!]).toEqual([0, 1, 2, 3, 4, 0]);
  });

  it("says which clips are missing, and refuses one that is there twice", async () => {
    const folder = writeTinysol(newFolder());
    rmSync(join(folder, "audio/Winds"), { recursive: true });
    expect((await refusal(tinysol.readClips(folder))).message).toBe(
      `${folder}: lacks 2 of the 6 clips that ${join(folder, "annotation/TinySOL_metadata.csv")} lists; ` +
        '"Fl-ord-C4-mf-N-T14d", "Fl-ord-A#4-ff-N-N". Is the data set complete?',
    );
    const flat = writeFlatTinysol(newFolder());
    mkdirSync(join(flat, "copies"));
    copyFileSync(join(flat, "Vn-ord-G3-pp-4c-N.wav"), join(flat, "copies/Vn-ord-G3-pp-4c-N.wav"));
    expect((await refusal(tinysol.readClips(flat))).message).toContain('has the clip "Vn-ord-G3-pp-4c-N" twice');
  });

  it("with both layouts in one folder: the one that the metadata names counts", async () => {
    const folder = writeTinysol(newFolder());
    put(join(folder, "flat/Vn-ord-G3-pp-4c-N.wav"), sineWav(99));
    const { clips } = await tinysol.readClips(folder);
    expect(clips[4]!.path).toBe(join(folder, "audio/Strings/Violin/ordinario/Vn-ord-G3-pp-4c-N.wav"));
  });

  it("without metadata, or a folder without sounds: says what was looked for", async () => {
    const folder = newFolder();
    expect((await refusal(tinysol.readClips(folder))).message).toBe(
      `${folder}: no sound files found in this folder, nor below it.`,
    );
    put(join(folder, "a.wav"), sineWav(99));
    expect((await refusal(tinysol.readClips(folder))).message).toContain(
      "has no list of its clips; looked for annotation/TinySOL_metadata.csv, TinySOL_metadata.csv",
    );
    expect((await refusal(tinysol.readClips(join(folder, "none")))).message).toContain("no such file or folder");
    expect((await refusal(tinysol.readClips(join(folder, "a.wav")))).message).toContain("found a file");
  });
});

describe("Medley-solos-DB", () => {
  it("joins metadata and sounds by the names of the files, with the official split", async () => {
    const { folder } = await pulled(medleySolosDb, MEDLEY_FILES);
    const table = await medleySolosDb.readClips(folder);
    expect(brief(table)).toEqual([
      ["163fd2b1-8e98-515a-f501-000000000001", "flute", "training"],
      ["d07b1fc0-567d-52c2-fef4-000000000002", "violin", "validation"],
      ["0e4371ac-1c6a-51ab-fdb7-000000000003", "clarinet", "test"],
    ]);
    expect(table.clips[0]!.columns).toEqual({ song: "139" });
    expect(groundTruthOf(table).classes).toEqual(Int32Array.of(3, 7, 0));
    expect(brief(await medleySolosDb.readClips(folder, { split: "test" }))).toHaveLength(1);
    expect((await refusal(medleySolosDb.readClips(folder, { split: "train" }))).message).toContain(
      'has no split "train"; it has training, validation, test.',
    );
  });

  it("refuses metadata with other columns or numbers", async () => {
    const { folder } = await pulled(medleySolosDb, MEDLEY_FILES);
    const csv = join(folder, "annotation/Medley-solos-DB_metadata.csv");
    writeFileSync(csv, "subset,instrument_id,uuid4\ntest,0,x\n");
    expect((await refusal(medleySolosDb.readClips(folder))).message).toBe(
      `${csv}: line 1: lacks the column "instrument" and "song_id"; it has "subset", "instrument_id", "uuid4".`,
    );
    writeFileSync(csv, "subset,instrument,instrument_id,song_id,uuid4\ntest,harp,8,0,x\n");
    expect((await refusal(medleySolosDb.readClips(folder))).message).toContain(
      'line 2: expected an instrument_id from 0 to 7, found "8".',
    );
  });
});

describe("NSynth", () => {
  it("labels notes by family, from the list of each split that is there, in the order of their names", async () => {
    const { folder } = await pulled(nsynth, NSYNTH_FILES);
    const table = await nsynth.readClips(folder);
    expect(brief(table)).toEqual([
      ["flute_acoustic_000-060-100", "flute", "train"],
      ["synth_lead_synthetic_000-061-100", "synth_lead", "train"],
      ["flute_acoustic_001-060-100", "flute", "valid"],
      ["synth_lead_synthetic_001-061-100", "synth_lead", "valid"],
      ["flute_acoustic_002-060-100", "flute", "test"],
      ["synth_lead_synthetic_002-061-100", "synth_lead", "test"],
    ]);
    expect(table.clips[0]!.columns).toEqual({
      instrument: "flute_acoustic_000",
      source: "acoustic",
      pitch: "60",
      velocity: "100",
    });
  });

  it("can be one split alone, fetched and read, be it by the folder of the split", async () => {
    const { folder } = await pulled(nsynth, NSYNTH_FILES, { only: ["test"] });
    expect(readdirSync(folder).sort()).toEqual(["nsynth-test", "nsynth-test.sha256"]);
    expect(brief(await nsynth.readClips(folder))).toHaveLength(2);
    expect(brief(await nsynth.readClips(join(folder, "nsynth-test")))).toHaveLength(2);
    expect((await refusal(nsynth.readClips(folder, { split: "train" }))).message).toContain(
      "has no folder nsynth-train with examples.json in it.",
    );
  });

  it("refuses a list that is damaged or of something else", async () => {
    const { folder } = await pulled(nsynth, NSYNTH_FILES, { only: ["test"] });
    const list = join(folder, "nsynth-test/examples.json");
    writeFileSync(list, '{"a": {"instrument_family_str": "drum"}}');
    expect((await refusal(nsynth.readClips(folder))).message).toBe(
      `${list}: "a": instrument_family_str is "drum", which is no family of NSynth.`,
    );
    writeFileSync(list, "{");
    expect((await refusal(nsynth.readClips(folder))).message).toContain(`${list}: not valid JSON: `);
  });
});

describe("IRMAS", () => {
  it("takes labels from folders, drums and genre from names, and passes over what is no sound", async () => {
    const { folder } = await pulled(irmas, IRMAS_FILES);
    const table = await irmas.readClips(folder);
    expect(table.clips.map(({ id, label, columns }) => [id, label, columns])).toEqual([
      ["cel/008__[cel][nod][pop_roc]0058__1", "cello", { drums: "no", genre: "pop_roc" }],
      ["cel/[cel][cla]0001__1", "cello", { drums: "", genre: "cla" }],
      ["gac/[gac][dru][jaz_blu]0528__2", "acoustic guitar", { drums: "yes", genre: "jaz_blu" }],
    ]);
    expect(brief(await irmas.readClips(join(folder, "IRMAS-TrainingData")))).toHaveLength(3);
    put(join(folder, "IRMAS-TrainingData/zither/a.wav"), sineWav(99));
    expect((await refusal(irmas.readClips(folder))).message).toContain('"zither/a.wav" is in no folder that names');
  });
});

describe("a folder of one's own", () => {
  it("labels its clips by the folders that they lie in", async () => {
    const folder = newFolder();
    for (const path of ["violin/a4.wav", "violin/loud/a4.wav", "tuba/F#1.flac", ".hidden/x.wav", "tuba/notes.txt"]) {
      put(join(folder, path), sineWav(99));
    }
    const table = await readClips(folder);
    expect(brief(table)).toEqual([
      ["tuba/F#1", "tuba", undefined],
      ["violin/a4", "violin", undefined],
      ["violin/loud/a4", "violin", undefined],
    ]);
    expect(table.labels).toEqual(["tuba", "violin"]);
    put(join(folder, "loose.wav"), sineWav(99));
    expect((await refusal(readClips(folder))).message).toContain('"loose.wav" lies in no folder that names its label');
    rmSync(join(folder, "loose.wav"));
    put(join(folder, "tuba/F#1.wav"), sineWav(99));
    expect((await refusal(readClips(folder))).message).toContain("have the same name; keep one of them");
  });

  it("takes labels, folds, splits and further columns from a CSV with paths", async () => {
    const folder = newFolder();
    for (const path of ["a/1.wav", "a/2.wav"]) put(join(folder, path), sineWav(99));
    const groundTruth = put(
      join(newFolder(), "l.csv"),
      "path,label,fold,split,pitch\na/1.wav,violin,3,train,A4\na/2.wav,tuba,0,test,F#1\n",
    );
    const table = await readClips(folder, { groundTruth });
    expect(table.clips).toEqual([
      { id: "a/1", path: join(folder, "a/1.wav"), label: "violin", fold: 3, split: "train", columns: { pitch: "A4" } },
      { id: "a/2", path: join(folder, "a/2.wav"), label: "tuba", fold: 0, split: "test", columns: { pitch: "F#1" } },
    ]);
    expect(brief(await readClips(folder, { groundTruth, split: "test" }))).toHaveLength(1);
    const again = put(join(newFolder(), "again.csv"), [...clipsCsv(table)].join(""));
    expect(await readClips(folder, { groundTruth: again })).toEqual({ ...table, source: again });
  });

  it.each([
    ["path,label\n,violin\n", "line 2: the path is empty."],
    ["path,label\na.wav,\n", "line 2: the label is empty."],
    ["path,label,fold\na.wav,violin,x\n", 'line 2: expected a fold number, found "x".'],
    ["path,label\nb.wav,violin\n", "this file is not in "],
    [
      `path,label\na.wav,tuba\n${[..."bcdefgh"].map((name) => `${name}.wav,tuba\n`).join("")}`,
      "these 7 files are not in ",
    ],
    ["path,label,label\na.wav,violin,tuba\n", 'line 1: has the column "label" twice; keep one of them.'],
    [
      "path;label\na.wav;violin\n",
      'line 1: its cells are separated by ";", expected commas, as in a header path,label',
    ],
    ["path,label\na.wav,violin\na.wav,tuba\n", 'line 3: the clip id "a" is already on line 2'],
    ["path,label\n", "has no rows"],
  ])("refuses %j", async (text, message) => {
    const folder = newFolder();
    put(join(folder, "a.wav"), sineWav(99));
    const groundTruth = put(join(newFolder(), "l.csv"), text);
    const error = await refusal(readClips(folder, { groundTruth }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(`${groundTruth}: ${message}`);
  });

  it("may have links to folders in it; one that leads round in a circle is followed once", async () => {
    const [folder, elsewhere] = [newFolder(), newFolder()];
    put(join(folder, "tuba/a.wav"), sineWav(99));
    put(join(elsewhere, "b.wav"), sineWav(99));
    symlinkSync(elsewhere, join(folder, "violin"));
    symlinkSync(folder, join(folder, "tuba/round"));
    expect(brief(await readClips(folder))).toEqual([
      ["tuba/a", "tuba", undefined],
      ["violin/b", "violin", undefined],
    ]);
  });

  it("may write accents as one sign in the CSV and as two on the disk; names that are there twice are not guessed", async () => {
    const folder = newFolder();
    const file = put(join(folder, "e\u0301tude/cafe\u0301.wav"), sineWav(99));
    const listed = "\u00e9tude/caf\u00e9.wav";
    const paths = put(join(newFolder(), "l.csv"), `path,label\n${listed},violin\n`);
    expect((await readClips(folder, { groundTruth: paths })).clips[0]).toMatchObject({ path: file });
    const names = put(join(newFolder(), "n.csv"), "song,violin,tuba\ncaf\u00e9,1,0\n");
    expect((await readClips(folder, { groundTruth: names })).clips[0]).toMatchObject({ path: file, id: "caf\u00e9" });
    put(join(folder, listed), sineWav(99));
    expect((await readClips(folder, { groundTruth: paths })).clips[0]!.path).toBe(join(folder, listed));
  });

  it("has clips in a one-hot CSV with or without their extension", async () => {
    const folder = newFolder();
    for (const name of ["v1.wav", "v2.wav", "v3.wav.wav"]) put(join(folder, name), sineWav(99));
    const csv = put(join(newFolder(), "t.csv"), "song,violin,tuba\nv1,1,0\nv2.wav,1,0\nv3.wav,0,1\n");
    const { clips } = await readClips(folder, { groundTruth: csv });
    expect(clips.map(({ id, path }) => [id, path])).toEqual([
      ["v1", join(folder, "v1.wav")],
      ["v2.wav", join(folder, "v2.wav")],
      ["v3.wav", join(folder, "v3.wav.wav")],
    ]);
  });

  it("takes the study's one-hot CSV, too", async () => {
    const folder = writeFlatTinysol(newFolder());
    const table = await readClips(folder, { groundTruth: join(folder, "../tinysol_groundtruth_reordered.csv") });
    expect(table).toMatchObject({ dataset: "TinySol", labelOrder: "file", labels: ["bass tuba", "violin", "flute"] });
    expect(table.clips).toHaveLength(6);
  });

  it("is told from a data set by its name; options that would have no effect are refused", async () => {
    const folder = newFolder();
    await expect(readClips(join(folder, "none"))).rejects.toThrow(`there is no folder "${join(folder, "none")}".`);
    await expect(readClips("tinysoul")).rejects.toThrow(UsageError);
    await expect(readClips(folder, { path: folder })).rejects.toThrow("--path says where a data set is");
    await expect(readClips(folder, { excludeRetuned: true })).rejects.toThrow("--exclude-retuned is for tinysol only.");
    await expect(readClips("tinysol", { split: "test" })).rejects.toThrow("TinySOL has no official splits.");
    await expect(readClips("irmas", { groundTruth: "x.csv" })).rejects.toThrow("--groundtruth: the labels of IRMAS");
  });
});

describe("a data set on this machine", () => {
  it("is found below IREC_DATA, else where mirdata keeps its own", () => {
    const [data, home] = [newFolder(), newFolder()];
    vi.stubEnv("IREC_DATA", data);
    vi.stubEnv("HOME", home);
    expect(datasetPlaces(tinysol)).toEqual([join(data, "tinysol"), join(home, "mir_datasets/tinysol")]);
    writeTinysol(join(home, "mir_datasets/tinysol"));
    expect(findDataset(tinysol)).toBe(join(home, "mir_datasets/tinysol"));
    put(join(data, "tinysol/.irec-pull/TinySOL.tar.gz.part"), ""); // not complete yet
    expect(findDataset(tinysol)).toBe(join(home, "mir_datasets/tinysol"));
    writeTinysol(join(data, "tinysol"));
    expect(findDataset(tinysol)).toBe(join(data, "tinysol"));
  });

  it("is found at a path that is its folder, or the folder above it", () => {
    const data = newFolder();
    writeTinysol(join(data, "tinysol"));
    expect(findDataset(tinysol, data)).toBe(join(data, "tinysol"));
    expect(findDataset(tinysol, join(data, "tinysol"))).toBe(join(data, "tinysol"));
    expect(() => findDataset(tinysol, join(data, "none"))).toThrow(InputError);
  });

  it("or is not: the command that fetches it is named", () => {
    vi.stubEnv("IREC_DATA", "");
    vi.stubEnv("HOME", newFolder());
    expect(() => findDataset(nsynth)).toThrow(
      /not on this machine; looked in .*nsynth\. Fetch it with "irec datasets pull nsynth"/,
    );
  });
});

describe("pull", () => {
  it("leaves mirdata's layout and a list of checksums, and nothing else", async () => {
    const { folder, result } = await pulled(tinysol, TINYSOL_FILES);
    expect(readdirSync(folder).sort()).toEqual(["annotation", "audio", "audio.sha256"]);
    expect(readdirSync(join(folder, "audio"))).toEqual(["Brass", "Strings", "Winds"]);
    expect(readFileSync(join(folder, "audio.sha256"), "utf8")).toMatch(
      /^[0-9a-f]{64} {2}Brass\/Bass_Tuba\/ordinario\/BTb-ord-C3-mf-N-T28u\.wav\n/,
    );
    expect(result).toMatchObject([
      { key: "annotations", found: false, verified: true },
      { key: "audio", path: join(folder, "audio"), found: false, verified: true },
    ]);
    expect((await verifyDataset(tinysol, folder)).findings.map(({ what, state }) => `${what} ${state}`)).toEqual([
      "annotation/TinySOL_metadata.csv bad", // a miniature is not the real one
      "audio good",
      "clips bad",
      "sound files good",
    ]);
  });

  it("a second time asks for nothing", async () => {
    const { folder } = await pulled(tinysol, TINYSOL_FILES);
    server.asked.length = 0;
    const lines: string[] = [];
    const { result } = await pulled(tinysol, TINYSOL_FILES, { folder, say: (line) => lines.push(line) });
    expect([result.map(({ found }) => found), server.asked]).toEqual([[true, true], []]);
    expect(lines[1]).toBe(`${join(folder, "audio")} is there already`);
  });

  it("keeps what has arrived when it breaks off, and continues", async () => {
    const folder = join(newFolder(), "tinysol");
    const audio = TINYSOL_FILES.audio;
    const served = servedFrom(tinysol, server.url, TINYSOL_FILES);
    for (const [path, content] of served.files) server.files.set(path, content);
    const options = { folder, only: ["audio"], ...QUICK };
    server.next.push(cut(audio, 1000), cut(audio, 0), cut(audio, 0));
    await expect(pullDataset(served.dataset, options)).rejects.toThrow(/What has arrived \(1000 bytes\) is kept/);
    expect(readdirSync(folder)).toEqual([".irec-pull"]);
    server.asked.length = 0;
    server.next.length = 0;
    await pullDataset(served.dataset, options);
    expect(server.asked.map(({ range }) => range)).toEqual(["bytes=1000-"]);
    expect(readdirSync(folder).sort()).toEqual(["audio", "audio.sha256"]);
  });

  it("leaves no folder of an archive that is missing, another one, or not to be trusted", async () => {
    const folder = join(newFolder(), "tinysol");
    const served = servedFrom(tinysol, server.url, TINYSOL_FILES);
    const options = { folder, only: ["audio"], ...QUICK };
    server.next.push(status(404));
    await expect(pullDataset(served.dataset, options)).rejects.toThrow(RefusedError);
    server.files.set("/TinySOL.tar.gz", Buffer.alloc(TINYSOL_FILES.audio.length));
    await expect(pullDataset(served.dataset, options)).rejects.toThrow(ChecksumError);
    const hostile = tarGzBytes([
      { name: "good.wav", content: sineWav(99) },
      { name: "../../evil.wav", content: "x" },
    ]);
    await expect(pulled(tinysol, { ...TINYSOL_FILES, audio: hostile }, options)).rejects.toThrow(UnsafeArchiveError);
    expect(readdirSync(folder)).toEqual([".irec-pull"]);
    expect(readdirSync(join(folder, ".irec-pull"))).toEqual(["TinySOL.tar.gz"]);
  });

  it("removes what a call that was killed while it unpacked has left", async () => {
    const folder = join(newFolder(), "tinysol");
    put(join(folder, ".irec-pull/audio.unpacked/Brass/half.wav"), "RIFF");
    await pulled(tinysol, TINYSOL_FILES, { folder });
    expect(readdirSync(folder).sort()).toEqual(["annotation", "audio", "audio.sha256"]);
    expect(existsSync(join(folder, "audio/Brass/half.wav"))).toBe(false);
  });

  it("twice at once takes turns", async () => {
    const folder = join(newFolder(), "tinysol");
    const both = await Promise.all([0, 1].map(() => pulled(tinysol, TINYSOL_FILES, { folder })));
    expect(both.map(({ result }) => result[1]!.found).sort()).toEqual([false, true]);
    expect(server.asked).toHaveLength(2);
    expect(readdirSync(folder).sort()).toEqual(["annotation", "audio", "audio.sha256"]);
  });

  it("removes an archive that is damaged and was not verified, so that another call can fetch it again", async () => {
    const folder = join(newFolder(), "tinysol");
    const served = servedFrom(tinysol, server.url, TINYSOL_FILES);
    const files = served.dataset.files.map(({ checksum, bytes, ...file }) => file);
    server.files.set("/TinySOL.tar.gz", TINYSOL_FILES.audio.subarray(0, 500));
    const options = { folder, only: ["audio"], ...QUICK };
    await expect(pullDataset({ ...served.dataset, files }, options)).rejects.toThrow(DamagedArchiveError);
    server.files.set("/TinySOL.tar.gz", TINYSOL_FILES.audio);
    await pullDataset({ ...served.dataset, files }, options);
    expect(readdirSync(folder).sort()).toEqual(["audio", "audio.sha256"]);
  });

  it("says that a file is not verified when no checksum of it is known", async () => {
    const served = servedFrom(tinysol, server.url, TINYSOL_FILES);
    for (const [path, content] of served.files) server.files.set(path, content);
    const files = served.dataset.files.map(({ checksum, ...file }) => file);
    const folder = join(newFolder(), "tinysol");
    const result = await pullDataset({ ...served.dataset, files }, { folder, ...QUICK });
    expect(result.map(({ verified }) => verified)).toEqual([false, false]);
  });

  it("takes the files from a mirror, keeps the archives when told, and knows its parts", async () => {
    const folder = join(newFolder(), "medley_solos_db");
    const { dataset } = await pulled(medleySolosDb, MEDLEY_FILES);
    server.asked.length = 0;
    for (const [path, content] of [...server.files]) server.files.set(`/mirror/medley-solos-db${path}`, content);
    const mirror = `${server.url}/mirror/`;
    await pullDataset(dataset, { folder, mirror, keepArchives: true, ...QUICK });
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/mirror/medley-solos-db/Medley-solos-DB_metadata.csv",
      "/mirror/medley-solos-db/Medley-solos-DB.tar.gz",
    ]);
    expect(existsSync(join(folder, "Medley-solos-DB.tar.gz"))).toBe(true);
    await expect(pullDataset(dataset, { folder, only: ["video"] })).rejects.toThrow(
      'Medley-solos-DB has no part "video"; it has annotations, audio.',
    );
  });
});

describe("verify", () => {
  const states = async (dataset: DatasetModule, folder: string): Promise<Record<string, string | boolean>> => {
    const { findings, passed } = await verifyDataset(dataset, folder);
    return {
      passed,
      ...Object.fromEntries(findings.map(({ what, state, message }) => [what, `${state}: ${message}`])),
    };
  };

  it("is content with what was pulled", async () => {
    const { folder, dataset } = await pulled(tinysol, TINYSOL_FILES);
    const verification = await verifyDataset({ ...dataset, clipCount: 6 }, folder);
    expect(verification.findings).toEqual([
      { what: "annotation/TinySOL_metadata.csv", state: "good", message: "has the md5 that us gives" },
      { what: "audio", state: "good", message: "its 6 files are as they were unpacked" },
      { what: "clips", state: "good", message: "all 6 are here" },
      { what: "sound files", state: "good", message: "none is empty or cut" },
    ]);
    expect(verification.passed).toBe(true);
    expect(verification.clipsPerLabel).toEqual({ "Bass Tuba": 2, Flute: 2, Violin: 2 });
  });

  it("names files that have changed, are missing or are cut", async () => {
    const { folder, dataset } = await pulled(tinysol, TINYSOL_FILES);
    const tuba = join(folder, "audio/Brass/Bass_Tuba/ordinario");
    truncateSync(join(tuba, "BTb-ord-F#1-pp-N-N.wav"), 100);
    expect(await states({ ...dataset, clipCount: 6 }, folder)).toMatchObject({
      passed: false,
      audio: "bad: 1 of 6 files: Brass/Bass_Tuba/ordinario/BTb-ord-F#1-pp-N-N.wav has changed",
      "sound files": "bad: 1 are empty or cut: BTb-ord-F#1-pp-N-N",
    });
    rmSync(tuba, { recursive: true });
    const gone = await states({ ...dataset, clipCount: 6 }, folder);
    expect(gone.audio).toMatch(/^bad: 2 of 6 files: .* is missing, .* is missing$/);
    expect(gone.clips).toMatch(/^bad: .*lacks 2 of the 6 clips/);
  });

  it("does not call good what it has nothing to compare with, nor wrong what was not fetched", async () => {
    const { dataset } = await pulled(tinysol, TINYSOL_FILES);
    const folder = writeTinysol(join(newFolder(), "tinysol"));
    expect(await states({ ...dataset, clipCount: 6 }, folder)).toMatchObject({
      passed: true,
      audio: "unknown: not unpacked by irec: there are no checksums to compare its files with",
    });
    const part = await pulled(nsynth, NSYNTH_FILES, { only: ["test"] });
    expect(await states(part.dataset, part.folder)).toMatchObject({
      passed: true,
      "nsynth-train": "unknown: not here; irec datasets pull nsynth --only train fetches it",
      "nsynth-test": "good: its 3 files are as they were unpacked",
      clips: "unknown: 2 of 305979 are here",
    });
  });
});
