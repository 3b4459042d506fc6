import { SPACES } from "../store/embedding-store.ts";
import {
  audioNegationTables,
  crossModalTables,
  ontologyMapTables,
  promptSensitivityTables,
  spaceTables,
} from "./analysis-tables.ts";
import { attributionDetails, attributionTable } from "./attribution-tables.ts";
import { intervalTables } from "./interval-tables.ts";
import { publishedComparison } from "./published-comparison.ts";
import {
  type AudioOnlyRow,
  type ClassificationScores,
  type NegationRow,
  type PositiveNegativeRow,
  type Results,
  TRIPLET_RULES,
  type TripletRow,
  type ZeroShotRow,
} from "./results.ts";
import { type Cell, type Column, count, score, type Table, text } from "./table.ts";

/** The main table of each experiment that ran: shown on the terminal and written as CSV, Markdown and LaTeX. */
export function mainTables(results: Results): readonly Table[] {
  const { experiments } = results;
  return [
    ...ifAny(experiments["zero-shot"], zeroShotTable),
    ...ifAny(experiments["audio-only"], audioOnlyTable),
    ...ifAny(experiments.triplets, tripletTable),
    ...ifAny(experiments["positive-negative"], positiveNegativeTable),
    ...ifAny(experiments.negation, negationTable),
    ...ifAny(experiments.attribution, attributionTable),
    ...ifAny(experiments["prompt-sensitivity"], (rows) => promptSensitivityTables(rows).main),
    ...ifAny(experiments["audio-negation"], (rows) => audioNegationTables(rows).main),
    ...ifAny(experiments.space, (rows) => spaceTables(rows).main),
    ...ifAny(experiments["cross-modal"], (rows) => crossModalTables(rows).main),
    ...ifAny(experiments["ontology-map"], (rows) => ontologyMapTables(rows).main),
    ...publishedComparison(results).slice(0, 1),
  ];
}

/** Everything behind the main tables, as CSV only: per label, per anchor, per node, confusion counts, every rule. */
export function detailTables(results: Results): readonly Table[] {
  const { experiments } = results;
  return [
    ...ifAny(experiments["zero-shot"], (rows) =>
      studyTables("zeroshot_baseline", rows, text("prompt"), (r) => r.promptSet),
    ),
    ...ifAny(experiments["zero-shot"], (rows) =>
      classTables("zero-shot", rows, [text("prompt")], (r) => [r.promptSet]),
    ),
    ...ifAny(experiments["audio-only"], (rows) =>
      studyTables(
        "audio_only",
        // The study lists the joint space first.
        rows
          .filter((row) => row.rule === "published")
          .toSorted((a, b) => SPACES.indexOf(b.space) - SPACES.indexOf(a.space)),
        text("space"),
        (r) => r.space,
      ),
    ),
    ...ifAny(experiments["audio-only"], (rows) =>
      classTables("audio-only", rows, [text("space"), text("rule")], (r) => [r.space, r.rule]),
    ),
    ...ifAny(experiments.triplets, tripletDetails),
    ...ifAny(experiments["positive-negative"], positiveNegativeDetails),
    ...ifAny(experiments.negation, negationDetails),
    ...ifAny(experiments.attribution, attributionDetails),
    ...ifAny(experiments["prompt-sensitivity"], (rows) => promptSensitivityTables(rows).details),
    ...ifAny(experiments["audio-negation"], (rows) => audioNegationTables(rows).details),
    ...ifAny(experiments.space, (rows) => spaceTables(rows).details),
    ...ifAny(experiments["cross-modal"], (rows) => crossModalTables(rows).details),
    ...ifAny(experiments["ontology-map"], (rows) => ontologyMapTables(rows).details),
    ...intervalTables(results),
    ...publishedComparison(results).slice(1),
  ].flat();
}

function ifAny<Row, T>(rows: readonly Row[] | undefined, build: (rows: readonly Row[]) => T): T[] {
  return rows === undefined || rows.length === 0 ? [] : [build(rows)];
}

/** The columns of the study's CSV files, with its names for them: F1 is weighted, PR-AUC is average precision. */
function studyScores(rows: readonly ClassificationScores[]) {
  const depth = Math.max(0, ...rows.map((row) => row.topK.length));
  return {
    columns: [...Array(depth).keys()]
      .map((k) => score(`top-${k + 1}`))
      .concat(["F1", "ROC-AUC", "PR-AUC"].map((header) => score(header))),
    cells: (row: ClassificationScores): Cell[] => [
      ...Array.from({ length: depth }, (_, k) => row.topK[k] ?? null),
      row.f1Weighted,
      row.rocAucMacro,
      row.averagePrecisionMacro,
    ],
  };
}

/** The 95 % interval of the first column of scores; those of the others are in the tables of intervals. */
const topInterval = {
  columns: [score("top-1 low", "low"), score("top-1 high", "high")],
  cells: ({ intervals }: ClassificationScores): Cell[] => [
    intervals.topK[0]?.low ?? null,
    intervals.topK[0]?.high ?? null,
  ],
};

