import type { OntologyMapRow, OntologyNodeScore } from "../results/analysis-rows.ts";
import type { Results } from "../results/results.ts";
import { count, score, text } from "../results/table.ts";
import { chartTitle } from "./chart-title.ts";
import type { Figure, Spec } from "./figure.ts";
import { figureName } from "./figure-name.ts";
import { counted, shownShare } from "./numbers.ts";
import { fitted, textWidth } from "./text-width.ts";
import { FONT_SIZE, type Theme } from "./theme.ts";

/** What the nodes are coloured by. */
interface Measure {
  readonly name: string;
  readonly title: string;
  readonly legend: string;
  readonly note: (row: OntologyMapRow) => string;
  readonly value: (node: OntologyNodeScore) => number | null;
  readonly interval: (node: OntologyNodeScore) => { readonly low: number; readonly high: number } | null;
  readonly size: (node: OntologyNodeScore) => number;
  readonly colours: (theme: Theme) => { readonly thresholds: readonly number[]; readonly range: readonly string[] };
}

const jointTriplets = ({ triplets }: OntologyNodeScore) =>
  triplets.find(({ space }) => space === "joint_space") ?? triplets[0];

const spaceOf = ({ nodes }: OntologyMapRow): string =>
  nodes.some((node) => jointTriplets(node)?.space === "joint_space") ? "joint space" : "before the projection";

const RECALL: Measure = {
  name: "ontology-zero-shot",
  title: "Zero-shot recall on the ontology",
  legend: "recall",
  note: () => "Of a family the mean of its labels",
  value: ({ zeroShot }) => zeroShot?.recall ?? null,
  interval: ({ zeroShot }) => zeroShot?.intervals.recall ?? null,
  size: ({ clips }) => clips,
  colours: ({ sequential }) => ({ thresholds: sequential.slice(1).map((_, i) => (i + 1) / 10), range: sequential }),
};

const TRIPLETS: Measure = {
  name: "ontology-triplets",
  title: "Text triplets on the ontology",
  legend: "share of triplets that are right; chance is 0.5",
  note: (row) => `At each node the triplets whose anchor and positive meet there, ${spaceOf(row)}`,
  value: (node) => jointTriplets(node)?.accuracy ?? null,
  interval: (node) => jointTriplets(node)?.interval ?? null,
  size: (node) => jointTriplets(node)?.triplets ?? 0,
  colours: ({ diverging }) => ({ thresholds: [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], range: diverging }),
};

/** The ontology as a tree coloured by what the model knows of each branch, a figure a model and measure. */
export function ontologyMaps({ experiments, ontology }: Results): Figure[] {
  return (experiments["ontology-map"] ?? []).flatMap((row) =>
    [RECALL, TRIPLETS]
      .filter((measure) => row.nodes.some((node) => measure.value(node) !== null))
      .map((measure) => ontologyMap(row, ontology, measure)),
  );
}

function ontologyMap(row: OntologyMapRow, ontology: string, measure: Measure): Figure {
  const name = figureName([measure.name, row.model]);
  const title = `${measure.title}, ${row.model}`;
  const labels = row.nodes.filter(({ height }) => height === 0).length;
  const subtitle = `${row.promptSet}; ${ontology}; ${counted(labels, "label")}. ${measure.note(row)}; hollow nodes have no value, those with one branch are not drawn`;
  return {
    name,
    title,
    description: `Tree of an ontology of ${row.nodes.length} nodes, root at the left, coloured by value. ${subtitle}.`,
    data: {
      name,
      caption: title,
      columns: [
        ...["node", "label", "parent"].map((header) => text(header)),
        ...[count("count"), score("value"), score("low"), score("high")],
      ],
      rows: row.nodes.map((node) => {
        const interval = measure.interval(node);
        return [
          ...[node.node, node.label, node.parents[0] ?? "", measure.size(node), measure.value(node)],
          ...[interval?.low ?? null, interval?.high ?? null],
        ];
      }),
    },
    spec: (theme) => treeSpec(row.nodes, measure, { title, subtitle }, theme),
  };
}

const ROW = 20;
const LABEL_WIDTH = 200;
/** Between the widest label of a level and the next level. */
const GAP = 26;

interface Placed {
  readonly node: OntologyNodeScore;
  readonly children: readonly Placed[];
  readonly level: number;
  readonly y: number;
}

/**
 * Leaves under each other, every other node in the middle of its children. Of several parents the first holds the node. A node
 * with one branch only is not drawn: nothing parts there, and what is below says the same.
 */
