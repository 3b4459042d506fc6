import { type Command, InvalidArgumentError } from "commander";
import type { LoadSettings } from "../models/check-model.ts";

export interface SettingFlags {
  readonly allowOpaque?: boolean;
  readonly textHeads?: number;
  readonly sampleRate?: number;
  readonly clipSeconds?: number;
  readonly hopLength?: number;
}

/** How to read a checkpoint, and what it does not say about itself. */
export function withSettings(command: Command): Command {
  return command
    .option("--allow-opaque", "read around unknown Python objects outside the weights; nothing is executed")
    .option("--text-heads <n>", "attention heads of the text tower, where they are not the published number", positive)
    .option("--sample-rate <hz>", "sample rate that the model was trained at", positive)
    .option("--clip-seconds <s>", "seconds of audio that it reads at once", positive)
    .option("--hop-length <n>", "samples from one frame to the next", positive);
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError("Expected a number above 0.");
  }
  return value;
}

export function settingsOf({ allowOpaque, textHeads, sampleRate, clipSeconds, hopLength }: SettingFlags): LoadSettings {
  const given = Object.entries({ allowOpaque, textHeads, sampleRate, clipSeconds, hopLength });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
