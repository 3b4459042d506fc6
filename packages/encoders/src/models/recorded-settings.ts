import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { CheckpointFormatError } from "../checkpoint/errors.ts";
import { quoted } from "../checkpoint/quoted.ts";
import type { ModelSettings } from "./model-family.ts";

/** The key in the metadata of a safetensors file under which this package keeps what names and shapes do not tell. */
const SETTINGS_KEY = "irec_model_settings";

/** The settings that a file may hold: numbers, each of which an option of `loadTwoTower` can replace. */
const recordable = [
  ...(["textHeads", "sampleRate", "clipSeconds", "fMin", "fMax"] as const),
  ...(["hopLength", "melBins", "fftLength", "dynamicRange"] as const),
] satisfies readonly (keyof ModelSettings)[];

export type RecordedSettings = Pick<ModelSettings, (typeof recordable)[number]>;

/** Settings as metadata of a safetensors file, in an order that does not depend on that of the settings. */
export function settingsMetadata(settings: RecordedSettings): Readonly<Record<string, string>> {
  const given = recordable.filter((name) => settings[name] !== undefined).map((name) => [name, settings[name]]);
  return { [SETTINGS_KEY]: JSON.stringify(Object.fromEntries(given)) };
}

/**
 * The settings that a checkpoint records of itself; none when it is of another program.
 * @throws {CheckpointFormatError} when they are no numbers by known names
 */
export function recordedSettings({ name: file, metadata }: Pick<Checkpoint, "name" | "metadata">): RecordedSettings {
  const recorded = metadata.get(SETTINGS_KEY);
  if (recorded === undefined) return {};
  const parsed = parsedObject(recorded);
  const entries = Object.entries(parsed ?? { "": undefined });
  const bad = entries.find(([name, value]) => !isRecordable(name) || typeof value !== "number");
  if (bad === undefined) return parsed as RecordedSettings;
  const found = quoted(String(recorded));
  throw new CheckpointFormatError(
    { file },
    `has ${found} as ${SETTINGS_KEY} in its metadata, expected a JSON object of numbers by ${recordable.join(", ")}`,
  );
}

function isRecordable(name: string): boolean {
  return (recordable as readonly string[]).includes(name);
}

function parsedObject(text: unknown): object | undefined {
  try {
    const parsed: unknown = JSON.parse(String(text));
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
