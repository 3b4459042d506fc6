import { type Command, InvalidArgumentError, Option } from "commander";
import { EXIT_CODES } from "../errors.ts";
import type { LoadSettings } from "../models/check-model.ts";
import { writeText } from "../text-output.ts";
import { path } from "./shared-options.ts";

interface SettingFlags {
  readonly allowOpaque?: boolean;
  readonly textHeads?: number;
  readonly sampleRate?: number;
  readonly clipSeconds?: number;
  readonly hopLength?: number;
}

interface InspectFlags extends SettingFlags {
  readonly tensors?: boolean;
  readonly json?: boolean;
}

interface CheckFlags extends SettingFlags {
  readonly tokenizer?: string;
  readonly backend?: "auto" | "tensorflow" | "wasm";
  readonly json?: boolean;
}

/** Adds `irec models` with `inspect` and `check` to the program. */
export function addModels(program: Command): void {
  const models = program
    .command("models")
    .summary("say what a model file is, and whether it works here")
    .description("Looks at model files: checkpoints of LAION-CLAP (PyTorch or Hugging Face) and MusCALL.");
  withSettings(
    models
      .command("inspect")
      .summary("what a file is: format, tensors, which model it matches, what is missing")
      .description(
        "Says what a checkpoint is: its format, tensors and types, which model it matches, and what is missing or too much. " +
          "Reads headers only, so that a file of gigabytes takes no time; nothing in it is executed.",
      )
      .argument("<file>", "a checkpoint, a folder as Hugging Face makes them, or a URL", path)
      .option("--tensors", "list every tensor")
      .option("--json", "print everything as JSON"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ irec models inspect music_audioset_epoch_15_esc_90.14.pt
  $ irec models inspect clap-htsat-unfused/ --tensors`,
    )
    .action(runInspect);
  withSettings(
    models
      .command("check")
      .summary("load a model, and test that it computes here what it should")
      .description(
        "Loads a model and looks at its health: weights that are NaN or all zero, a text tower that no longer tells texts " +
          "apart. Then tests the computing: rows alone and in a batch, a second time, by plain operations, on each backend that " +
          "starts. Exit code 0 when nothing is wrong.",
      )
      .argument("<file>", "a checkpoint, a folder as Hugging Face makes them, or a URL", path)
      .option(
        "--tokenizer <path>",
        "a folder with vocab.json and merges.txt, or tokenizer.json (default: beside it)",
        path,
      )
      .addOption(new Option("--backend <name>", "what computes").choices(["auto", "tensorflow", "wasm"]))
      .option("--json", "print the results as JSON"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ irec models check music_audioset_epoch_15_esc_90.14.pt --tokenizer roberta-base/
  $ irec models check muscall/checkpoint.pth.tar --backend wasm`,
    )
    .action(runCheck);
}

/** How to read a checkpoint, and what it does not say about itself. */
function withSettings(command: Command): Command {
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

function settingsOf({ allowOpaque, textHeads, sampleRate, clipSeconds, hopLength }: SettingFlags): LoadSettings {
  const given = Object.entries({ allowOpaque, textHeads, sampleRate, clipSeconds, hopLength });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

async function runInspect(file: string, flags: InspectFlags): Promise<void> {
  const [{ withEncoders }, text] = await Promise.all([
    import("../encoders.ts"),
    import("../models/inspection-text.ts"),
  ]);
  const inspection = await withEncoders(({ inspectModel }) => inspectModel(file, settingsOf(flags)));
  const shown = flags.json ? text.inspectionJson(inspection) : text.inspectionText(inspection, flags.tensors === true);
  await writeText([shown], undefined);
}

async function runCheck(file: string, flags: CheckFlags): Promise<void> {
  const [{ checkModel }, text] = await Promise.all([
    import("../models/check-model.ts"),
    import("../models/check-text.ts"),
  ]);
  const say = (line: string) => process.stderr.write(`${line} ...\n`);
  const check = await checkModel(file, { ...flags, settings: settingsOf(flags), say });
  await writeText([flags.json ? `${JSON.stringify(check, null, 2)}\n` : text.checkText(check)], undefined);
  if (!check.passed) process.exitCode = EXIT_CODES.input.code;
}
