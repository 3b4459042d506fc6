import type { SimilarityKind } from "@irec/metrics";
import { type Command, Option } from "commander";
import { EXIT_CODES, UsageError } from "../errors.ts";
import type { EvaluateOptions } from "../evaluate.ts";
import { printable } from "../printable.ts";
import { EXPERIMENTS, type ExperimentName, type Results } from "../results/results.ts";
import { givenModelRunOption, type ModelRunFlags, withModelRun } from "./embed-options.ts";
import { settingsOf } from "./model-settings.ts";
import { integer, list, listOf, ONTOLOGY_HELP, path, readOntology, seed } from "./shared-options.ts";

const SIMILARITIES: readonly SimilarityKind[] = ["cosine", "dot", "euclidean", "manhattan", "angular", "pearson"];

interface EvaluateFlags extends ModelRunFlags {
  readonly embeddings?: string;
  readonly groundtruth?: string;
  readonly dataset?: string;
  readonly model?: readonly string[];
  readonly prompts?: readonly string[];
  readonly experiments?: readonly ExperimentName[];
  readonly similarity: SimilarityKind;
  readonly ontology: string;
  readonly seed: number;
  readonly draws: number;
  readonly out?: string;
  readonly figures: boolean;
  readonly report: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds `irec evaluate` to the program. */
export function addEvaluate(program: Command, args: readonly string[]): void {
  const evaluate = program
    .command("evaluate")
    .summary("score a model: does audio, text or the joint space know instruments?")
    .description(
      "Runs every experiment that a store of embeddings can serve, prints the tables and writes a run folder " +
        "(report.html, results.json, tables as CSV, Markdown and LaTeX, figures as SVG). With a --model and a --dataset it embeds them first, and fetches " +
        "what is missing. Without any of these it embeds the notes that ship with irec " +
        "with the small model that ships with irec, and evaluates that.",
    )
    .option("-e, --embeddings <store>", "folder with <model>/<audio|text>/<joint_space|pre_joint>/<name>.npy", path)
    .option("-g, --groundtruth <file>", "CSV: song,<label>,<label>,... with one 1 a row, or TinySOL's metadata", path)
    .option("-m, --model <names>", "models or checkpoints; of a store, only these (default: all)", list)
    .option("-d, --dataset <name>", "a data set, a folder or a CSV; of a store, which one, when there are several")
    .option("-p, --prompts <names>", "only these prompt sets (default: the study's; of a store, all)", list)
    .option(
      "-x, --experiments <names>",
      `only these: ${EXPERIMENTS.join(", ")} (default: all that can be)`,
      listOf(EXPERIMENTS),
    )
    .addOption(
      new Option("-s, --similarity <kind>", "how embeddings are compared").choices(SIMILARITIES).default("cosine"),
    )
    .option("--ontology <name|file>", ONTOLOGY_HELP, path, "doktorski")
    .option("--seed <n>", "seed of the bootstrap intervals", seed, 0)
    .option("--draws <n>", "draws of the bootstrap intervals", integer(1, 10_000_000), 1000)
    .option("-o, --out <dir>", "the run folder; must not exist or be empty (default: irec-run, irec-run-2, ...)", path)
    .option("--no-figures", "no figures in the run folder")
    .option("--no-report", "no report.html in the run folder (irec report makes it later)")
    .option("--json", "print results.json instead of tables; writes a run folder only with --out")
    .option("-q, --quiet", "no progress on stderr");
  withModelRun(evaluate, "where embeddings are kept (default: irec's cache)")
    .addHelpText(
      "after",
      `
Examples:
  $ irec evaluate
  $ irec evaluate --model music-clap --dataset tinysol
  $ irec evaluate --embeddings model_embeddings --groundtruth tinysol_groundtruth.csv --out run
  $ irec evaluate -e store -g truth.csv --model muscall --experiments audio-only,triplets
  $ irec evaluate -e store -g truth.csv --json | jq '.experiments.triplets[] | {model, promptSet, rule, micro}'

What cannot be served by the store is skipped, with the reason. An experiment named with --experiments that could not
be run at all, or a store that can serve none, makes the exit code ${EXIT_CODES.unavailable.code}; the rest is still written.`,
    )
    .action((flags: EvaluateFlags) => run(flags, args));
}

async function run(flags: EvaluateFlags, args: readonly string[]): Promise<void> {
  refuseIdleOptions(flags);
  // Loaded when needed, so that `irec --help` stays quick.
  const { nextRunFolder, prepareRunFolder, resultsText } = await import("../results/run-folder.ts");
  const { barProgress } = await import("../bar-progress.ts");

  const out = flags.out ?? (flags.json ? undefined : await nextRunFolder());
  const folder = out === undefined ? undefined : prepareRunFolder(out);
  try {
    const options = {
      ...flags,
      models: flags.model,
      promptSets: flags.prompts,
      ...(await readOntology(flags.ontology)),
      command: args,
      outcomes: folder?.write,
      ...(flags.quiet ? {} : { progress: barProgress(process.stderr) }),
    };
    const results = await evaluateWhatIsNamed(flags, options);
    if (folder !== undefined && flags.figures) {
      const { writeFigures } = await import("../figures/write-figures.ts");
      await writeFigures(results, { ...options, write: folder.write });
    }
    folder?.complete(results);
    const report = out === undefined || !flags.report || isEmpty(results) ? undefined : await writtenReport(out);
    process.stdout.write(
      flags.json
        ? resultsText(results)
        : printable(`\n${await shownText(flags, results)}\n${closing(flags, results, out, report)}`),
    );
    process.exitCode = exitCode(flags, results);
  } catch (error) {
    folder?.discard();
    throw error;
  }
}

/** An option that would have no effect is a misunderstanding. */
function refuseIdleOptions(flags: EvaluateFlags): void {
  if (flags.embeddings === undefined && flags.model !== undefined) {
    if (flags.dataset === undefined)
      throw new UsageError("--model needs --dataset, what it is to hear, or --embeddings, the store that it is in.");
    return;
  }
  const modelOption = givenModelRunOption(flags);
  if (modelOption !== undefined) {
    throw new UsageError(
      `${modelOption} is for a --model that is run on a --dataset; ` +
        (flags.embeddings === undefined
          ? "without them the sample is evaluated."
          : "a store has been computed before."),
    );
  }
  if (flags.embeddings !== undefined) return;
  for (const name of ["groundtruth", "dataset", "prompts"] as const) {
    if (flags[name] !== undefined) throw new UsageError(`--${name} needs --embeddings, the store that it speaks of.`);
  }
}

type Options = Omit<EvaluateOptions, "embeddings">;

/** A store, models on a data set, or the sample. */
async function evaluateWhatIsNamed(flags: EvaluateFlags, options: Options): Promise<Results> {
  const { evaluate } = await import("../evaluate.ts");
  if (flags.embeddings !== undefined) {
    return await evaluate({ ...options, embeddings: flags.embeddings, groundTruth: flags.groundtruth });
  }
  if (flags.model === undefined) return await evaluateSample(options);
  const { embedToEvaluate } = await import("../embedding/embed-to-evaluate.ts");
  const { notesText } = await import("../embedding/report-text.ts");
  const say = (line: string) => process.stderr.write(printable(`${line}\n`));
  const { reports, ...embedded } = await embedToEvaluate(
    {
      ...flags,
      models: flags.model,
      dataset: flags.dataset!,
      groundTruth: flags.groundtruth,
      settings: settingsOf(flags),
      seed: 0,
    },
    flags.quiet ? {} : { say, progress: options.progress },
  );
  for (const report of reports) for (const line of notesText(report)) say(line);
  return await evaluate({ ...options, ...embedded });
}

async function evaluateSample(options: Options): Promise<Results> {
  const { withSampleStore } = await import("../sample/sample-store.ts");
  const { evaluate } = await import("../evaluate.ts");
  return await withSampleStore(options.progress, (store) => evaluate({ ...options, ...store }));
}

/** For the sample a page; for everything else all the tables. */
async function shownText(flags: EvaluateFlags, results: Results): Promise<string> {
  if (isSample(flags)) return (await import("../sample/sample-summary.ts")).sampleSummary(results);
  return (await import("../results/summary.ts")).summaryText(results);
}

/** The page of a run folder that is complete: it can be made again, so that the run does not depend on it. */
async function writtenReport(run: string): Promise<string> {
  return await (await import("../report/write-report.ts")).writeReport(run);
}

function closing(flags: EvaluateFlags, results: Results, out: string | undefined, report: string | undefined): string {
  const tables = `${out}/tables/ (CSV, Markdown, LaTeX)`;
  const more = isEmpty(results) ? "" : flags.figures ? `, ${tables} and ${out}/figures/ (SVG, CSV)` : ` and ${tables}`;
  const page = report === undefined ? "" : `Look at ${report}, in a browser.\n`;
  const wrote = out === undefined ? "" : `Wrote ${out}/results.json${more}.\n${page}`;
  if (!isSample(flags)) return wrote;
  return (
    `${wrote}Next, a published model on recorded notes (some gigabytes to fetch): irec evaluate --model music-clap --dataset tinysol\n` +
    "Embeddings of your own: irec evaluate --embeddings STORE --groundtruth FILE\n"
  );
}

const isSample = ({ embeddings, model }: EvaluateFlags): boolean => embeddings === undefined && model === undefined;

const isEmpty = ({ experiments }: Results): boolean => Object.keys(experiments).length === 0;

/** 0 only when everything that was asked for was done. */
function exitCode({ experiments = [] }: EvaluateFlags, results: Results): number {
  const missing = experiments.filter((name) => results.experiments[name] === undefined);
  return missing.length > 0 || isEmpty(results) ? EXIT_CODES.unavailable.code : EXIT_CODES.done.code;
}
