import { chartTitle } from "./chart-title.ts";
import type { Spec } from "./figure.ts";
import { MISSING } from "./numbers.ts";
import type { Family } from "./ontology-order.ts";
import { fitted, textWidth } from "./text-width.ts";
import { FONT_SIZE, type Theme } from "./theme.ts";

/** A table of coloured cells with labels and brackets around it. */
export interface Matrix {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** What rows and columns are, where that is not plain. */
  readonly rowTitle?: string;
  readonly columnTitle?: string;
  readonly rowFamilies?: readonly Family[];
  readonly columnFamilies?: readonly Family[];
  /** Rows from here on are set apart by a line: what others are to be compared with. */
  readonly firstReferenceRow?: number;
  readonly cells: readonly Cell[];
  readonly legend: string;
  /** Pixels; as many as fit when left out. */
  readonly cellWidth?: number;
  readonly cellHeight?: number;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
  /** Between 0 and 1 for the colour; null leaves the cell empty but for a dash. */
  readonly value: number | null;
  /** In the cell, where there is room. */
  readonly text: string;
  /** A second, smaller line. */
  readonly small?: string;
}

/** The longest side of a matrix in pixels, a page's width with labels around it. */
const SIDE = 480;
const LARGEST_CELL = 30;
const SMALLEST_CELL = 6;
/** Cells of fewer pixels have no text. */
const CELL_WITH_TEXT = 22;
const LABEL_WIDTH = 200;
/** From the labels to the bracket of a family, and to its name. */
const BRACKET = 5;

export function matrixSpec(matrix: Matrix, theme: Theme): Spec {
  const { rows, columns, cells } = matrix;
  const fit = Math.floor(SIDE / Math.max(rows.length, columns.length, 1));
  const square = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, fit));
  const { cellWidth = square, cellHeight = square } = matrix;
  const [width, height] = [cellWidth * columns.length, cellHeight * rows.length];
  const hasText = Math.min(cellWidth, cellHeight) >= CELL_WITH_TEXT;
  const rowSize = Math.min(FONT_SIZE.label, Math.max(4, cellHeight - 1));
  const columnSize = Math.min(FONT_SIZE.label, Math.max(4, cellWidth - 1));
  const short = (labels: readonly string[], size: number) => labels.map((label) => fitted(label, LABEL_WIDTH, size));
  const rowLabels = short(rows, rowSize);
  const columnLabels = short(columns, columnSize);
  const widest = (labels: readonly string[], size: number) =>
    Math.max(0, ...labels.map((text) => textWidth(text, size)));
  const isUpright = columnLabels.every((text) => textWidth(text, columnSize) <= cellWidth - 4);
  const below = 6 + (isUpright ? columnSize : widest(columnLabels, columnSize));
  const before = 6 + widest(rowLabels, rowSize);
  const pixels = pixelScales(width, height);
  const shown = cells.map((cell) => ({
    ...{ x: cell.column * cellWidth, x2: (cell.column + 1) * cellWidth },
    ...{ y: cell.row * cellHeight, y2: (cell.row + 1) * cellHeight },
    ...{ value: cell.value, text: cell.value === null ? MISSING : cell.text, small: cell.small ?? "" },
    ink: cell.value === null ? theme.muted : inkOn(theme.sequential[tenth(cell.value)]!),
  }));
  const steps = theme.sequential.slice(1).map((_, i) => (i + 1) / 10);
  const layers: Spec[] = [
    {
      data: { values: shown.filter(({ value }) => value !== null) },
      mark: { type: "rect", stroke: theme.background, strokeWidth: square < 10 ? 0 : 0.5 },
      encoding: {
        ...pixels,
        x2: { field: "x2" },
        y2: { field: "y2" },
        color: {
          ...{ field: "value", type: "quantitative" },
          scale: { type: "threshold", domain: steps, range: theme.sequential },
          legend: {
            ...{ title: matrix.legend, titleOrient: "top", symbolType: "square", symbolSize: 120, columnPadding: 6 },
            ...{ symbolStrokeWidth: 0.5, symbolStrokeColor: theme.muted, format: ".1f", columns: 5 },
            offset: below + (matrix.columnTitle === undefined ? 8 : 28),
          },
        },
      },
    },
    textLayer(
      rowLabels.map((text, i) => ({ x: -4, y: (i + 0.5) * cellHeight, text })),
      { align: "right", baseline: "middle", fontSize: rowSize },
      pixels,
    ),
    textLayer(
      columnLabels.map((text, i) => ({ x: (i + 0.5) * cellWidth, y: height + 4, text })),
      isUpright
        ? { align: "center", baseline: "top", fontSize: columnSize }
        : { align: "right", baseline: "middle", angle: -90, fontSize: columnSize },
      pixels,
    ),
    ...missingCells(shown, theme, pixels),
    ...(hasText ? cellTexts(shown, cellWidth, cellHeight, pixels) : []),
    ...familyMarks(matrix, { cellWidth, cellHeight, width, height }, theme, pixels),
    ...axisTitles(matrix, { width, height, before, below }, pixels),
  ];
  const whole = before + width + (matrix.rowFamilies?.length ? FAMILY_WIDTH : 0);
  return { title: chartTitle(matrix.title, matrix.subtitle, whole), width, height, layer: layers };
}

/** Pixels from the upper left corner of the cells. */
const pixelScales = (width: number, height: number): Spec => ({
  x: { field: "x", type: "quantitative", scale: { domain: [0, width], nice: false, zero: false }, axis: null },
  y: {
    ...{ field: "y", type: "quantitative", axis: null },
    scale: { domain: [0, height], range: [0, height], nice: false, zero: false },
  },
});