function place(nodes: readonly OntologyNodeScore[]): { readonly placed: readonly Placed[]; readonly rows: number } {
  const known = new Set(nodes.map(({ node }) => node));
  const parentOf = ({ parents }: OntologyNodeScore) => parents.find((parent) => known.has(parent));
  const placed: Placed[] = [];
  let rows = 0;
  const visit = (node: OntologyNodeScore, level: number): Placed => {
    const below = nodes.filter((one) => parentOf(one) === node.node);
    if (below.length === 1) return visit(below[0]!, level);
    const children = below.map((child) => visit(child, level + 1));
    const y = children.length === 0 ? rows++ : (children[0]!.y + children.at(-1)!.y) / 2;
    const here = { node, children, level, y };
    placed.push(here);
    return here;
  };
  for (const node of nodes) if (parentOf(node) === undefined) visit(node, 0);
  return { placed, rows };
}

function treeSpec(
  nodes: readonly OntologyNodeScore[],
  measure: Measure,
  words: { readonly title: string; readonly subtitle: string },
  theme: Theme,
): Spec {
  const { placed, rows } = place(nodes);
  const wordsOf = ({ node }: Placed) => {
    const value = measure.value(node);
    return { label: fitted(node.label, LABEL_WIDTH, FONT_SIZE.label), value: value === null ? "" : shownShare(value) };
  };
  const widthOf = (one: Placed) => {
    const { label, value } = wordsOf(one);
    return Math.max(textWidth(label, FONT_SIZE.label), textWidth(value, FONT_SIZE.label));
  };
  const levels = Math.max(0, ...placed.map(({ level }) => level)) + 1;
  const left: number[] = [8];
  for (let level = 0; level < levels; level++) {
    const inner = placed.filter((one) => one.level === level && one.children.length > 0);
    left.push(left[level]! + Math.max(0, ...inner.map(widthOf)) + GAP);
  }
  const leafWidth = Math.max(
    0,
    ...placed.filter(({ children }) => children.length === 0).map((one) => left[one.level]! + widthOf(one) + 50),
  );
  const [width, height] = [Math.max(left.at(-2)! + 40, leafWidth), Math.max(1, rows) * ROW];
  const at = ({ level, y }: Placed) => ({ x: left[level]!, y: (y + 0.5) * ROW });
  const scales = {
    x: { field: "x", type: "quantitative", scale: { domain: [0, width], nice: false, zero: false }, axis: null },
    y: {
      ...{ field: "y", type: "quantitative", axis: null },
      scale: { domain: [0, height], range: [0, height], nice: false, zero: false },
    },
  };
  const links = placed.flatMap((parent) =>
    parent.children.flatMap((child) => {
      const [from, to] = [at(parent), at(child)];
      const knee = to.x - 12;
      return [
        { x: from.x, x2: knee, y: from.y, y2: from.y },
        { x: knee, x2: knee, y: from.y, y2: to.y },
        { x: knee, x2: to.x, y: to.y, y2: to.y },
      ];
    }),
  );
  const circles = placed.map((one) => ({ ...at(one), value: measure.value(one.node) }));
  const { thresholds, range } = measure.colours(theme);
  const texts = (values: readonly Spec[], mark: Spec): Spec => ({
    data: { values },
    mark: { type: "text", ...mark },
    encoding: { ...scales, text: { field: "text" } },
  });
  const leaves = placed.filter(({ children }) => children.length === 0);
  const inner = placed.filter(({ children }) => children.length > 0);
  const legend = {
    ...{ title: measure.legend, titleOrient: "top", format: ".1f", offset: 8 },
  };
  return {
    title: chartTitle(words.title, words.subtitle, Math.max(width, 320)),
    width,
    height,
    layer: [
      {
        data: { values: links },
        mark: { type: "rule", color: theme.muted, strokeWidth: 1 },
        encoding: { ...scales, x2: { field: "x2" }, y2: { field: "y2" } },
      },
      {
        data: { values: circles.filter(({ value }) => value !== null) },
        mark: { type: "circle", size: 110, stroke: theme.text, strokeWidth: 0.8, opacity: 1 },
        encoding: {
          ...scales,
          color: {
            field: "value",
            type: "quantitative",
            scale: { type: "threshold", domain: thresholds, range },
            legend,
          },
        },
      },
      {
        data: { values: circles.filter(({ value }) => value === null) },
        mark: { type: "point", size: 36, color: theme.muted, fill: theme.background, opacity: 1, strokeWidth: 1 },
        encoding: scales,
      },
      texts(
        leaves.map((one) => {
          const { label, value } = wordsOf(one);
          return { ...at(one), text: value === "" ? label : `${label}  ${value}` };
        }),
        { align: "left", baseline: "middle", dx: 9 },
      ),
      texts(
        inner.map((one) => ({ ...at(one), text: wordsOf(one).label })),
        { align: "left", baseline: "bottom", dx: 7, dy: -3 },
      ),
      texts(
        inner.map((one) => ({ ...at(one), text: wordsOf(one).value })),
        { align: "left", baseline: "top", dx: 7, dy: 3, fontWeight: "bold" },
      ),
    ],
  };
}
