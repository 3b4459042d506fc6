import {
  type AgreedTriplets,
  AmbiguousTermError,
  ArgumentError,
  agreedTriplets,
  doktorski,
  publishedTinysolTriplets,
  publishedTripletCsv,
  type SimilarityRule,
  sampleTriplets,
  sharedInstruments,
  type Taxonomy,
  type TaxonomyNode,
  TermListError,
  type TripletArrays,
  type TripletColumns,
  TripletCountError,
  tinysolTerms,
  tripletCsv,
  tripletJsonl,
  tripletSet,
  UnknownTermError,
} from "@irec/ontology";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../errors.ts";
import { NAMED_ONTOLOGIES, type OntologyChoice } from "../ontology-choice.ts";
import { TRIPLET_RULES, type TripletRule } from "../results/results.ts";
import { writeText } from "../text-output.ts";
import { integer, ONTOLOGY_HELP, path, readOntology, seed } from "./shared-options.ts";

interface TripletFlags {
  readonly ontology: string;
  readonly terms: string;
  readonly rule: TripletRule;
  readonly minGap?: number;
  readonly sample?: number;
  readonly seed: number;
  readonly columns?: TripletColumns;
  readonly format: "csv" | "jsonl";
  readonly count?: boolean;
  readonly out?: string;
}

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
    .action((flags: TripletFlags, command: Command) =>
      run(flags, (name) => command.getOptionValueSource(name) === "cli"),
    );
}

const withDefaultFirst = () => [...TRIPLET_RULES].sort((a, b) => Number(b === "lca") - Number(a === "lca"));

function gap(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("Expected a number of at least 0.");
  }
  return value;
}

async function run(flags: TripletFlags, given: (name: keyof TripletFlags) => boolean): Promise<void> {
  refuseIdleOptions(flags, given);
  const { ontology } = await readOntology(flags.ontology);
  try {
    await write(flags, ontology);
  } catch (error) {
    // What the library refuses of terms and numbers came from the command line.
    const isMine =
      error instanceof ArgumentError || error instanceof TermListError || error instanceof TripletCountError;
    throw isMine ? new UsageError(`${error.message}.`, { cause: error }) : error;
  }
}

async function write(flags: TripletFlags, ontology: OntologyChoice): Promise<void> {
  const triplets = tripletsOf(flags, ontology);
  const file = flags.out === "-" ? undefined : flags.out;
  if (flags.count) await writeText([triplets.counts()], file);
  else await writeText(triplets.text(), file);
}

/** An option that would have no effect is a misunderstanding. */
function refuseIdleOptions(flags: TripletFlags, given: (name: keyof TripletFlags) => boolean): void {
  const idle = (["sample", "columns", "format"] as const).find((name) => flags.count && given(name));
  if (idle !== undefined) throw new UsageError(`--count writes no triplets, so --${idle} has no effect.`);
  if (given("seed") && !given("sample")) throw new UsageError("--seed is the seed of a --sample; there is none.");
}

/** Text only when asked for: counting generates nothing. */
interface TripletText {
  counts(): string;
  text(): Iterable<string>;
}

function tripletsOf(flags: TripletFlags, ontology: OntologyChoice): TripletText {
  if (flags.rule === "published-2024") return published(flags, ontology);
  return "nodes" in ontology ? byRule(flags, flags.rule, ontology) : agreed(flags, flags.rule, ontology);
}

function byRule(flags: TripletFlags, rule: SimilarityRule, ontology: Taxonomy): TripletText {
  const terms = termsOf(flags.terms, ontology);
  if (terms.length < 3) throw new UsageError(`--terms: a triplet needs three terms, there are ${terms.length}.`);
  const set = tripletSet(ontology, { terms, rule, ...(flags.minGap === undefined ? {} : { minGap: flags.minGap }) });
  if (flags.sample !== undefined && flags.sample > set.size) {
    throw new UsageError(`--sample ${flags.sample}: there are only ${set.size} triplets.`);
  }
  const source = flags.sample === undefined ? set : { terms, arrays: set.sample(flags.sample, { seed: flags.seed }) };
  const tooClose = set.tooClose > 0 ? `closer than the gap: ${set.tooClose}\n` : "";
  return {
    counts: () => `terms: ${terms.length}\ntriplets: ${set.size}\nties: ${set.ties}\n${tooClose}`,
    text: () => written(source, flags),
  };
}