/** One CSV a model, in a folder of the study's name and with its columns. */
function studyTables<Row extends ClassificationScores & { readonly model: string }>(
  folder: string,
  rows: readonly Row[],
  what: Column,
  name: (row: Row) => string,
): Table[] {
  const scores = studyScores(rows);
  return [...new Set(rows.map((row) => row.model))].map((model) => ({
    name: `${folder}/${model}`,
    caption: `The study's table ${folder}, ${model}`,
    columns: [text("model"), what, ...scores.columns],
    rows: rows.filter((row) => row.model === model).map((row) => [model, name(row), ...scores.cells(row)]),
  }));
}

function zeroShotTable(rows: readonly ZeroShotRow[]): Table {
  const scores = studyScores(rows);
  return {
    name: "zero-shot",
    caption: "Zero-shot: does text find audio? Nearest prompt in the joint space",
    columns: [text("model"), text("prompt"), ...scores.columns, score("balanced"), ...topInterval.columns],
    rows: rows.map((row) => [
      ...[row.model, row.promptSet, ...scores.cells(row), row.balancedAccuracy],
      ...topInterval.cells(row),
    ]),
  };
}

function audioOnlyTable(rows: readonly AudioOnlyRow[]): Table {
  const scores = studyScores(rows);
  return {
    name: "audio-only",
    caption: "Audio only: is the audio tower good? Nearest class centroid of audio embeddings",
    columns: [text("model"), text("space"), text("rule"), ...scores.columns, score("balanced"), ...topInterval.columns],
    rows: rows.map((row) => [
      ...[row.model, row.space, row.rule, ...scores.cells(row), row.balancedAccuracy],
      ...topInterval.cells(row),
    ]),
  };
}

/** Published and corrected rules side by side, one row a prompt set and space. */
function tripletTable(rows: readonly TripletRow[]): Table {
  const groups = new Map<string, TripletRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.model, row.promptSet, row.space]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const isPublished = rows.some((row) => row.rule === "published-2024");
  return {
    name: "triplets",
    caption:
      "Triplets: does the text tower know instruments? Chance is .5. The corrected rules are lca (lowest common " +
      `ancestor, with its 95 % interval by anchors), path and wu-palmer${isPublished ? "; published is the study's rule" : ""}. ` +
      `Triplets: ${tripletCounts(rows)}`,
    columns: [
      ...["model", "prompt", "space"].map((header) => text(header)),
      ...(isPublished ? [score("published"), score("published macro", "macro"), count("published ties", "ties")] : []),
      ...[score("lca"), score("lca low", "low"), score("lca high", "high"), score("lca macro", "macro")],
      ...[count("lca ties", "ties"), score("path"), score("wu-palmer", "wu-p.")],
    ],
    rows: [...groups.values()].map((group) => {
      const { model, promptSet, space } = group[0]!;
      // A rule by which the labels make no triplet has no row.
      const [published, lca, path, wuPalmer] = TRIPLET_RULES.map((rule) => group.find((row) => row.rule === rule));
      return [
        ...[model, promptSet, space],
        ...(isPublished ? [published?.micro, published?.macro, published?.ties] : []),
        ...[lca?.micro, lca?.microInterval.low, lca?.microInterval.high, lca?.macro, lca?.ties],
        ...[path?.micro, wuPalmer?.micro],
      ].map((cell) => cell ?? null);
    }),
  };
}

/** How many triplets each rule makes; a range where prompt sets differ in their labels. */
function tripletCounts(rows: readonly TripletRow[]): string {
  const counts = TRIPLET_RULES.flatMap((rule) => {
    const ofRule = rows.filter((row) => row.rule === rule).map((row) => row.triplets);
    if (ofRule.length === 0) return [];
    const [low, high] = [Math.min(...ofRule), Math.max(...ofRule)];
    return [`${low === high ? low : `${low} to ${high}`} by ${rule}`];
  });
  return counts.join(", ");
}

function positiveNegativeTable(rows: readonly PositiveNegativeRow[]): Table {
  return {
    name: "positive-negative",
    caption: 'Positive against negative: is a clip of X nearer to "no X" than to "X"?',
    columns: [
      text("model"),
      text("prompt"),
      text("negated prompt"),
      score("negated wins"),
      score("tied"),
      score("mean margin", "margin"),
      score("nearest of all is negated", "nearest negated"),
      score("nearest of all is own", "nearest own"),
      score("negated wins low", "low"),
      score("negated wins high", "high"),
    ],
    rows: rows.map((row) => [
      row.model,
      row.promptSet,
      row.negatedPromptSet,
      row.negatedWins,
      row.tied,
      row.meanMargin,
      row.nearestIsNegated,
      row.nearestIsOwn,
      row.intervals.negatedWins.low,
      row.intervals.negatedWins.high,
    ]),
  };
}

