import CliTable from "cli-table3";
import { markdownTable } from "markdown-table";
import Papa from "papaparse";
import { shown, type Table } from "./table.ts";

/** RFC 4180 with line feeds, as pandas writes it; numbers in full. */
export function toCsv({ columns, rows }: Table): string {
  const fields = columns.map((column) => column.header);
  return `${Papa.unparse({ fields, data: rows as unknown[][] }, { newline: "\n" })}\n`;
}

/** A GitHub-flavoured Markdown table under its caption. */
export function toMarkdown({ caption, columns, rows }: Table): string {
  const cells = rows.map((row) => row.map((cell, c) => shown(cell, columns[c]!).replaceAll("|", "\\|")));
  const table = markdownTable([columns.map((column) => column.header), ...cells], {
    align: columns.map((column) => (column.kind === "text" ? "left" : "right")),
  });
  return `${caption}\n\n${table}\n`;
}

/** A LaTeX table for the booktabs package. */
export function toLatex({ name, caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `    ${cells.map(escapeLatex).join(" & ")} \\\\`;
  const align = columns.map((column) => (column.kind === "text" ? "l" : "r")).join("");
  return [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${escapeLatex(caption)}}`,
    `  \\label{tab:${name}}`,
    `  \\begin{tabular}{${align}}`,
    "    \\toprule",
    line(columns.map((column) => column.header)),
    "    \\midrule",
    ...rows.map((row) => line(row.map((cell, c) => shown(cell, columns[c]!)))),
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

/** A table for the terminal: no colours, rules only around the header. */
export function toTerminal({ caption, columns, rows }: Table): string {
  const table = new CliTable({
    head: columns.map(({ header, short = header }) => short),
    colAligns: columns.map((column) => (column.kind === "text" ? "left" : "right")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "",
    },
  });
  for (const row of rows) table.push(row.map((cell, c) => shown(cell, columns[c]!)));
  const lines = table.toString().split("\n");
  return [caption, "", ...lines.map((line) => `  ${line.trimEnd()}`), ""].join("\n");
}