/** The triplets of instruments that all ontologies have, and on which they agree; terms are named as in doktorski. */
function agreed(flags: TripletFlags, rule: SimilarityRule, ontologies: readonly Taxonomy[]): TripletText {
  const isAll = flags.terms === "all" || flags.terms === "leaves";
  const { terms, missing, arrays }: AgreedTriplets = agreedTriplets(ontologies, {
    instruments: isAll ? doktorski.leaves : termsOf(flags.terms, doktorski),
    rule,
    ...(flags.minGap === undefined ? {} : { minGap: flags.minGap }),
  });
  if (terms.length < 3) throw new UsageError(`--terms: a triplet needs three terms, all of them have ${terms.length}.`);
  if (flags.sample !== undefined && flags.sample > arrays.length) {
    throw new UsageError(`--sample ${flags.sample}: there are only ${arrays.length} triplets.`);
  }
  const chosen = flags.sample === undefined ? arrays : sampleTriplets(arrays, flags.sample, { seed: flags.seed });
  return {
    counts: () => `terms: ${terms.length}\ntriplets: ${arrays.length}\nnot in all ontologies: ${missing.length}\n`,
    text: () => written({ terms, arrays: chosen }, flags),
  };
}

function written(
  source: Parameters<typeof tripletCsv>[0],
  { columns = "label", format }: TripletFlags,
): Iterable<string> {
  return format === "jsonl" ? tripletJsonl(source, { columns }) : tripletCsv(source, { columns });
}

/** The study's own output, which knows neither options nor other ontologies. */
function published(flags: TripletFlags, ontology: OntologyChoice): TripletText {
  if (ontology !== doktorski) throw new UsageError("--rule published-2024 exists for the doktorski ontology only.");
  for (const name of ["minGap", "sample"] as const) {
    if (flags[name] !== undefined) throw new UsageError("--rule published-2024 has no --min-gap and no --sample.");
  }
  if (flags.terms === "tinysol") {
    const arrays = publishedTinysolTriplets();
    return { counts: () => countOf(arrays), text: () => written({ terms: tinysolTerms, arrays }, flags) };
  }
  if (flags.terms !== "all") throw new UsageError("--rule published-2024 takes --terms all or --terms tinysol.");
  if (flags.format !== "csv" || flags.columns !== undefined) {
    throw new UsageError(
      "--rule published-2024 --terms all is the study's CSV, byte for byte: no --format, no --columns.",
    );
  }
  return { counts: () => `triplets: ${linesIn(publishedTripletCsv()) - 1}\n`, text: publishedTripletCsv };
}

const countOf = ({ length }: TripletArrays) => `terms: ${tinysolTerms.length}\ntriplets: ${length}\n`;

function linesIn(chunks: Iterable<string>): number {
  let lines = 0;
  for (const chunk of chunks)
    for (let at = chunk.indexOf("\n"); at !== -1; at = chunk.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

function termsOf(which: string, ontology: Taxonomy): readonly TaxonomyNode[] {
  if (which === "all") return ontology.terms;
  if (which === "leaves") return ontology.leaves;
  if (which === "tinysol") {
    if (ontology === doktorski) return tinysolTerms;
    // Ours are known to lack some of them, a file may have them misspelt.
    if (NAMED_ONTOLOGIES.includes(ontology))
      return sharedInstruments([ontology], { instruments: tinysolTerms }).terms[0]!;
    return tinysolTerms.map((term) => termOf(term.label, ontology));
  }
  const terms = which.split(",").map((term) => termOf(term.trim(), ontology));
  const twice = terms.find((term, i) => terms.indexOf(term) !== i);
  if (twice !== undefined) throw new UsageError(`--terms: "${twice.label}" is given twice.`);
  return terms;
}

function termOf(text: string, ontology: Taxonomy): TaxonomyNode {
  try {
    return ontology.find(text);
  } catch (error) {
    if (!(error instanceof UnknownTermError || error instanceof AmbiguousTermError)) throw error;
    throw new UsageError(`--terms: ${error.message}`, { cause: error });
  }
}
