import type { BackendChoice } from "@irec/encoders";
import { type Command, Option } from "commander";
import { type SettingFlags, settingsOf, withSettings } from "./model-settings.ts";
import { integer, path } from "./shared-options.ts";

/** How a model is read and clips become embeddings. */
export interface ModelRunFlags extends SettingFlags {
  readonly store?: string;
  readonly tokenizer?: string;
  readonly path?: string;
  readonly excludeRetuned?: boolean;
  readonly split?: string;
  readonly backend?: BackendChoice;
  readonly lengthPolicy?: string;
  readonly jobs?: number;
  readonly skipBad?: boolean;
}

/** Adds the options of `ModelRunFlags`, for commands that run a model on a data set. */
export function withModelRun(command: Command, storeHelp: string): Command {
  return withSettings(
    command
      .option("--store <dir>", storeHelp, path)
      .option("--tokenizer <path>", "a folder with vocab.json and merges.txt, or tokenizer.json", path)
      .option("--path <dir>", "the data set's folder (default: in $IREC_DATA, else in ~/mir_datasets)", path)
      .option("--exclude-retuned", "tinysol: without the 640 notes that were retuned or resampled by computer")
      .option("--split <name>", "only this official split, such as test")
      .addOption(new Option("--backend <name>", "what computes").choices(["auto", "tensorflow", "wasm"]))
      .option(
        "--length-policy <name>",
        "what is done to short and long clips: same-input, study, study-joint, study-pre-joint, muscall-centre " +
          "(default: the model's own)",
      )
      .option("--jobs <n>", "batches computed at a time; on wasm, each with the model in memory", integer(1, 256))
      .option("--skip-bad", "leave out clips that cannot be embedded, and list them"),
  );
}

/** The option of `ModelRunFlags` that was given first, if any, as it is written. */
export function givenModelRunOption(flags: ModelRunFlags): string | undefined {
  const { store, tokenizer, path: folder, excludeRetuned, split, backend, lengthPolicy, jobs, skipBad } = flags;
  const named = {
    ...{ store, tokenizer, path: folder, "exclude-retuned": excludeRetuned, split, backend },
    ...{ "length-policy": lengthPolicy, jobs, "skip-bad": skipBad },
  };
  const given = Object.entries(named).find(([, value]) => value !== undefined)?.[0];
  if (given !== undefined) return `--${given}`;
  const setting = Object.keys(settingsOf(flags))[0];
  return setting && `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
