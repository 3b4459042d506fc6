import { type Command, InvalidArgumentError, Option } from "commander";
import { TRIPLET_RULES } from "../results/results.ts";
import type { TripletFlags } from "../triplets/write-triplets.ts";
import { integer, ONTOLOGY_HELP, path, seed } from "./shared-options.ts";

/** Adds `irec triplets` to the program. */
export function addTriplets(program: Command): void {
  program
    .command("triplets")
    .summary("write the (anchor, positive, negative) triplets of an instrument ontology")
    .description(
      "Writes every triplet of terms in which the anchor is strictly more similar to the positive than to the negative, " +
        "as CSV or JSON Lines, to a file or to stdout.",
    )
    .option("--ontology <name|file>", ONTOLOGY_HELP, path, "doktorski")
    .option(
      "-t, --terms <which>",
      "all, leaves, tinysol (those of its 14 that it has), or a list: violin,viola,tuba",
      "all",
    )
    .addOption(new Option("-r, --rule <rule>", "how similar two terms are").choices(withDefaultFirst()).default("lca"))
    .option("--min-gap <gap>", "the positive must be more similar by at least this (levels, edges or a fraction)", gap)
    .option("-n, --sample <n>", "this many triplets, drawn uniformly without replacement", integer(0, 2 ** 23))
    .option("--seed <n>", "seed of the sample", seed, 0)
    .addOption(
      new Option("-c, --columns <what>", "what to write of a term (default: label)").choices([
        "label",
        "name",
        "id",
        "index",
      ]),
    )
    .addOption(new Option("-f, --format <format>", "form of the output").choices(["csv", "jsonl"]).default("csv"))
    .option("--count", "print how many triplets and ties there are, and write none")
    .option("-o, --out <file>", "write here instead of to stdout; must not exist", path)
    .addHelpText(
      "after",
      `
Rules:
  lca             depth of the lowest common ancestor (default)
  path            fewest edges between the two terms
  wu-palmer       Wu and Palmer's similarity, compared exactly
  published-2024  the study's rule with its faults, for reproduction only; terms all or tinysol

Examples:
  $ irec triplets --count
  $ irec triplets --terms tinysol --out tinysol-triplets.csv
  $ irec triplets --terms leaves --rule wu-palmer --sample 10000 --seed 7 --format jsonl > sample.jsonl
  $ irec triplets --ontology agreed --out defensible.csv
  $ irec triplets --rule published-2024 --terms all --out published.csv`,
    )
    .action(run);
}

const withDefaultFirst = () => [...TRIPLET_RULES].sort((a, b) => Number(b === "lca") - Number(a === "lca"));

function gap(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("Expected a number of at least 0.");
  }
  return value;
}

async function run(flags: TripletFlags, command: Command): Promise<void> {
  // Loaded when needed, so that `irec --help` stays quick.
  const { writeTriplets } = await import("../triplets/write-triplets.ts");
  await writeTriplets(flags, (name) => command.getOptionValueSource(name) === "cli");
}
