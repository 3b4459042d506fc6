import { dirname, join } from "node:path";
import { InputError } from "../../errors.ts";
import { type JsonField, readJsonFile } from "../../json-field.ts";
import { quoted } from "../../quoted.ts";
import { type CaptionedClip, pathInside } from "./pairs.ts";

/** A list of captions as MusCALL has it. */
export interface ListSource {
  /** A JSON file. */
  readonly captions: string;
  /** The folder of the sound files; undefined for `audio` beside the list, as MusCALL has it. */
  readonly audio: string | undefined;
}

/** Ten million captions; MusCALL's own training data has some ten thousand. */
const MAX_LIST_BYTES = 2 ** 31;

/**
 * The pairs of a JSON list `[{"audio_id": 1, "caption": "...", "audio_path": "1.npy"}, ...]`. `caption` may be a list of
 * texts, `audio_id` a text; other keys are not looked at.
 * @throws {InputError} naming the entry that is wrong
 */
export async function readCaptionList({ captions: file, audio }: ListSource): Promise<readonly CaptionedClip[]> {
  const folder = audio ?? join(dirname(file), "audio");
  const list = await readJsonFile(file, "list", MAX_LIST_BYTES);
  let index = 0;
  const pairs = list.list((entry) => {
    const caption = entry.get("caption");
    return {
      index,
      place: `entry ${++index}`,
      id: idOf(entry.get("audio_id")),
      captions: caption.isList() ? captionsOf(caption) : [caption.text().trim()],
      path: pathOf(entry.get("audio_path"), folder),
    };
  });
  if (pairs.length === 0) throw new InputError(file, "is an empty list; expected one entry a clip.");
  return pairs;
}

function pathOf(field: JsonField, folder: string): string {
  const path = pathInside(folder, field.text());
  if (path === undefined) throw field.error(`${quoted(field.text())} leads out of ${folder}, the folder of the sound`);
  return path;
}

function captionsOf(field: JsonField): readonly string[] {
  const captions = field.list((item) => item.text().trim());
  if (captions.length === 0) throw field.error("is empty; expected at least one caption");
  return captions;
}

function idOf(field: JsonField): string {
  return field.isText() ? field.text() : String(field.integer(0));
}
