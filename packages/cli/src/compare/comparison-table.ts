import { type Cell, type Column, count, score, type Table, text } from "../results/table.ts";
import { toTerminal } from "../results/table-formats.ts";
import type { Comparison, Comparisons } from "./comparisons.ts";
import { contextOf, namesOf } from "./sentence.ts";

/** Every comparison with all that is known of it. */
export function comparisonTable(found: Comparisons): Table {
  const columns: readonly (readonly [Column, (comparison: Comparison) => Cell])[] = [
    [text("comparison"), contextOf],
    [text("a"), (one) => namesOf(one)[0]],
    [text("b"), (one) => namesOf(one)[1]],
    [text("measure"), (one) => one.measure],
    [score("score of a", "of a"), (one) => one.scoreA],
    [score("score of b", "of b"), (one) => one.scoreB],
    [score("difference"), (one) => one.difference],
    [score("low"), (one) => one.interval.low],
    [score("high"), (one) => one.interval.high],
    [score("p"), (one) => one.pValue],
    [score("p by Holm"), (one) => one.adjustedPValue],
    [score("Cohen's h", "h"), (one) => one.cohensH],
    [text("test"), (one) => one.test],
    [text("drawn"), (one) => one.interval.unit],
    [count("items"), (one) => one.items.shared],
    [text("a is"), (one) => one.verdict],
  ];
  return {
    name: "comparison",
    caption: captionOf(found),
    columns: columns.map(([column]) => column),
    rows: found.comparisons.map((comparison) => columns.map(([, cell]) => cell(comparison))),
  };
}

function captionOf({ level, alpha, draws, seed, families }: Comparisons): string {
  const tests = families.map(({ experiment, tests }) => `${tests} of ${experiment}`).join(", ");
  return (
    `Paired comparisons of a with b: difference with its ${percent(level)} interval (bootstrap, ${draws} draws, seed ${seed}), ` +
    `p-values of paired tests, and by Holm's method over all tests of an experiment (${tests}); a is better or worse where that ` +
    `is at most ${alpha} and the interval excludes 0`
  );
}

const percent = (level: number): string => `${Number((100 * level).toFixed(4))} %`;

/** The table with a sentence a comparison. */
export function sentenceTable(found: Comparisons): Table {
  const table = comparisonTable(found);
  return {
    ...table,
    columns: [...table.columns, text("in words")],
    rows: table.rows.map((row, i) => [...row, found.comparisons[i]!.sentence]),
  };
}

/**
 * What a person reads on the terminal: a short table, a sentence a comparison, and what was left out. Of many comparisons only
 * those that show a difference are said in words.
 */
export function comparisonText(found: Comparisons): string {
  const table = comparisonTable(found);
  const kept = [...table.columns.keys()].filter((i) => !NOT_ON_TERMINAL.includes(table.columns[i]!.header));
  const short = {
    ...table,
    columns: kept.map((i) => table.columns[i]!),
    rows: table.rows.map((row) => kept.map((i) => row[i]!)),
  };
  const { comparisons, notes, synthetic } = found;
  const told = comparisons.filter(({ verdict }) => comparisons.length <= FEW || verdict !== "not distinguishable");
  const untold = comparisons.length - told.length;
  return [
    ...(synthetic ? ["SYNTHETIC embeddings, drawn from a seeded generator: no real model is compared.\n"] : []),
    ...(comparisons.length === 0 ? [] : [toTerminal(short)]),
    ...told.map(({ sentence }) => sentence),
    ...(untold === 0 ? [] : [`${untold} of ${comparisons.length} comparisons are not distinguishable.`]),
    "",
    ...(notes.length === 0 ? [] : ["Notes:", ...notes.map((note) => `  ${note}`), ""]),
  ].join("\n");
}

const NOT_ON_TERMINAL = ["test", "drawn", "items", "p"];
/** So many sentences are read. */
const FEW = 12;
