import type { Spec } from "./figure.ts";
import { wrapped } from "./text-width.ts";
import { FONT_SIZE } from "./theme.ts";

/** The title over a chart of this width, with what is counted and how below it. */
export function chartTitle(title: string, subtitle: string, width: number): Spec {
  return {
    text: wrapped(title, width, FONT_SIZE.title * BOLD),
    subtitle: subtitle === "" ? [] : wrapped(subtitle, width, FONT_SIZE.subtitle),
  };
}

/** The title is bold, and wider than its letters are thin. */
const BOLD = 1.06;
