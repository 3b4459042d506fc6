import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { readCaptionList } from "../../src/training/contrastive/caption-list.ts";
import { readCaptionParquet } from "../../src/training/contrastive/caption-parquet.ts";
import { withoutExcluded, withSound } from "../../src/training/contrastive/pairs.ts";
import { put, temporaryFolders } from "../temp-folder.ts";

const newFolder = temporaryFolders();
const golden = (name: string) => fileURLToPath(new URL(`goldens/captions-${name}.parquet`, import.meta.url));

/** The error of a promise, as the user reads it. */
async function fault(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
}

describe("a JSON list of captions", () => {
  const good = { audio_id: 1, caption: "A piece.", audio_path: "1.wav" };
  const list = (entries: unknown) => put(join(newFolder(), "train.json"), JSON.stringify(entries));

  it("is read as MusCALL reads it: captions trimmed, paths inside of the folder audio beside it", async () => {
    const file = list([
      { audio_id: 1, caption: " A slow piece. ", audio_path: "track_1.npy", split: "train" },
      { audio_id: "b", caption: ["Fast.", "Very fast."], audio_path: "deep/2.mp3" },
    ]);
    const audio = join(file, "../audio");
    expect(await readCaptionList({ captions: file, audio: undefined })).toEqual([
      { index: 0, place: "entry 1", id: "1", captions: ["A slow piece."], path: join(audio, "track_1.npy") },
      { index: 1, place: "entry 2", id: "b", captions: ["Fast.", "Very fast."], path: join(audio, "deep/2.mp3") },
    ]);
    expect((await readCaptionList({ captions: file, audio: "/sounds" }))[0]!.path).toBe("/sounds/track_1.npy");
    const odd = list(["/abs.wav", "a/../b.wav", "..c/d.wav"].map((audio_path) => ({ ...good, audio_path })));
    const paths = (await readCaptionList({ captions: odd, audio: "/sounds" })).map(({ path }) => path);
    expect(paths).toEqual(["/sounds/abs.wav", "/sounds/b.wav", "/sounds/..c/d.wav"]);
  });

  it.each<[unknown, string]>([
    [{ good }, 'list: expected a list, found {"good"'],
    [[], "is an empty list; expected one entry a clip."],
    [[good, { ...good, caption: " " }], 'list[1].caption: expected a text that is not empty, found " ".'],
    [[{ ...good, caption: undefined }], "list[0].caption: expected a string, found nothing."],
    [[{ ...good, caption: [] }], "list[0].caption: is empty; expected at least one caption."],
    [[{ ...good, audio_id: 1.5 }], "list[0].audio_id: expected a whole number of at least 0, found 1.5."],
    [[{ ...good, audio_path: 3 }], "list[0].audio_path: expected a string, found 3."],
    [[good, { ...good, audio_path: "a/../../x.wav" }], 'list[1].audio_path: "a/../../x.wav" leads out of '],
  ])("%j is refused, with the entry", async (entries, message) => {
    expect(await fault(readCaptionList({ captions: list(entries), audio: undefined }))).toContain(message);
  });
});

