import type { Taxonomy, TaxonomyNode } from "@irec/ontology";
import { termOf } from "../ontology-terms.ts";

/** Labels in the order of an ontology, with the families that they fall into. */
export interface OntologyOrder {
  /** order[i]: which label stands at place i. */
  readonly order: readonly number[];
  /** Runs of places, one a family, in order; empty when there is but one. */
  readonly families: readonly Family[];
}

export interface Family {
  readonly label: string;
  readonly first: number;
  readonly end: number;
}

/** As the ontology lists its nodes; labels that it does not know come last, and as they were without an ontology. */
export function ontologyOrder(labels: readonly string[], ontology: Taxonomy | undefined): OntologyOrder {
  const terms = labels.map((label) => (ontology === undefined ? undefined : termOf(label, ontology)));
  const place = (i: number) => terms[i]?.index ?? Number.POSITIVE_INFINITY;
  const order = labels.map((_, i) => i).sort((a, b) => (place(a) === place(b) ? a - b : place(a) - place(b)));
  const known = terms.filter((term) => term !== undefined);
  if (ontology === undefined || known.length === 0) return { order, families: [] };
  const branches = branchesOf(ontology, known);
  const families: { label: string; first: number; end: number }[] = [];
  for (const [at, i] of order.entries()) {
    const term = terms[i];
    const label = term === undefined ? "other" : (branches.find((branch) => isAbove(branch, term)) ?? term).label;
    const last = families.at(-1);
    if (last?.label === label) last.end = at + 1;
    else families.push({ label, first: at, end: at + 1 });
  }
  return { order, families: families.length > 1 ? families : [] };
}

/** The branches into which the terms part, going down from the root wherever one would hold more than half of them. */
function branchesOf(ontology: Taxonomy, terms: readonly TaxonomyNode[]): readonly TaxonomyNode[] {
  const parted = (node: TaxonomyNode): readonly TaxonomyNode[] => {
    const below = terms.filter((term) => isAbove(node, term));
    if (below.length === 0) return [];
    if (below.length <= terms.length / 2 || below.includes(node)) return [node];
    return node.children.flatMap(parted);
  };
  return parted(ontology.root);
}

/** Whether a node is the term or one of its ancestors. */
const isAbove = (node: TaxonomyNode, term: TaxonomyNode): boolean =>
  node === term || term.parents.some((parent) => isAbove(node, parent));
