import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { doktorski } from "@irec/ontology";
import { describe, expect, it } from "vitest";
import { InputError } from "../src/errors.ts";
import { inPublishedOrder } from "../src/ground-truth/class-order.ts";
import type { GroundTruth } from "../src/ground-truth/ground-truth.ts";
import { readGroundTruth } from "../src/ground-truth/read-ground-truth.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();
const read = (text: string | Uint8Array): Promise<GroundTruth> =>
  readGroundTruth(put(join(newFolder(), "truth.csv"), text));

/** What a row of the ground truth says. */
const rows = ({ clipIds, labels, classes }: GroundTruth) => clipIds.map((id, i) => `${id}: ${labels[classes[i]!]}`);

describe("the study's one-hot table", () => {
  it("gives clips, labels and classes in the order of the file", async () => {
    const truth = await read("song,tuba,flute,oboe\na,0,1,0\nb,1,0,0\nc,0,1,0\n");
    expect(truth).toEqual({
      path: expect.stringMatching(/truth\.csv$/),
      format: "one-hot",
      labelOrder: "file",
      clipIds: ["a", "b", "c"],
      labels: ["tuba", "flute", "oboe"],
      labelPlaces: ["line 1, column 2", "line 1, column 3", "line 1, column 4"],
      classes: Int32Array.of(1, 0, 1),
    });
  });

  it("may write its cells as pandas writes floats", async () => {
    expect(rows(await read("song,tuba,flute\na,0.0,1.0\nb,1.0,0.0\n"))).toEqual(["a: flute", "b: tuba"]);
  });

  it("keeps # and spaces in clip ids, and trims labels", async () => {
    const truth = await read("song, bass tuba ,flute\nBTb-ord-F#1-pp-N-N, x,0\n".replace(", x,0", ",1,0"));
    expect([truth.clipIds, truth.labels]).toEqual([["BTb-ord-F#1-pp-N-N"], ["bass tuba", "flute"]]);
  });
});

describe("TinySOL's metadata", () => {
  const header = "Path,Fold,Family,Instrument (abbr.),Instrument (in full),Technique (abbr.)";

  it("gives file names as clip ids, whole, with # and without folder and extension, and the official folds", async () => {
    const truth = await read(
      `${header}\nBrass/Bass_Tuba/ordinario/BTb-ord-F#1-pp-N-N.wav,3,Brass,BTb,Bass Tuba,ord\n` +
        "Winds/Flute/ordinario/Fl-ord-A#4-mf-N-T14u.wav,0,Winds,Fl,Flute,ord\nFl-ord-C4-mf-N-N.wav,4,Winds,Fl,Flute,ord\n",
    );
    expect(rows(truth)).toEqual([
      "BTb-ord-F#1-pp-N-N: Bass Tuba",
      "Fl-ord-A#4-mf-N-T14u: Flute",
      "Fl-ord-C4-mf-N-N: Flute",
    ]);
    expect(truth.folds).toEqual(Int32Array.of(3, 0, 4));
    expect([truth.format, truth.labelOrder]).toEqual(["tinysol-metadata", "appearance"]);
  });

  it("has no folds when the column is missing", async () => {
    const truth = await read("Path,Instrument (in full)\na.wav,Flute\nb.wav,Oboe\n");
    expect("folds" in truth).toBe(false);
    expect(rows(truth)).toEqual(["a: Flute", "b: Oboe"]);
  });

  it("is put into the published order when all its labels are TinySOL's, in whatever words, and keeps all 14", async () => {
    const truth = inPublishedOrder(
      await read("Path,Instrument (in full)\na.wav,Oboe\nb.wav,Bass Tuba\nc.wav,Cello\n"),
      doktorski,
    );
    expect(truth.labels.map((label) => label.toLowerCase())).toEqual(
      [
        ...["bass tuba", "french horn", "trombone", "trumpet", "accordion", "double bass", "violin", "viola", "cello"],
        ...["bassoon", "clarinet", "flute", "oboe", "saxophone"],
      ].map((label) => expect.stringMatching(label === "double bass" ? /double bass|contrabass/ : label)),
    );
    expect([...truth.classes]).toEqual([12, 0, 8]);
    expect(truth.labelOrder).toBe("published");
  });

  it("stays in the order of appearance, which says nothing, when a label is not TinySOL's", async () => {
    const truth = await read("Path,Instrument (in full)\na.wav,Oboe\nb.wav,Piano\n");
    expect(inPublishedOrder(truth, doktorski)).toBe(truth);
    expect(truth.labelOrder).toBe("appearance");
  });
});

