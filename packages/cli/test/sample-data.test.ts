import { readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clipBpe, decodeAudioFile } from "@irec/encoders";
import { describe, expect, it } from "vitest";
import { trainClipBpe } from "../../../tools/sample/bpe.ts";
import { captionsOf } from "../../../tools/sample/captions.ts";
import { INSTRUMENTS } from "../../../tools/sample/instruments.ts";
import { metadataCsv, splitsCsv } from "../../../tools/sample/metadata.ts";
import { midiFile } from "../../../tools/sample/midi-file.ts";
import { allNotes, type Note, type Split } from "../../../tools/sample/notes.ts";
import { builtInPromptSets } from "../src/prompts/built-in.ts";
import { TINYSOL_LABELS } from "../src/prompts/templates.ts";

const sample = fileURLToPath(new URL("../sample/", import.meta.url));
const committedSplits = fileURLToPath(new URL("../../../tools/sample/notes.csv", import.meta.url));
const notes = allNotes();
const of = (split: Split): readonly Note[] => notes.filter((note) => note.split === split);

describe("the notes of the sample", () => {
  it("are those that are committed: the list of what is trained on, and what ships", () => {
    expect(splitsCsv(notes)).toBe(readFileSync(committedSplits, "utf8"));
    expect(metadataCsv(of("shipped"))).toBe(readFileSync(join(sample, "metadata.csv"), "utf8"));
  });

  it("that ship are in no list of what is trained on or chosen by, in no dynamics", () => {
    const rows = readFileSync(join(sample, "metadata.csv"), "utf8").trim().split("\n").slice(1);
    const shipped = new Set(rows.map((row) => row.split(",")).map((cells) => `${cells[4]} ${cells[7]}`));
    const splits = readFileSync(committedSplits, "utf8").trim().split("\n").slice(1);
    let trained = 0;
    for (const [instrument, split, , pitches] of splits.map((row) => row.split(","))) {
      if (split === "shipped") continue;
      for (const pitch of pitches!.split(" ")) expect(shipped.has(`${instrument} ${pitch}`)).toBe(false);
      trained += pitches!.split(" ").length;
    }
    expect([shipped.size, trained]).toEqual([82, 444]);
  });

  it("share no recording of the sound font between training, validation and what ships", () => {
    const splitOf = new Map<string, Split>();
    for (const { instrument, pitch, split } of notes) {
      const recording = instrument.recordings.findLast((first) => first <= pitch);
      const key = `${instrument.name} ${recording}`;
      expect(splitOf.get(key) ?? split).toBe(split);
      splitOf.set(key, split);
    }
    expect(splitOf.size).toBe(INSTRUMENTS.reduce((sum, { recordings }) => sum + recordings.length - 1, 0));
  });

  it("cover all 14 instruments in all five folds, about as often each", () => {
    expect(INSTRUMENTS.map(({ label }) => label)).toEqual(TINYSOL_LABELS);
    for (const instrument of INSTRUMENTS) {
      const own = of("shipped").filter((note) => note.instrument === instrument);
      expect(own.length).toBeGreaterThanOrEqual(15);
      expect(own.length).toBeLessThanOrEqual(21);
      expect(new Set(own.map(({ fold }) => fold)).size).toBe(5);
    }
  });

  it("have all dynamics of a pitch in one fold", () => {
    const foldOf = new Map<string, number>();
    for (const { instrument, pitch, fold } of notes) {
      const key = `${instrument.name} ${pitch}`;
      expect(foldOf.get(key) ?? fold).toBe(fold);
      foldOf.set(key, fold);
    }
  });
});

