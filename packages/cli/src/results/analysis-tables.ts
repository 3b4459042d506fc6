import type {
  AudioNegationRow,
  CrossModalRow,
  OntologyMapRow,
  PromptSensitivityRow,
  SpaceRow,
} from "./analysis-rows.ts";
import type { Interval } from "./results.ts";
import { type Cell, type Column, count, score, type Table, text } from "./table.ts";

/** The table of the terminal, and those that are written as CSV only. */
interface Tables {
  readonly main: Table;
  readonly details: readonly Table[];
}

/** A number with the ends of its interval. */
const number = (name: string): Column[] => [score(name), score(`${name} low`, "low"), score(`${name} high`, "high")];
const withEnds = (value: number | null, interval: Interval | null): Cell[] => [
  value,
  ...(interval === null ? [null, null] : [interval.low, interval.high]),
];

export function promptSensitivityTables(rows: readonly PromptSensitivityRow[]): Tables {
  const key = ({ models }: PromptSensitivityRow) => models.join(" + ");
  return {
    main: {
      name: "prompt-sensitivity",
      caption:
        "Prompt sensitivity: how much do the words around the label matter? Balanced accuracy over prompt sets; agreement is " +
        "Kendall's W: of the labels' recalls over prompt sets, and of prompt sets over models",
      columns: [
        text("model"),
        count("prompt sets", "sets"),
        text("best prompt"),
        text("worst prompt"),
        ...number("range"),
        score("sd"),
        score("agreement on labels", "on labels"),
        score("agreement on prompts", "on prompts"),
      ],
      rows: rows.map((row) => [
        ...[key(row), row.promptSets.length, row.promptSets[0]!.promptSet, row.promptSets.at(-1)!.promptSet],
        ...withEnds(row.range, row.intervals.range),
        ...[row.sd, row.labelAgreement, row.promptAgreement],
      ]),
    },
    details: [
      {
        name: "prompt-sensitivity-prompts",
        caption: "Prompt sensitivity, per prompt set",
        columns: [text("model"), text("prompt"), ...number("balanced"), ...number("top-1")],
        rows: rows.flatMap((row) =>
          row.promptSets.map(({ promptSet, balancedAccuracy, top1, intervals }) => [
            ...[key(row), promptSet, ...withEnds(balancedAccuracy, intervals.balancedAccuracy)],
            ...withEnds(top1, intervals.top1),
          ]),
        ),
      },
      {
        name: "prompt-sensitivity-variance",
        caption: "Prompt sensitivity: shares of the variance of recall",
        columns: [text("model"), text("factors"), ...number("share")],
        rows: rows.flatMap((row) =>
          row.variance.map(({ factors, share, interval }) => [
            ...[key(row), factors.join(" x "), ...withEnds(share, interval)],
          ]),
        ),
      },
      {
        name: "prompt-sensitivity-per-label",
        caption: "Prompt sensitivity: the best and the worst prompt of each label, by recall",
        columns: [
          text("model"),
          text("label"),
          text("best"),
          score("best recall"),
          text("worst"),
          score("worst recall"),
        ],
        rows: rows.flatMap((row) =>
          row.perLabel.map(({ label, best, worst }) => [
            ...[key(row), label, best.promptSet, best.recall, worst.promptSet, worst.recall],
          ]),
        ),
      },
    ],
  };
}

export function audioNegationTables(rows: readonly AudioNegationRow[]): Tables {
  const keys = [text("model"), text("prompt"), text("negated prompt")];
  const key = (row: AudioNegationRow) => [row.model, row.promptSet, row.negatedPromptSet];
  const names = ["X nearer than no X", "Y nearer than no X", "no Y nearer than Y"];
  return {
    main: {
      name: "audio-negation",
      caption: 'Negation, audio against text: what does a clip of X say to "no X" and "no Y"? Shares that are right',
      columns: [...keys, ...names.flatMap(number)],
      rows: rows.map((row) => [
        ...key(row),
        ...withEnds(row.ownNearer, row.intervals.ownNearer),
        ...withEnds(row.noOwnFarther, row.intervals.noOwnFarther),
        ...withEnds(row.noOtherNearer, row.intervals.noOtherNearer),
      ]),
    },
    details: [
      {
        name: "audio-negation-per-label",
        caption: "Negation, audio against text, per label",
        columns: [...keys, text("label"), count("clips"), ...names.map((name) => score(name))],
        rows: rows.flatMap((row) =>
          row.perLabel.map((of) => [
            ...[...key(row), of.label, of.clips, of.ownNearer, of.noOwnFarther, of.noOtherNearer],
          ]),
        ),
      },
    ],
  };
}

