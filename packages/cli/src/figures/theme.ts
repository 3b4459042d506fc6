import type { Spec } from "./figure.ts";

/** Colours of all figures; what differs between the pages that they are put on. */
export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** Okabe and Ito's, told apart by colour-blind readers; series differ in dashes or shapes as well. */
  readonly series: readonly string[];
  /** Right against wrong, corrected against published. */
  readonly first: string;
  readonly second: string;
  /** From nothing to all, each a tenth. One hue, so that it is read in grey as well. */
  readonly sequential: readonly string[];
  /** From far below chance over chance in the middle to far above. */
  readonly diverging: readonly string[];
}

const OKABE_ITO = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"];

export const light: Theme = {
  background: "#ffffff",
  text: "#1a1a1a",
  muted: "#666666",
  grid: "#dddddd",
  series: OKABE_ITO,
  first: "#0072B2",
  second: "#D55E00",
  sequential: [
    "#f7fbff",
    "#e3eef9",
    "#cfe1f2",
    "#b5d4e9",
    "#93c3df",
    "#6daed5",
    "#4b97c9",
    "#2f7ebc",
    "#1864aa",
    "#0a4a90",
  ],
  diverging: ["#b35806", "#d8812a", "#f2ad66", "#fbd7ae", "#d6e4f0", "#9cc4de", "#5a9bc6", "#2269a8"],
};

export const dark: Theme = {
  background: "#16181d",
  text: "#e8e8e8",
  muted: "#a0a4ab",
  grid: "#3a3e46",
  series: [...OKABE_ITO.slice(0, -1), "#F0E442"].map((colour) => (colour === "#0072B2" ? "#3D9BDC" : colour)),
  first: "#56B4E9",
  second: "#E69F00",
  sequential: [
    "#1b2430",
    "#1c3044",
    "#1d3d59",
    "#1f4b70",
    "#245b88",
    "#2f6da0",
    "#4482b6",
    "#6199c9",
    "#86b3da",
    "#b4d2ec",
  ],
  diverging: ["#f2a65a", "#cf8238", "#9c6127", "#5f4527", "#2b4258", "#35658c", "#4c8dc0", "#86bce6"],
};

/** Pixels of CSS: 96 an inch, so that 10 are 7.5 points when the figure is printed at its size. */
export const FONT_SIZE = { title: 12, subtitle: 10, label: 10, cell: 9, small: 8 };

/** Metric-compatible with each other, so that the widths that are counted on hold wherever the figure is opened. */
export const FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";

/** What holds for every figure, as Vega-Lite's configuration. */
export function themeConfig(theme: Theme): Spec {
  const { text, muted, grid } = theme;
  const { title, subtitle, label } = FONT_SIZE;
  return {
    font: FONT,
    // The root says what the figure is; a role and a label on each of hundreds of marks would drown it.
    aria: false,
    view: { stroke: null },
    title: {
      ...{ anchor: "start", frame: "bounds", offset: 8, color: text, fontSize: title, fontWeight: "bold" },
      ...{ subtitleColor: muted, subtitleFontSize: subtitle, subtitlePadding: 4, subtitleLineHeight: 13 },
    },
    axis: {
      // A number belongs under its tick, at the ends too.
      labelFlush: false,
      ...{ domainColor: muted, tickColor: muted, gridColor: grid, labelColor: text, titleColor: text },
      ...{ labelFontSize: label, titleFontSize: label, titleFontWeight: "normal", labelLimit: 0, titleLimit: 0 },
    },
    header: { labelColor: text, labelFontSize: label, labelFontWeight: "bold", labelLimit: 0, title: null },
    legend: {
      ...{ labelColor: text, titleColor: text, labelFontSize: label, titleFontSize: label, titleFontWeight: "normal" },
      ...{ labelLimit: 0, titleLimit: 0, orient: "bottom", direction: "horizontal", offset: 6 },
    },
    text: { color: text, fontSize: label },
  };
}
