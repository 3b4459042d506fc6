import { type Cell, type Column, shown, type Table } from "../results/table.ts";

/** A text as HTML shows it, in elements and between the quotes of attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * JSON inside of a script element: without `<`, nothing can end the element or begin a comment, and without the two line
 * separators it is JavaScript as well.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A table for people; the columns of an interval become one with the number that it is of. */
export function tableHtml(table: Table): string {
  const columns = table.columns.map((column, i) => ({ ...column, i, interval: intervalOf(table.columns, column) }));
  const used = new Set(columns.flatMap(({ interval }) => interval ?? []));
  const kept = columns.filter(({ i }) => !used.has(i));
  const head = kept.map(({ header, kind }) => `<th scope="col"${classOf(kind)}>${escapeHtml(header)}</th>`);
  const rows = table.rows.map((row) => {
    const cells = kept.map(({ i, interval, ...column }, place) => {
      const text = cellText(row[i]!, column);
      if (place === 0) return `<th scope="row">${text}</th>`;
      const [low, high] = (interval ?? []).map((at) => cellText(row[at]!, table.columns[at]!));
      const range = low === undefined || low === "" ? "" : ` <small>${low} to ${high}</small>`;
      return `<td${classOf(column.kind)}>${text}${range}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const caption = escapeHtml(table.caption);
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(firstSentence(table.caption))}"><table class="plain-table"><caption>${caption}</caption>` +
    `<thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`
  );
}

/** A number with a true minus sign. */
function cellText(cell: Cell, column: Column): string {
  const text = escapeHtml(shown(cell, column));
  return typeof cell === "number" ? text.replace("-", "\u2212") : text;
}

const classOf = (kind: Column["kind"]) => (kind === "text" ? "" : ' class="number"');

const firstSentence = (text: string) => text.split(/[.;]/)[0]!;

/** The places of the columns "x low" and "x high" of a column "x"; undefined when it has none. */
function intervalOf(columns: readonly Column[], { header }: Column): readonly [number, number] | undefined {
  const low = columns.findIndex((column) => column.header === `${header} low`);
  const high = columns.findIndex((column) => column.header === `${header} high`);
  return low < 0 || high < 0 ? undefined : [low, high];
}