export function spaceTables(rows: readonly SpaceRow[]): Tables {
  type Measure = readonly [name: string, of: (row: SpaceRow) => number | null];
  const shown: readonly Measure[] = [
    ["anisotropy", (row) => row.anisotropy],
    ["uniformity", (row) => row.uniformity],
    ["effective rank", (row) => row.effectiveRank],
    ["spread", (row) => row.spread],
    ["hub skewness", (row) => row.hubs.skewness],
    ["anti-hubs", (row) => row.hubs.antiHubShare],
  ];
  const all: readonly Measure[] = [
    ...shown,
    ["participation ratio", (row) => row.participationRatio],
    ["top share", (row) => row.topShare],
    ["lowest cosine", (row) => row.lowestCosine],
    ["highest cosine", (row) => row.highestCosine],
    ["hubs", (row) => row.hubs.hubShare],
  ];
  const keys = ["model", "space", "tower", "prompt"].map((header) => text(header));
  const key = (row: SpaceRow) => [row.model, row.space, row.modality, row.promptSet];
  return {
    main: {
      name: "space",
      caption: "Space: how do the embeddings of a tower fill it? Spread near 0, or duplicates, mean collapse",
      columns: [...keys, count("rows"), count("duplicates"), ...shown.map(([name]) => score(name))],
      rows: rows.map((row) => [...key(row), row.rows, row.duplicates, ...shown.map(([, of]) => of(row))]),
    },
    details: [
      {
        name: "space-all",
        caption: "Space: every measure",
        columns: [
          ...[
            ...keys,
            ...["rows", "dimensions", "compared", "duplicates", "neighbours"].map((header) => count(header)),
          ],
          ...all.map(([name]) => score(name)),
        ],
        rows: rows.map((row) => [
          ...[...key(row), row.rows, row.dimensions, row.compared, row.duplicates, row.hubs.neighbours],
          ...all.map(([, of]) => of(row)),
        ]),
      },
    ],
  };
}

export function crossModalTables(rows: readonly CrossModalRow[]): Tables {
  const keys = [text("model"), text("prompt")];
  return {
    main: {
      name: "cross-modal",
      caption: "Cross-modal: how do audio and text lie to each other in the joint space? By cosine",
      columns: [
        ...[...keys, ...number("modality gap"), ...number("alignment"), ...number("mean margin")],
        ...[score("hub skewness"), score("anti-hubs")],
      ],
      rows: rows.map((row) => [
        ...[row.model, row.promptSet, ...withEnds(row.modalityGap, row.intervals.modalityGap)],
        ...withEnds(row.alignment, row.intervals.alignment),
        ...withEnds(row.meanMargin, row.intervals.meanMargin),
        ...[row.hubSkewness, row.antiHubShare],
      ]),
    },
    details: [
      {
        name: "cross-modal-answers",
        caption: "Cross-modal: how often each label's prompt is the nearest of a clip",
        columns: [...keys, text("label"), ...number("share")],
        rows: rows.flatMap((row) =>
          row.answers.map(({ label, share, interval }) => [
            ...[row.model, row.promptSet, label, ...withEnds(share, interval)],
          ]),
        ),
      },
    ],
  };
}

export function ontologyMapTables(rows: readonly OntologyMapRow[]): Tables {
  const keys = [text("model"), text("prompt")];
  const zeroShot = ["recall", "within branch", "mistakes here", "mistake severity"];
  return {
    main: {
      name: "ontology-map",
      caption:
        "Ontology map: which branch fails? The one with several labels that answers to its clips stay in least; severity is the " +
        "mean height of the lowest common ancestor of right and wrong answer",
      columns: [...keys, text("failing branch"), score("within it"), ...number("mistake severity")],
      rows: rows.map((row) => [
        ...[row.model, row.promptSet, row.failingBranch],
        row.nodes.find(({ node }) => node === row.failingBranch)?.zeroShot?.withinBranch ?? null,
        ...withEnds(row.mistakeSeverity, row.mistakeSeverityInterval),
      ]),
    },
    details: [
      {
        name: "ontology-map-nodes",
        caption: "Ontology map: what becomes of the clips below each node",
        columns: [
          ...[...keys, text("node"), text("label"), count("height"), count("labels"), count("clips")],
          ...zeroShot.flatMap(number),
        ],
        rows: rows.flatMap((row) =>
          row.nodes.map(({ node, label, height, labels, clips, zeroShot: scores }) => [
            ...[row.model, row.promptSet, node, label, height, labels, clips],
            ...(scores === null
              ? Array<Cell>(3 * zeroShot.length).fill(null)
              : [
                  ...withEnds(scores.recall, scores.intervals.recall),
                  ...withEnds(scores.withinBranch, scores.intervals.withinBranch),
                  ...withEnds(scores.mistakesHere, scores.intervals.mistakesHere),
                  ...withEnds(scores.mistakeSeverity, scores.intervals.mistakeSeverity),
                ]),
          ]),
        ),
      },
      {
        name: "ontology-map-triplets",
        caption: "Ontology map: triplets by lowest common ancestor, at the node where anchor and positive meet",
        columns: [...keys, text("node"), text("space"), count("triplets"), count("correct"), ...number("accuracy")],
        rows: rows.flatMap((row) =>
          row.nodes.flatMap(({ node, triplets }) =>
            triplets.map(({ space, triplets: all, correct, accuracy, interval }) => [
              ...[row.model, row.promptSet, node, space, all, correct, ...withEnds(accuracy, interval)],
            ]),
          ),
        ),
      },
    ],
  };
}
