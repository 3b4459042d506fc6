import type { Taxonomy, TaxonomyNode } from "@irec/ontology";
import { termOf } from "../ontology-terms.ts";
import { quoted } from "../quoted.ts";

/**
 * The row of each wanted label among the labels that there are, or the reason why they do not match.
 * Labels match when they are equal but for letter case, or when the ontology takes both for the same instrument
 * ("cello" and "violoncello").
 */
export function rowOfEachLabel(
  wanted: readonly string[],
  present: readonly string[],
  ontology: Taxonomy,
): readonly number[] | string {
  const byText = new Map(present.map((label, row) => [label.toLowerCase(), row]));
  const byNode = new Map<TaxonomyNode, number>();
  for (const [row, label] of present.entries()) {
    const node = termOf(label, ontology);
    if (node !== undefined) byNode.set(node, row);
  }
  const rows = wanted.map((label) => {
    const node = termOf(label, ontology);
    return byText.get(label.toLowerCase()) ?? (node === undefined ? undefined : byNode.get(node));
  });
  const missing = wanted.filter((_, i) => rows[i] === undefined);
  if (missing.length > 0) return `its labels lack ${listed(missing)} of the ground truth`;
  if (new Set(rows).size < rows.length) return `two labels of the ground truth mean the same row: ${listed(wanted)}`;
  if (present.length > wanted.length) {
    const extra = present.filter((_, row) => !rows.includes(row));
    return `it has prompts for labels that the ground truth lacks: ${listed(extra)}`;
  }
  return rows as number[];
}

const listed = (labels: readonly string[]) => labels.map(quoted).join(", ");
