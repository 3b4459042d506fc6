import type { SimilarityKind } from "@irec/metrics";
import { type Command, Option } from "commander";
import { EXIT_CODES, UsageError } from "../errors.ts";
import { printable } from "../printable.ts";
import { EXPERIMENTS, type ExperimentName, type Results } from "../results/results.ts";
import { integer, list, listOf, ONTOLOGY_HELP, path, readOntology, seed } from "./shared-options.ts";

const SIMILARITIES: readonly SimilarityKind[] = ["cosine", "dot", "euclidean", "manhattan", "angular", "pearson"];

interface EvaluateFlags {
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
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds `irec evaluate` to the program. */
export function addEvaluate(program: Command, args: readonly string[]): void {
  program
    .command("evaluate")
    .summary("score stored embeddings: does audio, text or the joint space know instruments?")
    .description(
      "Runs every experiment that a store of embeddings can serve, prints the tables and writes a run folder " +
        "(results.json and tables as CSV, Markdown and LaTeX). Without --embeddings it shows the same on a small " +
        "synthetic store, made from a seed.",
    )
    .option("-e, --embeddings <store>", "folder with <model>/<audio|text>/<joint_space|pre_joint>/<name>.npy", path)
    .option("-g, --groundtruth <file>", "CSV: song,<label>,<label>,... with one 1 a row, or TinySOL's metadata", path)
    .option("-m, --model <names>", "only these models of the store (default: all)", list)
    .option("-d, --dataset <name>", "the audio array that the ground truth belongs to, when there are several")
    .option("-p, --prompts <names>", "only these prompt sets (default: all)", list)
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
    .option("--json", "print results.json instead of tables; writes a run folder only with --out")
    .option("-q, --quiet", "no progress on stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ irec evaluate
  $ irec evaluate --embeddings model_embeddings --groundtruth tinysol_groundtruth.csv --out run
  $ irec evaluate -e store -g truth.csv --model muscall --experiments audio-only,triplets
  $ irec evaluate -e store -g truth.csv --json | jq '.experiments.triplets[] | {model, promptSet, rule, micro}'

What cannot be served by the store is skipped, with the reason. An experiment named with --experiments that could not
be run at all, or a store that can serve none, makes the exit code ${EXIT_CODES.unavailable.code}; the rest is still written.`,
    )
    .action((flags: EvaluateFlags) => run(flags, args));
}

async function run(flags: EvaluateFlags, args: readonly string[]): Promise<void> {
  if (flags.embeddings === undefined) refuseWithoutStore(flags);
  // Loaded when needed, so that `irec --help` stays quick.
  const { evaluate } = await import("../evaluate.ts");
  const { nextRunFolder, prepareRunFolder, resultsText } = await import("../results/run-folder.ts");
  const { summaryText } = await import("../results/summary.ts");
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
      ...(flags.quiet ? {} : { progress: barProgress(process.stderr) }),
    };
    const results =
      flags.embeddings === undefined
        ? await evaluateSample(options)
        : await evaluate({ ...options, embeddings: flags.embeddings, groundTruth: flags.groundtruth });
    folder?.complete(results);
    process.stdout.write(
      flags.json ? resultsText(results) : printable(`\n${summaryText(results)}\n${closing(flags, results, out)}`),
    );
    process.exitCode = exitCode(flags, results);
  } catch (error) {
    folder?.discard();
    throw error;
  }
}

/** The options that speak of a store make no sense without one. */
function refuseWithoutStore(flags: EvaluateFlags): void {
  for (const name of ["groundtruth", "dataset", "model", "prompts"] as const) {
    if (flags[name] !== undefined) throw new UsageError(`--${name} needs --embeddings, the store that it speaks of.`);
  }
}

async function evaluateSample(options: Omit<Parameters<typeof import("../evaluate.ts").evaluate>[0], "embeddings">) {
  const { withSyntheticStore } = await import("../sample/synthetic-store.ts");
  const { evaluate } = await import("../evaluate.ts");
  return await withSyntheticStore((store) => evaluate({ ...options, ...store }));
}

function closing(flags: EvaluateFlags, results: Results, out: string | undefined): string {
  const tables = isEmpty(results) ? "" : ` and ${out}/tables/ (CSV, Markdown, LaTeX)`;
  const wrote = out === undefined ? "" : `Wrote ${out}/results.json${tables}.\n`;
  if (flags.embeddings !== undefined) return wrote;
  return `${wrote}Your own embeddings: irec evaluate --embeddings STORE --groundtruth FILE (irec evaluate --help says more)\n`;
}

const isEmpty = ({ experiments }: Results): boolean => Object.keys(experiments).length === 0;

/** 0 only when everything that was asked for was done. */
function exitCode({ experiments = [] }: EvaluateFlags, results: Results): number {
  const missing = experiments.filter((name) => results.experiments[name] === undefined);
  return missing.length > 0 || isEmpty(results) ? EXIT_CODES.unavailable.code : EXIT_CODES.done.code;
}