describe("the CSV may", () => {
  const plain = "song,tuba,flute\na,0,1\nb,1,0\n";
  const expected = ["a: flute", "b: tuba"];
  it.each([
    ["start with a byte order mark", `\uFEFF${plain}`],
    ["start with a byte order mark before a quote", `\uFEFF${plain.replace("song", '"song"')}`],
    ["end its lines with CRLF", plain.replaceAll("\n", "\r\n")],
    ["end its lines with CR", plain.replaceAll("\n", "\r")],
    ["mix line ends, CRLF first", "song,tuba,flute\r\na,0,1\nb,1,0\r\n"],
    ["mix line ends, LF first", "song,tuba,flute\na,0,1\r\nb,1,0\r\n"],
    ["have no line end at its end", plain.trimEnd()],
    ["have blank lines anywhere", "\n\nsong,tuba,flute\n\na,0,1\r\n\r\nb,1,0\n\n\n"],
    ["quote every cell", plain.replaceAll(/[^,\n]+/g, '"$&"').replaceAll("\n", "\r\n")],
  ])("%s", async (_title, text) => {
    const truth = await read(text);
    expect(rows(truth)).toEqual(expected);
    expect(truth.labels).toEqual(["tuba", "flute"]);
  });

  it("hold commas, quotes and line ends in quoted cells", async () => {
    const truth = await read('song,"horn, French","a ""good"" flute"\r\n"a,1",1,0\r\n"b\r\nc",0,1\r\n');
    expect(truth.labels).toEqual(["horn, French", 'a "good" flute']);
    expect(truth.clipIds).toEqual(["a,1", "b\nc"]);
  });

  it("be longer than one read, with multi-byte letters, CRLFs and quoted cells across its seams", async () => {
    const ids = [...Array(60_000).keys()].map((i) => `é–${i}, "ñ"`);
    const lines = ids.map((id, i) => `"${id.replaceAll('"', '""')}",${i % 2},${1 - (i % 2)}`);
    const truth = await read(["song,tuba,flute", ...lines].join("\r\n"));
    expect(truth.clipIds).toEqual(ids);
    expect([...truth.classes]).toEqual(ids.map((_, i) => 1 - (i % 2)));
  });
});

