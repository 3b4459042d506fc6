import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { LoadSettings } from "../models/check-model.ts";
import { printable } from "../printable.ts";
import { writeText } from "../text-output.ts";
import { type ModelRunFlags, withModelRun } from "./embed-options.ts";
import { settingsOf } from "./model-settings.ts";
import { integer, list, path, seed } from "./shared-options.ts";

interface EmbedFlags extends ModelRunFlags {
  readonly model?: string;
  readonly dataset?: string;
  readonly prompts?: readonly string[];
  readonly name?: string;
  readonly datasetName?: string;
  readonly groundtruth?: string;
  readonly seed: number;
  readonly batchSize: number;
  readonly shard?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

interface MergeFlags {
  readonly store?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds `irec embed` with `merge` to the program. */
export function addEmbed(program: Command): void {
  const embed = withModelRun(
    program
      .command("embed")
      .summary("turn clips and prompts into a store of embeddings, with a model")
      .description(
        "Embeds the clips of a data set, and prompts for its labels, and writes them to a store that irec evaluate reads. " +
          "Whatever stops it, the same command continues and gives the same bytes.",
      )
      .option("-m, --model <name|path>", "a model that irec knows, or a checkpoint of your own", path)
      .option("-d, --dataset <name|folder|csv>", "such as tinysol; a folder of sounds; a CSV with path and label", path)
      .option(
        "-p, --prompts <names|files>",
        "built-in prompt sets, prompt files, or none (default: the study's, with the data set's labels)",
        list,
      ),
    "the store (default: embeddings)",
  )
    .option("--name <name>", "what the store calls the model", path)
    .option("--dataset-name <name>", "what the store calls the data set", path)
    .option("-g, --groundtruth <file>", "a CSV that says which clip has which label, instead of the usual one", path)
    .option("--seed <n>", "seed of random parts of clips and of random sentences", seed, 0)
    .option("--batch-size <n>", "clips that are computed together", integer(1, 4096), 8)
    .option("--shard <i/n>", "only this part of the work; irec embed merge joins the parts")
    .option("--dry-run", "say what would be done")
    .option("--json", "print what was done as JSON")
    .option("-q, --quiet", "no progress on stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ irec embed --model music-clap --dataset tinysol --store embeddings
  $ irec embed --model checkpoint.pth.tar --dataset ./sounds --prompts muscall_prompt,mine.json
  $ irec embed --model music-clap --dataset nsynth --shard 3/8 --store embeddings
  $ irec embed merge embeddings`,
    )
    .action(runEmbed);
  embed
    .command("merge")
    .summary("join what the shards of a run have computed")
    .description(
      "Joins the parts that runs with --shard have left in one store or in several. The outcome has the same bytes as that of " +
        "one run. The parts are removed when all of it is there.",
    )
    .argument("<stores...>", "where the parts are")
    .option("--store <dir>", "where the arrays go (default: the one store)", path)
    .option("--json", "print what was merged as JSON")
    .option("-q, --quiet", "no progress on stderr")
    .action((stores: readonly string[], _: unknown, command: Command) => runMerge(stores, command.optsWithGlobals()));
}

// What follows is loaded when it is needed, so that `irec --help` stays quick.

async function runEmbed(flags: EmbedFlags): Promise<void> {
  const { embed, planEmbedding } = await import("../embedding/embed.ts");
  const { planText, reportText } = await import("../embedding/report-text.ts");
  const { barProgress } = await import("../bar-progress.ts");
  const request = await requestOf(flags);
  const say = (line: string) => process.stderr.write(printable(`${line}\n`));
  const options = flags.quiet ? {} : { say, progress: barProgress(process.stderr) };
  const report = await (flags.dryRun ? planEmbedding : embed)(request, options);
  const text = flags.dryRun ? planText(report) : reportText(report);
  await writeText([flags.json ? `${JSON.stringify(report, null, 2)}\n` : printable(text)], undefined);
}

async function requestOf(flags: EmbedFlags) {
  if (flags.model === undefined) throw new UsageError("--model is missing: a model that irec knows, or a checkpoint.");
  const { resolveModel } = await import("../models/resolve-model.ts");
  const { readClips } = await import("../datasets/read-clips.ts");
  const { promptSetsFor } = await import("../embedding/prompt-sets.ts");
  const { parseShard } = await import("../embedding/shard.ts");
  const resolved = await resolveModel(flags.model, { tokenizer: flags.tokenizer });
  const loadOptions: LoadSettings = { ...resolved.loadOptions, ...settingsOf(flags) };
  const clips = await clipsOf(flags, readClips);
  return {
    ...flags,
    store: flags.store ?? "embeddings",
    model: { ...resolved, name: flags.name ?? resolved.name, loadOptions },
    clips,
    promptSets: await promptSetsFor(clips, flags.prompts, flags.seed),
    shard: flags.shard === undefined ? undefined : parseShard(flags.shard),
  };
}

async function clipsOf(
  { dataset, datasetName, path: folder, groundtruth: groundTruth, excludeRetuned, split }: EmbedFlags,
  readClips: typeof import("../datasets/read-clips.ts").readClips,
) {
  if (dataset === undefined) {
    const idle = Object.entries({ datasetName, path: folder, groundTruth, excludeRetuned, split });
    const given = idle.find(([, value]) => value !== undefined);
    if (given !== undefined) throw new UsageError(`${given[0]} speaks of a data set, and there is none: --dataset.`);
    return undefined;
  }
  const table = await readClips(dataset, { path: folder, groundTruth, excludeRetuned, split });
  return { ...table, dataset: datasetName ?? table.dataset };
}

async function runMerge(stores: readonly string[], { store, json, quiet }: MergeFlags): Promise<void> {
  const { mergeShards } = await import("../embedding/merge-shards.ts");
  const { mergeText } = await import("../embedding/report-text.ts");
  const { barProgress } = await import("../bar-progress.ts");
  if (store === undefined && stores.length > 1) {
    throw new UsageError("--store: with several stores, say where the merged one goes.");
  }
  const report = await mergeShards(stores, store ?? stores[0]!, quiet ? undefined : barProgress(process.stderr));
  await writeText([json ? `${JSON.stringify(report, null, 2)}\n` : printable(mergeText(report))], undefined);
}
