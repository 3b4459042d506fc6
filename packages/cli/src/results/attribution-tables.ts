import type { AttributionLadder, AttributionRow } from "./analysis-rows.ts";
import type { Interval } from "./results.ts";
import { type Cell, count, score, type Table, text } from "./table.ts";

const PARTS = ["projection", "text", "audio"] as const;

/** The headline of each model: where the points between its score and 1 are lost. */
export function attributionTable(rows: readonly AttributionRow[]): Table {
  return {
    name: "attribution",
    caption:
      "Attribution: which part loses the points between the model's balanced accuracy and 1? Shares of 1, with 95 % " +
      "intervals; stand-ins for the projection are asked about labels that they have not seen",
    columns: [
      text("model"),
      text("prompt"),
      score("zero-shot"),
      ...PARTS.flatMap((part) => [
        score(`lost in ${part}`, part),
        score(`${part} low`, "low"),
        score(`${part} high`, "high"),
      ]),
    ],
    rows: rows.map(({ model, promptSet, ladders }) => {
      const ladder = ladders[0]!;
      return [
        ...[model, promptSet, ladder.zeroShot],
        ...PARTS.flatMap((part) => [ladder[part], ...ends(ladder.intervals[part])]),
      ];
    }),
  };
}

/** What a model's headline says; undefined where the store lacks what it takes to say it. */
export function attributionSentence({ model, ladders, missing }: AttributionRow): string {
  const { zeroShot, projection, text: inText, audio } = ladders[0]!;
  const points = (share: number) => `${(100 * share).toFixed(1)} points`;
  if (zeroShot !== null && projection !== null && inText !== null && audio !== null) {
    return (
      `${model} scores ${(100 * zeroShot).toFixed(1)} of 100; ${points(inText)} are lost in the text tower, ` +
      `${points(projection)} in the projection, ${points(audio)} in audio.`
    );
  }
  const known = [
    ...(inText === null ? [] : [`${points(inText)} are lost in the text tower`]),
    ...(audio === null ? [] : [`${points(audio)} in audio`]),
  ];
  const why = [...new Set(missing.map(({ reason }) => reason))].join("; ");
  return `${model}: ${known.length === 0 ? "nothing can be said" : known.join(", ")}; not all steps could be taken (${why}).`;
}

/** Every ladder, every step, and the text on the ontology. */
export function attributionDetails(rows: readonly AttributionRow[]): Table[] {
  const keys = [text("model"), text("prompt")];
  const key = ({ model, promptSet }: AttributionRow) => [model, promptSet];
  const number = (name: string) => [score(name), score(`${name} low`), score(`${name} high`)];
  const withEnds = (value: number | null, interval: Interval | null): Cell[] => [value, ...ends(interval)];
  const ladderCells = (ladder: AttributionLadder): Cell[] =>
    (["zeroShot", ...PARTS] as const).flatMap((part) => withEnds(ladder[part], ladder.intervals[part]));
  return [
    {
      name: "attribution-ladders",
      caption: "Attribution by balanced accuracy and top-1, with labels that the stand-ins have and have not seen",
      columns: [...keys, text("measure"), text("labels"), ...["zero-shot", ...PARTS].flatMap(number)],
      rows: rows.flatMap((row) =>
        row.ladders.map((ladder) => [...key(row), ladder.measure, ladder.labels, ...ladderCells(ladder)]),
      ),
    },
    {
      name: "attribution-steps",
      caption: "Attribution, the score of each step",
      columns: [...keys, text("step"), ...number("balanced"), ...number("top-1"), text("missing")],
      rows: rows.flatMap((row) => [
        ...row.steps.map(({ step, balancedAccuracy, top1, intervals }): Cell[] => [
          ...key(row),
          step,
          ...withEnds(balancedAccuracy, intervals.balancedAccuracy),
          ...withEnds(top1, intervals.top1),
          null,
        ]),
        ...row.missing.map(({ step, reason }): Cell[] => [...key(row), step, ...Array<Cell>(6).fill(null), reason]),
      ]),
    },
    {
      name: "attribution-text",
      caption: "Attribution, text against text on the ontology: triplets by lowest common ancestor",
      columns: [...keys, text("space"), count("triplets"), ...number("micro"), ...number("macro")],
      rows: rows.flatMap((row) =>
        row.text.map(({ space, triplets, micro, macro, intervals }) => [
          ...key(row),
          ...[space, triplets, ...withEnds(micro, intervals.micro), ...withEnds(macro, intervals.macro)],
        ]),
      ),
    },
  ];
}

const ends = (interval: Interval | null): Cell[] => (interval === null ? [null, null] : [interval.low, interval.high]);
