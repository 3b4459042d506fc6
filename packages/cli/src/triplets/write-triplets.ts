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
import { UsageError } from "../errors.ts";
import { NAMED_ONTOLOGIES, type OntologyChoice } from "../ontology-choice.ts";
import { readOntology } from "../read-ontology.ts";
import type { TripletRule } from "../results/results.ts";
import { writeText } from "../text-output.ts";

/** What the command line says of `irec triplets`. */
export interface TripletFlags {
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

/**
 * Writes the triplets that are asked for, or their number.
 * @param given - whether the user has named an option
 * @throws {UsageError} when options do not make sense together
 * @throws {InputError} when the ontology cannot be read
 * @throws {OutputError} when the file cannot be written
 */
export async function writeTriplets(flags: TripletFlags, given: (name: keyof TripletFlags) => boolean): Promise<void> {
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
