import { markdownTable } from "markdown-table";
import Papa from "papaparse";
import { type Column, shown, type Table } from "./table.ts";

/** RFC 4180 with line feeds, as pandas writes it; numbers in full. */
export function toCsv({ columns, rows }: Table): string {
  const fields = columns.map((column) => column.header);
  return `${Papa.unparse({ fields, data: rows as unknown[][] }, { newline: "\n" })}\n`;
}

/** A GitHub-flavoured Markdown table under its caption; intervals stand behind their numbers. */
export function toMarkdown(table: Table): string {
  const { caption, columns, rows } = withJoinedIntervals(table);
  const lines = markdownTable(
    [columns.map((column) => column.header), ...rows].map((row) => row.map(escapeMarkdown)),
    { align: columns.map(alignment) },
  );
  return `${caption}\n\n${lines}\n`;
}

/** A table for reading: the columns "x low" and "x high" go into the cells of "x", as 0.4528 (0.4210 to 0.4840). */
function withJoinedIntervals({ caption, columns, rows }: Table) {
  const placeOf = (header: string) => columns.findIndex((column) => column.header === header);
  const ends = columns.map(({ header }) => [placeOf(`${header} low`), placeOf(`${header} high`)] as const);
  const joined = ends.filter(([low, high]) => low !== -1 && high !== -1);
  const kept = columns.map((_, c) => c).filter((c) => !joined.some((pair) => pair.includes(c)));
  const texts = shownRows({ columns, rows });
  const cell = (row: readonly string[], c: number): string => {
    const [low, high] = ends[c]!.map((end) => row[end] ?? "");
    return low && high ? `${row[c]} (${low} to ${high})` : row[c]!;
  };
  return {
    caption: joined.length === 0 ? caption : `${caption}. In brackets intervals`,
    columns: kept.map((c) => columns[c]!),
    rows: texts.map((row) => kept.map((c) => cell(row, c))),
  };
}

/** So that a label is read as it is written: no HTML, no link, no emphasis, no end of the cell. */
const escapeMarkdown = (text: string): string => text.replace(/[\\|<>[\]*`]/g, "\\$&");

/** A LaTeX table for the booktabs package; intervals stand behind their numbers. */
export function toLatex(table: Table): string {
  const { caption, columns, rows } = withJoinedIntervals(table);
  const line = (cells: readonly string[]) => `    ${cells.map(escapeLatex).join(" & ")} \\\\`;
  const align = columns.map((column) => alignment(column)[0]).join("");
  return [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${escapeLatex(caption)}}`,
    `  \\label{tab:${table.name}}`,
    `  \\begin{tabular}{${align}}`,
    "    \\toprule",
    line(columns.map((column) => column.header)),
    "    \\midrule",
    ...rows.map(line),
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}

function escapeLatex(text: string): string {
  const named: Record<string, string> = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
  };
  return text.replace(/[\\~^&%$#_{}]/g, (character) => named[character] ?? `\\${character}`);
}

/** A table for the terminal: no colours, one rule under the header. */
export function toTerminal({ caption, columns, rows }: Table): string {
  const head = columns.map(({ header, short = header }) => short);
  const table = markdownTable([head, ...shownRows({ columns, rows })], {
    align: columns.map(alignment),
    delimiterStart: false,
    delimiterEnd: false,
  });
  const [header, rule, ...lines] = table.split("\n");
  const plainRule = rule!.replaceAll(":", "-").replaceAll("|", "+");
  return [caption, "", ...[header!, plainRule, ...lines].map((line) => `  ${line.trimEnd()}`), ""].join("\n");
}

const alignment = (column: Column) => (column.kind === "text" ? "left" : "right");

const shownRows = ({ columns, rows }: Pick<Table, "columns" | "rows">): string[][] =>
  rows.map((row) => row.map((cell, c) => shown(cell, columns[c]!)));
