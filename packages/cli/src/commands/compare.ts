import { type Command, InvalidArgumentError } from "commander";
import {
  CLIP_MEASURES,
  type ClipMeasure,
  COMPARED_EXPERIMENTS,
  type ComparedExperiment,
} from "../compare/comparisons.ts";
import { EXIT_CODES } from "../errors.ts";
import { printable } from "../printable.ts";
import { AUDIO_RULES, type AudioRule, TRIPLET_RULES, type TripletRule } from "../results/results.ts";
import { integer, listOf, path, seed } from "./shared-options.ts";

const RULES = [...AUDIO_RULES, ...TRIPLET_RULES] as const;

interface CompareFlags {
  readonly modelA?: string;
  readonly modelB?: string;
  readonly promptsA?: string;
  readonly promptsB?: string;
  readonly experiments?: readonly ComparedExperiment[];
  readonly rules?: readonly (AudioRule | TripletRule)[];
  readonly measures?: readonly ClipMeasure[];
  readonly alpha: number;
  readonly draws: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds `irec compare` to the program. */
export function addCompare(program: Command, args: readonly string[]): void {
  program
    .command("compare")
    .summary("say whether one model, prompt set or run is better than another, by paired tests")
    .description(
      "Compares what two runs of irec evaluate scored on the same clips and triplets, row by row: the difference with its " +
        "interval, a paired test, an effect size, and whether a is better than b, worse, or not distinguishable from it. " +
        "Of a single run it compares every two models, those that are named, or two prompt sets.",
    )
    .argument("<run-a>", "a run folder", path)
    .argument("[run-b]", "another (default: the same)", path)
    .option("--model-a <name>", "only this model of run-a (default: the only one, or each with the one of its name)")
    .option("--model-b <name>", "and this one of run-b")
    .option("--prompts-a <name>", "only this prompt set of run-a (default: each with the one of its name)")
    .option("--prompts-b <name>", "and this one of run-b")
    .option("-x, --experiments <names>", `only these: ${COMPARED_EXPERIMENTS.join(", ")}`, listOf(COMPARED_EXPERIMENTS))
    .option("--rules <names>", `of audio-only and triplets, only these: ${RULES.join(", ")}`, listOf(RULES))
    .option(
      "--measures <names>",
      `of clips: ${CLIP_MEASURES.join(", ")} (default: top-1, balanced-accuracy, roc-auc)`,
      listOf(CLIP_MEASURES),
    )
    .option("--alpha <share>", "chance of any false claim within an experiment", share, 0.05)
    .option("--draws <n>", "draws of the bootstrap and of random sign patterns", integer(1, 10_000_000), 10_000)
    .option("--seed <n>", "their seed", seed, 0)
    .option("-o, --out <dir|file>", "a folder for all forms, or a .json, .csv, .md or .tex; must not exist", path)
    .option("--json", "print JSON instead of the table")
    .option("-q, --quiet", "no progress on stderr")
    .addHelpText(
      "after",
      `
Tests:
  top-1             McNemar's exact test; swaps of whole groups where clips of one pitch are drawn together
  triplet-accuracy  swaps of the answers to all triplets of an anchor
  other measures    bootstrap of the difference
All tests of one experiment are one family of Holm's correction. An interval has the level 1 - alpha.

Examples:
  $ irec compare run-before run-after
  $ irec compare run-clap run-muscall --experiments zero-shot,triplets --out comparison
  $ irec compare run --model-a music-clap --model-b muscall --rules lca,by-fold
  $ irec compare run --prompts-a muscall_prompt --prompts-b negative_muscall_prompts
  $ irec compare run-before run-after --json | jq -r '.comparisons[].sentence'`,
    )
    .action((runA: string, runB: string | undefined, flags: CompareFlags) => run(runA, runB, flags, args));
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < 1)) {
    throw new InvalidArgumentError("Expected a number between 0 and 1, such as 0.05.");
  }
  return value;
}

async function run(
  runA: string,
  runB: string | undefined,
  flags: CompareFlags,
  args: readonly string[],
): Promise<void> {
  // Loaded when needed, so that `irec --help` stays quick.
  const { compareRuns } = await import("../compare/compare-runs.ts");
  const { comparisonText } = await import("../compare/comparison-table.ts");
  const { comparisonOutput } = await import("../compare/write-comparison.ts");
  const { barProgress } = await import("../bar-progress.ts");
  const { jsonText } = await import("../json-text.ts");
  const output = flags.out === undefined ? undefined : comparisonOutput(flags.out);
  try {
    const progress = flags.quiet ? {} : { progress: barProgress(process.stderr) };
    const found = await compareRuns({ ...flags, runA, runB, command: args, ...progress });
    await output?.write(found);
    process.stdout.write(flags.json ? jsonText(found) : printable(`\n${comparisonText(found)}`));
    const missing = (flags.experiments ?? []).filter(
      (name) => !found.families.some(({ experiment }) => experiment === name),
    );
    if (missing.length > 0 || found.comparisons.length === 0) process.exitCode = EXIT_CODES.unavailable.code;
  } catch (error) {
    output?.discard();
    throw error;
  }
}