function negationTable(rows: readonly NegationRow[]): Table {
  return {
    name: "negation",
    caption: 'Negation, text against text: is "no X" farther from X than another instrument Y is?',
    columns: [
      text("model"),
      text("prompt"),
      text("space"),
      score("Y nearer than no X"),
      score("Y nearer than no Y"),
      score("sim(X, no X)"),
      score("sim(X, Y)"),
      score("Y nearer than no X low", "low"),
      score("Y nearer than no X high", "high"),
    ],
    rows: rows.map((row) => [
      row.model,
      row.promptSet,
      row.space,
      row.noAnchorAccuracy,
      row.noPositiveAccuracy,
      row.meanSimilarityToOwnNegation,
      row.meanSimilarityToOthers,
      row.intervals.noAnchorAccuracy.low,
      row.intervals.noAnchorAccuracy.high,
    ]),
  };
}

function classTables<Row extends ClassificationScores & { readonly model: string }>(
  experiment: string,
  rows: readonly Row[],
  keys: readonly Column[],
  key: (row: Row) => readonly string[],
): Table[] {
  const start = [text("model"), ...keys];
  return [
    {
      name: `${experiment}-per-label`,
      caption: `${experiment}, per label`,
      columns: [
        ...start,
        text("label"),
        count("clips"),
        ...["recall", "F1", "ROC-AUC", "PR-AUC"].map((header) => score(header)),
      ],
      rows: rows.flatMap((row) =>
        row.perClass.map((c) => [
          row.model,
          ...key(row),
          c.label,
          c.clips,
          c.recall,
          c.f1,
          c.rocAuc,
          c.averagePrecision,
        ]),
      ),
    },
    {
      name: `${experiment}-confusion`,
      caption: `${experiment}, confusion counts`,
      columns: [...start, text("label"), text("predicted"), count("clips")],
      rows: rows.flatMap((row) =>
        row.confusion.flatMap((counts, t) =>
          counts.map((clips, p) => [row.model, ...key(row), row.perClass[t]!.label, row.perClass[p]!.label, clips]),
        ),
      ),
    },
  ];
}

function tripletDetails(rows: readonly TripletRow[]): Table[] {
  const keys = [text("model"), text("prompt"), text("space"), text("rule")];
  const key = (row: TripletRow) => [row.model, row.promptSet, row.space, row.rule];
  const counts = [count("triplets"), count("correct"), count("ties")];
  const interval = (name: string) => [score(name), score(`${name} low`), score(`${name} high`)];
  return [
    {
      name: "triplets-all-rules",
      caption: "Triplet accuracy by every rule; intervals by a bootstrap over anchors",
      columns: [...keys, ...counts, ...interval("micro"), ...interval("macro")],
      rows: rows.map((row) => [
        ...key(row),
        row.triplets,
        row.correct,
        row.ties,
        row.micro,
        row.microInterval.low,
        row.microInterval.high,
        row.macro,
        row.macroInterval.low,
        row.macroInterval.high,
      ]),
    },
    {
      name: "triplets-per-anchor",
      caption: "Triplet accuracy per anchor",
      columns: [...keys, text("anchor"), ...counts, score("accuracy")],
      rows: rows.flatMap((row) =>
        row.perAnchor.map((a) => [...key(row), a.label, a.triplets, a.correct, a.ties, a.correct / a.triplets]),
      ),
    },
    {
      name: "triplets-per-node",
      caption: "Triplet accuracy per node of the ontology at which anchor and positive meet",
      columns: [...keys, text("node"), text("label"), ...counts, score("accuracy")],
      rows: rows.flatMap((row) =>
        row.perNode.map((n) => [...key(row), n.node, n.label, n.triplets, n.correct, n.ties, n.correct / n.triplets]),
      ),
    },
  ];
}

function positiveNegativeDetails(rows: readonly PositiveNegativeRow[]): Table[] {
  return [
    {
      name: "positive-negative-per-label",
      caption: "Positive against negative, per label",
      columns: [
        text("model"),
        text("prompt"),
        text("negated prompt"),
        text("label"),
        count("clips"),
        score("negated wins"),
        score("mean margin"),
      ],
      rows: rows.flatMap((row) =>
        row.perClass.map((c) => [
          row.model,
          row.promptSet,
          row.negatedPromptSet,
          c.label,
          c.clips,
          c.negatedWins,
          c.meanMargin,
        ]),
      ),
    },
  ];
}

function negationDetails(rows: readonly NegationRow[]): Table[] {
  return [
    {
      name: "negation-per-label",
      caption: "Negation, per label",
      columns: [
        text("model"),
        text("prompt"),
        text("space"),
        text("label"),
        score("sim(X, no X)"),
        score("sim(X, Y)"),
        count("others farther than no X"),
      ],
      rows: rows.flatMap((row) =>
        row.perLabel.map((l) => [
          row.model,
          row.promptSet,
          row.space,
          l.label,
          l.similarityToOwnNegation,
          l.meanSimilarityToOthers,
          l.othersFartherThanNegation,
        ]),
      ),
    },
  ];
}
