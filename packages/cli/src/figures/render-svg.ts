import type { TopLevelSpec } from "vega-lite";
import type { Figure, Spec } from "./figure.ts";
import { textWidth } from "./text-width.ts";
import { FONT, light, type Theme, themeConfig } from "./theme.ts";

/**
 * Draws a figure. The same figure gives the same bytes: no clock, no random numbers, no fonts of this computer.
 * @returns an SVG document of its own, with a title and a description for screen readers
 */
export async function renderSvg(figure: Figure, theme: Theme = light): Promise<string> {
  // A third of a second: only for those who want figures.
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  // Vega would ask a canvas, if one happened to be installed, and estimate otherwise at 0.8 of the size a character.
  // Its types leave this export out.
  Object.assign((vega as unknown as { textMetrics: object }).textMetrics, { width: measure });
  const spec: Spec = { ...figure.spec(theme), background: theme.background, padding: 8, config: themeConfig(theme) };
  const logger = refusingLogger(figure.name);
  const compiled = compile(spec as unknown as TopLevelSpec, { logger }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logger });
  try {
    return withWords(await view.toSVG(), figure);
  } finally {
    view.finalize();
  }
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** A line of a text mark, in pixels. */
const measure = ({ fontSize = 11, fontWeight }: TextItem, line: unknown): number =>
  textWidth(String(line ?? ""), fontSize, fontWeight === "bold" || fontWeight === 700);

/** What Vega only warns of is a mistake in a figure. */
function refusingLogger(name: string) {
  const refuse = (...messages: readonly unknown[]): never => {
    throw new Error(`figure ${name}: ${messages.join(" ")}`);
  };
  const logger = { level: () => logger, error: refuse, warn: refuse, info: () => logger, debug: () => logger };
  return logger as never;
}

const FONT_OF_TEXT = ` font-family="${FONT}"`;

function withWords(svg: string, { title, description }: Figure): string {
  const start = /^<svg /.exec(svg);
  const end = svg.indexOf(">");
  if (start === null) throw new Error("Vega's SVG does not begin with its root");
  // Once for all texts, and not again on each of them.
  const marks = svg.slice(end + 1).replace(/<text [^>]*>/g, (tag) => tag.replace(FONT_OF_TEXT, ""));
  return (
    `<svg role="img" font-family="${FONT}" ${svg.slice(start[0].length, end)}>` +
    `<title>${escaped(title)}</title><desc>${escaped(description)}</desc>${marks}\n`
  );
}

function escaped(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
  const legal = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\uFFFD");
  return legal.replace(/[&<>]/g, (character) => named[character]!);
}