describe("a parquet file of LP-MusicCaps", () => {
  const source = {
    split: undefined,
    captionColumn: ["caption_writing"],
    pathColumn: "path",
    idColumn: "track_id",
    audio: "/mtt",
  };

  it("has a clip in each row: id, caption and path of the columns that are asked for", async () => {
    const pairs = await readCaptionParquet({ ...source, parquet: golden("snappy") });
    expect(pairs).toEqual(
      ["violin", "flute", "oboe", "tuba"].map((name, i) => ({
        index: i,
        place: `row ${i + 1}`,
        id: String(i),
        captions: [`A slow piece for ${name}.`],
        path: `/mtt/${name[0]}/${name}-0-29.mp3`,
      })),
    );
  });

  it("is read from gzip too, and with ids that are numbers", async () => {
    const gzip = await readCaptionParquet({ ...source, parquet: golden("gzip") });
    expect(gzip.map(({ captions }) => captions[0])).toEqual(["A slow piece for violin.", "A slow piece for flute."]);
    const numbers = await readCaptionParquet({ ...source, parquet: golden("number-ids") });
    expect(numbers.map(({ id }) => id)).toEqual(["10", "11", "12", "13"]);
  });

  it("gives several captions from several columns", async () => {
    const captionColumn = ["caption_summary", "caption_writing"];
    const [first] = await readCaptionParquet({ ...source, captionColumn, parquet: golden("snappy") });
    expect(first!.captions).toEqual(["Slow violin.", "A slow piece for violin."]);
  });

  it("may be a folder as Hugging Face has it, of which a split is taken", async () => {
    const { copyFileSync, mkdirSync } = await import("node:fs");
    const folder = newFolder();
    mkdirSync(join(folder, "data"));
    copyFileSync(golden("snappy"), join(folder, "data", "train-00000-of-00002-ab12.parquet"));
    copyFileSync(golden("gzip"), join(folder, "data", "train-00001-of-00002-cd34.parquet"));
    copyFileSync(golden("gzip"), join(folder, "data", "training-00000-of-00001.parquet"));
    const pairs = await readCaptionParquet({ ...source, parquet: folder, split: "train" });
    expect(pairs.map(({ index, id }) => `${index}:${id}`)).toEqual(["0:0", "1:1", "2:2", "3:3", "4:0", "5:1"]);
    expect(await fault(readCaptionParquet({ ...source, parquet: folder }))).toContain('say which "split" of it');
    expect(await fault(readCaptionParquet({ ...source, parquet: folder, split: "valid" }))).toMatch(
      /no parquet file of the split "valid" \(valid-\*\.parquet\); it has: train-00000-of-00002-ab12\.parquet, /,
    );
  });

  it.each<[string, object, RegExp]>([
    ["gap", {}, /captions-gap\.parquet: row 2, column "caption_writing": expected a text, found nothing\.$/],
    [
      "snappy",
      { captionColumn: ["caption"] },
      /lacks the column "caption"; it has "track_id", "title", "tag_top50", .*"path"\.$/,
    ],
    ["snappy", { captionColumn: ["tag_top50"] }, /row 1, column "tag_top50": expected a text, found "violin,slow"\.$/],
    [
      "zstd",
      {},
      /is compressed with ZSTD; what is read is SNAPPY, GZIP, BROTLI or nothing\. Write it again with one of them: /,
    ],
    [
      "outside",
      {},
      /captions-outside\.parquet: row 2, column "path": "\.\.\/tuba\.mp3" leads out of \/mtt, the folder of the sound\.$/,
    ],
    ["none", {}, /no such file or folder/],
  ])("%s with %j is refused", async (name, changes, message) => {
    expect(await fault(readCaptionParquet({ ...source, ...changes, parquet: golden(name) }))).toMatch(message);
  });

  it("is refused when it is something else, or cut off", async () => {
    const { readFileSync } = await import("node:fs");
    const whole = readFileSync(golden("snappy"));
    for (const bytes of [Buffer.from("[]"), whole.subarray(0, 900), whole.subarray(0, whole.length - 3)]) {
      const file = put(join(newFolder(), "a.parquet"), bytes);
      expect(await fault(readCaptionParquet({ ...source, parquet: file }))).toMatch(
        /cannot be read as a parquet file: /,
      );
    }
  });
});

describe("sound files that are not there", () => {
  const pairs = (folder: string, names: readonly string[]) =>
    names.map((name, index) => ({
      index,
      place: `row ${index + 1}`,
      id: name,
      captions: ["."],
      path: join(folder, name),
    }));

  it("are refused with how many and which, or left out when that is asked for; an empty file is as good as none", () => {
    const folder = newFolder();
    put(join(folder, "a"), "x");
    put(join(folder, "b"), "");
    const all = pairs(folder, ["a", "b", "c"]);
    expect(() => withSound("list.json", all, "refuse")).toThrow(
      `list.json: 2 of its 3 sound files are missing or empty: ${join(folder, "b")} (row 2), ${join(folder, "c")} (row 3).`,
    );
    const { pairs: found, missing } = withSound("list.json", all, "skip");
    expect([found.map(({ id }) => id), missing.map(({ id }) => id)]).toEqual([["a"], ["b", "c"]]);
  });

  it("are too many when none is left, whatever is asked for; of many, some are listed", () => {
    const all = pairs(newFolder(), ["1", "2", "3", "4", "5", "6", "7"]);
    expect(() => withSound("list.json", all, "skip")).toThrow(
      /none of its 7 sound files is there: .*\/5 \(row 5\) and 2 more/,
    );
  });

  it("may be left out by the end of their path; one file of MagnaTagATune is known to be damaged", () => {
    const damaged = "f/tilopa-turkishauch-05-schlicht_1-88-117.mp3";
    const all = pairs("/mtt", ["a/a.mp3", "b/ba.mp3", damaged]);
    const rest = (exclude: readonly string[]) => withoutExcluded(all, exclude).map(({ id }) => id);
    expect(rest([])).toEqual(["a/a.mp3", "b/ba.mp3"]);
    expect(rest(["a.mp3"])).toEqual(["b/ba.mp3"]);
    expect(rest(["a/a.mp3"])).toEqual(["b/ba.mp3"]);
  });
});
