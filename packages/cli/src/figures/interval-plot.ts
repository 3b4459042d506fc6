import { chartTitle } from "./chart-title.ts";
import type { Spec } from "./figure.ts";
import { shownScore } from "./numbers.ts";
import { fitted, textWidth } from "./text-width.ts";
import { FONT_SIZE, type Theme } from "./theme.ts";

/** Numbers with their intervals, a line each, under headings. */
export interface IntervalPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly axisTitle: string;
  /** Bars from 0, for amounts that are compared in size; points for everything else. */
  readonly mark: "bar" | "point";
  readonly groups: readonly PlotGroup[];
  /** What numbers are to be compared with. */
  readonly references: readonly { readonly value: number; readonly label: string }[];
}

export interface PlotGroup {
  readonly label: string;
  readonly lines: readonly PlotLine[];
  /** How many of the first lines the references are for; all when left out. */
  readonly referenced?: number;
}

export interface PlotLine {
  readonly label: string;
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** The second way of drawing: another colour and another shape. */
  readonly isOther?: boolean;
}

const WIDTH = 220;
const LINE = 17;
const HEADING = 20;
const LABEL_WIDTH = 220;

export function intervalPlotSpec(plot: IntervalPlot, theme: Theme): Spec {
  const { lines, headings, spans, height } = placed(plot.groups);
  const known = lines.filter((line) => line.value !== null);
  const labels = lines.map((line) => ({ ...line, text: fitted(line.label, LABEL_WIDTH, FONT_SIZE.label) }));
  const heads = headings.map((line) => ({ ...line, text: fitted(line.label, 2 * LABEL_WIDTH, FONT_SIZE.label) }));
  const before = Math.max(40, ...labels.map(({ text }) => textWidth(text, FONT_SIZE.label))) + 8;
  const y = {
    ...{ field: "y", type: "quantitative", axis: null },
    scale: { domain: [0, height], range: [0, height], nice: false, zero: false },
  };
  const x = {
    ...{ field: "value", type: "quantitative", scale: { domain: domainOf(plot), nice: false, zero: false } },
    axis: { title: plot.axisTitle, tickCount: 6, format: "~g" },
  };
  const colour = (field: string, range: readonly unknown[]) => ({
    ...{ field, type: "nominal", legend: null },
    scale: { domain: [false, true], range },
  });
  const color = colour("isOther", [theme.first, theme.second]);
  const shape = colour("isOther", ["circle", "triangle-up"]);
  const withInterval = known.filter((line) => line.low !== null);
  const marks: Spec[] =
    plot.mark === "bar"
      ? [
          {
            data: { values: known },
            mark: { type: "bar", orient: "horizontal", size: 10, opacity: 0.75 },
            encoding: { x, x2: { datum: 0 }, y, color },
          },
        ]
      : [
          {
            data: { values: known },
            mark: { type: "point", filled: true, size: 45, opacity: 1 },
            encoding: { x, y, color, shape },
          },
        ];
  const whiskers: Spec = {
    data: { values: withInterval },
    mark: { type: "rule", strokeWidth: 1.4, color: theme.text },
    encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y },
  };
  const ends: Spec = {
    data: { values: withInterval.flatMap(({ y: at, low, high }) => [low, high].map((value) => ({ y: at, value }))) },
    mark: { type: "tick", orient: "vertical", size: 6, thickness: 1.4, color: theme.text },
    encoding: { x, y },
  };
  const text = (values: readonly Spec[], at: number, mark: Spec): Spec => ({
    data: { values },
    mark: { type: "text", baseline: "middle", ...mark },
    encoding: { x: { value: at }, y, text: { field: "text" } },
  });
  return {
    title: chartTitle(plot.title, plot.subtitle, before + WIDTH + 130),
    width: WIDTH,
    height,
    layer: [
      ...(plot.mark === "bar" ? marks : []),
      ...references(plot, spans, theme, x, y),
      ...(withInterval.length === 0 ? [] : [whiskers, ends]),
      ...(plot.mark === "bar" ? [] : marks),
      text(labels, -6, { align: "right" }),
      text(heads, -before, { align: "left", fontWeight: "bold" }),
      text(
        lines.map((line) => ({ ...line, text: numberText(line) })),
        WIDTH + 8,
        { align: "left", fontSize: FONT_SIZE.cell },
      ),
    ],
  };
}

function placed(groups: readonly PlotGroup[]) {
  const lines: {
    label: string;
    y: number;
    value: number | null;
    low: number | null;
    high: number | null;
    isOther: boolean;
  }[] = [];
  const headings: { label: string; y: number }[] = [];
  const spans: { y: number; y2: number }[] = [];
  let y = 0;
  for (const { label, lines: own, referenced = own.length } of groups) {
    if (label !== "") {
      headings.push({ label, y: y + HEADING / 2 + 2 });
      y += HEADING;
    }
    spans.push({ y, y2: y + referenced * LINE });
    for (const line of own) {
      const { low = null, high = null } = line.interval ?? {};
      lines.push({
        ...{ label: line.label, y: y + LINE / 2, low, high },
        value: line.value,
        isOther: line.isOther === true,
      });
      y += LINE;
    }
    y += 4;
  }
  return { lines, headings, spans, height: y };
}

const numberText = ({ value, low, high }: { value: number | null; low: number | null; high: number | null }): string =>
  low === null || high === null
    ? shownScore(value)
    : `${shownScore(value)} (${shownScore(low)} to ${shownScore(high)})`;

/** From 0 to 1, and wider where numbers are. */
function domainOf({ groups }: IntervalPlot): [number, number] {
  const values = groups.flatMap(({ lines }) =>
    lines.flatMap(({ value, interval }) => [value, interval?.low, interval?.high]),
  );
  const known = values.filter((value) => value !== null && value !== undefined);
  return [Math.min(0, ...known), Math.max(1, ...known)];
}

/** Lines beside the numbers, not through the headings. */
function references(
  { references: all }: IntervalPlot,
  spans: readonly { readonly y: number; readonly y2: number }[],
  theme: Theme,
  x: Spec,
  y: Spec,
): Spec[] {
  if (all.length === 0) return [];
  return [
    {
      data: { values: all.flatMap((reference) => spans.map((span) => ({ ...reference, ...span }))) },
      mark: { type: "rule", strokeDash: [4, 3], strokeWidth: 1.2, color: theme.muted },
      encoding: { x, y, y2: { field: "y2" } },
    },
    {
      data: { values: all },
      mark: { type: "text", baseline: "bottom", align: "center", fontSize: FONT_SIZE.small, color: theme.muted },
      encoding: { x, y: { value: -3 }, text: { field: "label" } },
    },
  ];
}
