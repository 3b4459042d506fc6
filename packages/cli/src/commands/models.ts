import { type Command, Option } from "commander";
import { EXIT_CODES } from "../errors.ts";
import { printable } from "../printable.ts";
import { writeText } from "../text-output.ts";
import { type SettingFlags, settingsOf, withSettings } from "./model-settings.ts";
import { path } from "./shared-options.ts";

interface JsonFlag {
  readonly json?: boolean;
}

interface PullFlags extends JsonFlag {
  readonly revision?: string;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
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

/** Adds `irec models` with `list`, `pull`, `inspect` and `check` to the program. */
export function addModels(program: Command): void {
  const models = program
    .command("models")
    .summary("fetch models, say what a model file is, and whether it works here")
    .description(
      "Knows published models by name, and looks at model files: checkpoints of LAION-CLAP (PyTorch or Hugging Face) and MusCALL.",
    );
  models
    .command("list")
    .description("Lists the models that irec knows by name, with their size, and where they are on this machine.")
    .option("--json", "print everything that is known of them as JSON")
    .action(runList);
  models
    .command("pull")
    .summary("download a model and its vocabulary")
    .description(
      "Downloads a model and the vocabulary of its text tower into the cache that Hugging Face's tools share, and compares every " +
        "file with the hub's checksum. What those tools have fetched is found, and they find what this fetches. Whatever stops it, " +
        "the same command continues.",
    )
    .argument("<name>", "such as music-clap; muscall has a vocabulary only")
    .option("--revision <name>", "a branch, tag or commit of its repository, also as NAME@REVISION (default: main)")
    .option("--dry-run", "say what would be fetched, and how large it is")
    .option("--json", "print what was fetched as JSON")
    .option("-q, --quiet", "no progress on stderr")
    .addHelpText(
      "after",
      `
Environment:
  HF_HOME, HF_HUB_CACHE                where the cache is (default: ~/.cache/huggingface/hub)
  HF_ENDPOINT                          another hub than https://huggingface.co
  HF_TOKEN                             who you are, for models that are not given to everybody
  HF_HUB_OFFLINE                       1: use the cache only
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY    as everywhere

Examples:
  $ irec models pull music-clap --dry-run
  $ irec models pull music-clap
  $ irec models check music-clap`,
    )
    .action(runPull);
  withSettings(
    models
      .command("inspect")
      .summary("what a file is: format, tensors, which model it matches, what is missing")
      .description(
        "Says what a checkpoint is: its format, tensors and types, which model it matches, and what is missing or too much. " +
          "Reads headers only, so that a file of gigabytes takes no time; nothing in it is executed.",
      )
      .argument("<model>", MODEL_ARGUMENT, path)
      .option("--tensors", "list every tensor")
      .option("--json", "print everything as JSON"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ irec models inspect music_audioset_epoch_15_esc_90.14.pt
  $ irec models inspect music-clap
  $ irec models inspect ./clap-htsat-unfused/ --tensors`,
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
      .argument("<model>", MODEL_ARGUMENT, path)
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
  $ irec models check music-clap
  $ irec models check muscall=runs/checkpoint.pth.tar --backend wasm`,
    )
    .action(runCheck);
}

const MODEL_ARGUMENT =
  "a name of irec models list, a checkpoint, a folder as Hugging Face makes them, a URL, or NAME=PATH";

// What follows is loaded when it is needed, so that `irec --help` stays quick.

async function runList({ json }: JsonFlag): Promise<void> {
  const { modelList, modelListJson } = await import("../models/model-text.ts");
  await writeText([json ? modelListJson() : printable(modelList())], undefined);
}

async function runPull(name: string, { revision, json, quiet, dryRun }: PullFlags): Promise<void> {
  const { registeredModel } = await import("../models/model-reference.ts");
  const { modelTerms, pulledJson, pulledText } = await import("../models/model-text.ts");
  const { pullModel } = await import("../models/pull-model.ts");
  const { barProgress } = await import("../bar-progress.ts");
  const model = registeredModel(revision === undefined ? name : `${name}@${revision}`);
  const say = (line: string) => process.stderr.write(printable(`${line}\n`));
  if (!quiet) say(modelTerms(model.entry));
  const pulled = await pullModel(model.entry, {
    revision: model.revision,
    dryRun,
    ...(quiet ? {} : { say, progress: barProgress(process.stderr) }),
  });
  for (const { warning } of pulled) if (warning !== undefined) say(`warning: ${warning}`);
  await writeText([json ? pulledJson(pulled) : printable(pulledText(model.entry, pulled))], undefined);
}

async function runInspect(file: string, flags: InspectFlags): Promise<void> {
  const [{ withEncoders }, { resolveModel }, text] = await Promise.all([
    import("../encoders.ts"),
    import("../models/resolve-model.ts"),
    import("../models/inspection-text.ts"),
  ]);
  const { checkpoint, tokenizer, loadOptions } = await resolveModel(file);
  const options = { ...loadOptions, ...settingsOf(flags) };
  const inspection = await withEncoders(async ({ inspectModel }) => {
    const found = await inspectModel(checkpoint, options);
    return { ...found, hasTokenizer: found.hasTokenizer || tokenizer !== undefined };
  });
  const shown = flags.json ? text.inspectionJson(inspection) : text.inspectionText(inspection, flags.tensors === true);
  await writeText([shown], undefined);
}

async function runCheck(file: string, flags: CheckFlags): Promise<void> {
  const [{ checkModel }, { resolveModel }, text] = await Promise.all([
    import("../models/check-model.ts"),
    import("../models/resolve-model.ts"),
    import("../models/check-text.ts"),
  ]);
  const say = (line: string) => process.stderr.write(`${line} ...\n`);
  const { checkpoint, tokenizer, loadOptions } = await resolveModel(file, { tokenizer: flags.tokenizer });
  const settings = { ...loadOptions, ...settingsOf(flags) };
  const check = await checkModel(checkpoint, { tokenizer, backend: flags.backend, settings, say });
  await writeText([flags.json ? `${JSON.stringify(check, null, 2)}\n` : text.checkText(check)], undefined);
  if (!check.passed) process.exitCode = EXIT_CODES.input.code;
}