const tenth = (value: number): number => Math.min(9, Math.max(0, Math.floor(value * 10 + 1e-9)));

type Shown = { readonly value: number | null; readonly x: number; readonly y: number; readonly text: string };

function missingCells(shown: readonly Shown[], theme: Theme, pixels: Spec): Spec[] {
  const values = shown.filter(({ value }) => value === null);
  if (values.length === 0) return [];
  return [
    {
      data: { values },
      mark: { type: "rect", filled: false, stroke: theme.muted, strokeWidth: 0.5, strokeDash: [2, 2] },
      encoding: { ...pixels, x2: { field: "x2" }, y2: { field: "y2" } },
    },
  ];
}

function cellTexts(
  shown: readonly (Shown & { readonly small: string })[],
  cellWidth: number,
  cellHeight: number,
  pixels: Spec,
): Spec[] {
  const at = (dy: number) => (cell: Shown) => ({ ...cell, x: cell.x + cellWidth / 2, y: cell.y + cellHeight / 2 + dy });
  const layer = (values: readonly Spec[], field: string, fontSize: number): Spec => ({
    data: { values },
    mark: { type: "text", align: "center", baseline: "middle", fontSize },
    encoding: { ...pixels, text: { field }, color: { field: "ink", type: "nominal", scale: null } },
  });
  const double = shown.filter(({ small }) => small !== "");
  const single = shown.filter(({ small, text }) => small === "" && text !== "");
  return [
    ...(single.length === 0 ? [] : [layer(single.map(at(0)), "text", FONT_SIZE.cell)]),
    ...(double.length === 0
      ? []
      : [layer(double.map(at(-5)), "text", FONT_SIZE.label), layer(double.map(at(7)), "small", FONT_SIZE.small)]),
  ];
}

interface Sizes {
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly width: number;
  readonly height: number;
}

/** Room for the name of a family beside its bracket. */
const FAMILY_WIDTH = 170;

/** Lines between families, brackets along their rows and columns, and their names. */
function familyMarks(matrix: Matrix, sizes: Sizes, theme: Theme, pixels: Spec): Spec[] {
  const { rowFamilies = [], columnFamilies = [], firstReferenceRow } = matrix;
  const { cellWidth, cellHeight, width, height } = sizes;
  const cuts = [
    ...rowFamilies.slice(1).map(({ first }) => ({ x: 0, x2: width, y: first * cellHeight, y2: first * cellHeight })),
    ...columnFamilies.slice(1).map(({ first }) => ({ x: first * cellWidth, x2: first * cellWidth, y: 0, y2: height })),
    ...(firstReferenceRow === undefined
      ? []
      : [{ x: 0, x2: width, y: firstReferenceRow * cellHeight, y2: firstReferenceRow * cellHeight }]),
  ];
  const right = width + BRACKET;
  const top = -BRACKET;
  const brackets = [
    ...rowFamilies.map(({ first, end }) => ({
      x: right,
      x2: right,
      y: first * cellHeight + 2,
      y2: end * cellHeight - 2,
    })),
    ...columnFamilies.map(({ first, end }) => ({ x: first * cellWidth + 2, x2: end * cellWidth - 2, y: top, y2: top })),
  ];
  const line = (values: readonly Spec[], strokeWidth: number): Spec => ({
    data: { values },
    mark: { type: "rule", color: theme.text, strokeWidth },
    encoding: { ...pixels, x2: { field: "x2" }, y2: { field: "y2" } },
  });
  return [
    ...(cuts.length === 0 ? [] : [line(cuts, 0.8)]),
    ...(brackets.length === 0 ? [] : [line(brackets, 2)]),
    ...(rowFamilies.length === 0
      ? []
      : [
          textLayer(
            rowFamilies.map(({ label, first, end }) => ({
              ...{ x: right + 5, y: ((first + end) / 2) * cellHeight },
              text: fitted(label, FAMILY_WIDTH, FONT_SIZE.label),
            })),
            { align: "left", baseline: "middle" },
            pixels,
          ),
        ]),
    ...(columnFamilies.length === 0 || rowFamilies.length > 0
      ? []
      : [
          textLayer(
            columnFamilies.map(({ label, first, end }) => ({
              ...{ x: ((first + end) / 2) * cellWidth, y: top - 5 },
              text: fitted(label, FAMILY_WIDTH, FONT_SIZE.label),
            })),
            { align: "left", baseline: "middle", angle: -35 },
            pixels,
          ),
        ]),
  ];
}

function axisTitles(
  { rowTitle, columnTitle }: Matrix,
  { width, height, before, below }: { width: number; height: number; before: number; below: number },
  pixels: Spec,
): Spec[] {
  const titles = [
    ...(rowTitle === undefined
      ? []
      : [{ at: { x: -before - 10, y: height / 2, text: rowTitle }, angle: -90, baseline: "middle" }]),
    ...(columnTitle === undefined
      ? []
      : [{ at: { x: width / 2, y: height + below + 8, text: columnTitle }, angle: 0, baseline: "top" }]),
  ];
  return titles.map(({ at, angle, baseline }) =>
    textLayer([at], { align: "center", baseline, angle, fontStyle: "italic" }, pixels),
  );
}

export const textLayer = (
  values: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  mark: Spec,
  pixels: Spec,
): Spec => ({ data: { values }, mark: { type: "text", ...mark }, encoding: { ...pixels, text: { field: "text" } } });

/** Black or white, whichever is read better on the colour; WCAG's relative luminance. */
export function inkOn(colour: string): string {
  const [red, green, blue] = [1, 3, 5].map((i) => {
    const channel = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000000" : "#ffffff";
}