describe("what is wrong is named with its line:", () => {
  const cases: readonly [title: string, text: string, message: string][] = [
    ["an empty file", "", "is empty; expected a ground-truth CSV with a header line."],
    ["a file of blank lines", "\n\r\n\n", "is empty; expected a ground-truth CSV with a header line."],
    ["a header only", "song,tuba,flute\n", "has a header but no rows; expected one row a clip."],
    [
      "a single label",
      "\nsong,tuba\na,1\n",
      "line 2: expected a clip id column and at least two label columns (song,<label>,<label>,...), or TinySOL's metadata columns (Path, Fold, Instrument (in full), ...); found 2 column(s).",
    ],
    [
      "a clip without label",
      "song,tuba,flute\na,0,1\nb,0,0\n",
      'line 3: clip "b" has no label; expected one 1 in its row.',
    ],
    [
      "a clip with two labels",
      "song,tuba,flute,oboe\na,0,1,1\n",
      'line 2: clip "a" has two labels, "flute" and "oboe"; expected one.',
    ],
    [
      "a clip id twice",
      "song,tuba,flute\na,0,1\nb,0,1\na,1,0\n",
      'line 4: the clip id "a" is already on line 2; every clip must be listed once.',
    ],
    ["an empty clip id", "song,tuba,flute\n,0,1\n", "line 2: the clip id is empty."],
    ["another number", "song,tuba,flute\na,0,2\n", 'line 2, column "flute": expected 0 or 1, found "2".'],
    ["a word", "song,tuba,flute\na,yes,0\n", 'line 2, column "tuba": expected 0 or 1, found "yes".'],
    ["an empty cell", "song,tuba,flute\na,,1\n", 'line 2, column "tuba": expected 0 or 1, found "".'],
    ["a row that is too short", "song,tuba,flute\na,1\n", "line 2: has 2 cells, while the header has 3."],
    ["a row that is too long", "song,tuba,flute\na,1,0\nb,1,0,0\n", "line 3: has 4 cells, while the header has 3."],
    ["a label twice", "song,tuba,flute, tuba\na,1,0,0\n", 'line 1: columns 2 and 4 have the same label, "tuba".'],
    ["an empty label", "song,tuba,,oboe\na,1,0,0\n", "line 1: the label of column 3 is empty."],
    [
      "semicolons",
      "song;tuba;flute\na;1;0\n",
      'line 1: its cells are separated by ";", expected commas, as in a header path,label or song,<label>,<label>. Save it with commas.',
    ],
    [
      "a quote that is never closed",
      'song,tuba,flute\na,0,1\n"b,0,1\nc,0,1\n',
      "line 3: a quote is opened in this row and not closed before the end of the file.",
    ],
    [
      "text after a closing quote",
      'song,tuba,flute\na,0,1\n"b"c,0,1\n',
      "line 3: a quoted cell of this row goes on after its closing quote; double the quotes inside it.",
    ],
    [
      "the first fault, not a quote after it",
      'song,tuba,flute\na,0,0\n"b,0,1\n',
      'line 2: clip "a" has no label; expected one 1 in its row.',
    ],
    [
      "a line after cells of several lines",
      'song,tuba,flute\r\n"a\r\nb\r\nc",0,1\r\n\r\nd,0,0\r\n',
      'line 6: clip "d" has no label; expected one 1 in its row.',
    ],
    [
      "a cell of several lines, in one line",
      'song,tuba,flute\na,"0\n\n0",1\n',
      'line 2, column "tuba": expected 0 or 1, found "0\\n\\n0".',
    ],
    [
      "a cell of a megabyte, cut",
      `song,tuba,flute\na,${"7".repeat(1 << 20)},1\n`,
      `line 2, column "tuba": expected 0 or 1, found "${"7".repeat(60)}...".`,
    ],
    [
      "a fold that is no number",
      "Path,Fold,Instrument (in full)\na.wav,one,Flute\n",
      'line 2: expected a fold number, found "one".',
    ],
    [
      "metadata without instrument",
      "Path,Fold,Instrument (in full)\na.wav,1, \n",
      'line 2: "Instrument (in full)" is empty.',
    ],
    [
      "one file name in two folders",
      "Path,Fold,Instrument (in full)\nx/a.wav,1,Flute\ny/a.wav,1,Flute\n",
      'line 3: the clip id "a" is already on line 2; every clip must be listed once.',
    ],
  ];
  it.each(cases)("%s", async (_title, text, message) => {
    const path = put(join(newFolder(), "truth.csv"), text);
    const error = await readGroundTruth(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toBe(`${path}: ${message}`);
  });

  it("a fault far into the file, with its line", async () => {
    const good = Array.from({ length: 50_000 }, (_, i) => `clip number ${i},0,1`);
    await expect(read(["song,tuba,flute", ...good, '"open,0,1', ...good].join("\n"))).rejects.toThrow(
      "line 50002: a quote is opened",
    );
    await expect(read(["song,tuba,flute", ...good, "late,0,1,0", ...good].join("\n"))).rejects.toThrow(
      "line 50002: has 4 cells",
    );
  });

  it("a fault after a CRLF that two reads share, which is still one line end", async () => {
    const header = "song,tuba,flute\r\n";
    // The carriage return is the last byte of the first read of 256 KiB, the line feed the first of the second.
    const long = `${"x".repeat(2 ** 18 - header.length - ",0,1\r".length)},0,1\r\n`;
    expect(Buffer.byteLength(header + long)).toBe(2 ** 18 + 1);
    await expect(read(`${header}${long}a,0,0\r\n`)).rejects.toThrow('line 3: clip "a" has no label');
  });

  it("a missing file, a folder, a pipe", async () => {
    const folder = newFolder();
    await expect(readGroundTruth(join(folder, "none.csv"))).rejects.toThrow(
      "none.csv: no such file or folder. Check the path",
    );
    await expect(readGroundTruth(folder)).rejects.toThrow(`${folder}: expected a CSV file, found a folder.`);
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await expect(readGroundTruth(join(folder, "pipe"))).rejects.toThrow(
      "found a pipe or a device, which cannot be read twice; save it as a file.",
    );
  });
});
