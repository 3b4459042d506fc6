import { PUBLISHED_STUDY, type PublishedStudy, type PublishedTable } from "./published-study.ts";
import type { ClassificationScores, Results } from "./results.ts";
import { score, type Table, text } from "./table.ts";

/** A row of ours for which there is a published one. */
interface Pair {
  readonly experiment: PublishedTable["experiment"];
  readonly model: string;
  /** Prompt set or space. */
  readonly what: string;
  readonly source: string;
  readonly ours: readonly (number | null)[];
  readonly published: readonly number[];
}

/** What is shown on the terminal; the file with all of them is `published-comparison-all.csv`. */
const MAIN_COLUMNS = ["top-1", "F1", "ROC-AUC", "PR-AUC"];

/**
 * Ours beside the study's numbers, for the models, prompt sets and spaces that both have: a main table with the columns that
 * are quoted most, and one with all, with differences and the file that each number is from. Nothing when there is no such row.
 */
export function publishedComparison(
  results: Results,
  study: PublishedStudy = PUBLISHED_STUDY,
): readonly [] | readonly [Table, Table] {
  const pairs = pairsOf(results, study);
  if (pairs.length === 0) return [];
  const keys = [text("experiment"), text("model"), text("prompt or space")];
  const key = ({ experiment, model, what }: Pair) => [experiment, model, what];
  const shown = MAIN_COLUMNS.map((column) => [column, study.columns.indexOf(column)] as const);
  return [
    {
      name: "published-comparison",
      caption: `Ours beside the study's (${study.citation})${differences(results, study, pairs)}`,
      columns: [...keys, ...shown.flatMap(([column]) => [score(column), score(`${column} published`, "study")])],
      rows: pairs.map((pair) => [
        ...key(pair),
        ...shown.flatMap(([, i]) => [pair.ours[i] ?? null, pair.published[i]!]),
      ]),
    },
    {
      name: "published-comparison-all",
      caption: `Every number of the study (${study.citation}) that there is one of ours for`,
      columns: [...keys, text("score"), score("ours"), score("published"), score("difference"), text("source")],
      rows: pairs.flatMap((pair) =>
        study.columns.map((column, i) => {
          const [ours, published] = [pair.ours[i] ?? null, pair.published[i]!];
          return [...key(pair), column, ours, published, ours === null ? null : ours - published, pair.source];
        }),
      ),
    },
  ];
}

function pairsOf({ dataset, experiments }: Results, study: PublishedStudy): readonly Pair[] {
  if (dataset?.name !== study.dataset) return [];
  const rows = [
    ...(experiments["zero-shot"] ?? []).map((row) => ({ row, experiment: "zero-shot" as const, what: row.promptSet })),
    ...(experiments["audio-only"] ?? [])
      .filter(({ rule }) => rule === "published")
      .map((row) => ({ row, experiment: "audio-only" as const, what: row.space as string })),
  ];
  return rows.flatMap(({ row, experiment, what }) => {
    const table = study.tables.find((one) => one.experiment === experiment && one.models.includes(row.model));
    const published = table !== undefined && Object.hasOwn(table.rows, what) ? table.rows[what] : undefined;
    if (table === undefined || published === undefined) return [];
    return [{ experiment, model: row.model, what, source: table.source, ours: oursOf(row), published }];
  });
}

/** In the order of the study's columns. */
function oursOf({ topK, f1Weighted, rocAucMacro, averagePrecisionMacro }: ClassificationScores) {
  const depths = [0, 1, 2, 3, 4].map((k) => topK[k] ?? null);
  return [...depths, f1Weighted, rocAucMacro, averagePrecisionMacro];
}

/** Prompt sets whose texts the study took from elsewhere, or drew without a seed; ours of these names are other texts. */
const OTHER_TEXTS = ["definition", "definition_no_label_word", "label_random_context"];

/** Why the two need not be equal, as the end of the caption. */
function differences({ dataset, similarity }: Results, study: PublishedStudy, pairs: readonly Pair[]): string {
  const others = pairs.filter(({ what }) => OTHER_TEXTS.includes(what)).map(({ what }) => what);
  const reasons = [
    ...(dataset!.clips === study.clips ? [] : [`it has ${study.clips} clips, this run ${dataset!.clips}`]),
    ...(similarity === "cosine" ? [] : [`its similarity is cosine, this run's ${similarity}`]),
    ...(others.length === 0
      ? []
      : [`the texts of ${[...new Set(others)].join(", ")} that irec has are not the study's`]),
  ];
  return reasons.length === 0 ? "" : `. Note: ${reasons.join("; ")}`;
}