describe("the shipped sounds", () => {
  const clips = of("shipped");

  it("are at most 3 MB, one file a note", async () => {
    const files = (await readdir(join(sample, "audio"), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name).sort()).toEqual(clips.map(({ id }) => `${id}.opus`).sort());
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    expect(bytes).toBeLessThan(3e6);
  });

  it("decode to the length of the note, and are not silent", async () => {
    for (const note of clips.filter((_, i) => i % 12 === 0)) {
      const { family, folder } = note.instrument;
      const decoded = await decodeAudioFile(join(sample, "audio", family, folder, "ordinario", `${note.id}.opus`));
      expect(decoded.sampleRate).toBe(48_000);
      expect(decoded.samples.length).toBe(note.length * 48);
      expect(decoded.samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeGreaterThan(0.005);
    }
  });
});

describe("captions", () => {
  const captions = of("training").flatMap((note) => captionsOf(note, 8));

  it("contain no prompt that is built into irec, so that no prompt set is asked in words that were taught", () => {
    const taught = new Set(captions.map((caption) => caption.toLowerCase()));
    const asked = builtInPromptSets().flatMap(({ prompts }) => prompts.flat());
    expect(asked.filter((prompt) => taught.has(prompt.toLowerCase()))).toEqual([]);
  });

  it("say the instrument, its kind, its loudness and its register, in one sentence or some", () => {
    const oboe = notes.find(({ instrument }) => instrument.name === "Oboe")!;
    expect(captionsOf(oboe, 4).slice(1, 3)).toEqual([
      "One oboe is heard, of the reed woodwind instruments, in the low register. The sound of reed woodwind instruments, in the low register",
      "The sound of the instrument oboe, of the pipe wind instruments",
    ]);
    expect(captions.filter((caption) => /\{|undefined/.test(caption))).toEqual([]);
  });

  it("fit into what the text tower reads", () => {
    const files = { vocab: read("vocab.json"), merges: read("merges.txt") };
    const { contextLength } = JSON.parse(read("../../../tools/sample/train.json")).model;
    const { lostTokens } = clipBpe(files).encodeBatch(captions, { contextLength });
    expect(Math.max(...lostTokens)).toBe(0);
  });
});

const read = (name: string): string => readFileSync(join(sample, name), "utf8");

describe("the vocabulary", () => {
  it("is the one that is trained on the captions", () => {
    const { vocab, merges } = trainClipBpe(of("training").flatMap((note) => captionsOf(note, 8)));
    expect(vocab).toBe(read("vocab.json"));
    expect(merges).toBe(read("merges.txt"));
  });

  it("merges the most frequent pair first, the first of equals, and none that is there once", () => {
    // ab: 3 times; then abc</w> twice, from "abc abc"; "abd" alone is left as ab and d.
    const { merges } = trainClipBpe(["abc abc abd"]);
    expect(merges).toBe("#version: 0.2\na b\nab c</w>\n");
  });

  it("has CLIP's layout: bytes, bytes at the end of a word, merges, start and end, whose id is the largest", () => {
    const { vocab, merges } = trainClipBpe(["abc abc abd"]);
    const ids = JSON.parse(vocab);
    expect([ids["!"], ids["!</w>"], ids.ab, ids["abc</w>"], ids["<|startoftext|>"], ids["<|endoftext|>"]]).toEqual([
      0, 256, 512, 513, 514, 515,
    ]);
    const tokenizer = clipBpe({ vocab, merges });
    expect([...tokenizer.encode("Abc abd", { contextLength: 7 }).ids]).toEqual([
      514,
      513,
      512,
      ids["d</w>"],
      515,
      0,
      0,
    ]);
  });
});

describe("a MIDI file", () => {
  it("says in milliseconds when a note of a program begins and ends", () => {
    const bytes = midiFile(56, [{ start: 10, end: 200, pitch: 60, velocity: 82 }], 4000);
    expect(Buffer.from(bytes).toString("hex")).toBe(
      [
        ...["4d546864", "00000006", "0000", "0001", "01f4"], // format 0, one track, 500 ticks a quarter of half a second
        ...["4d54726b", "00000011", "00c038"], // program 56
        ...["0a903c52", "813e803c00"], // after 10 ticks on, after 190 more off
        ...["9d58ff2f00"], // the end, 3,800 later
      ].join(""),
    );
  });
});
