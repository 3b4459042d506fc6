import { sharedInstruments, type Taxonomy, type TaxonomyNode } from "@irec/ontology";
import { choiceName, labelOntology, NAMED_ONTOLOGIES } from "../ontology-choice.ts";
import { termOf } from "../ontology-terms.ts";
import type { Results } from "../results/results.ts";
import type { ReportNode, ReportOntology } from "./report-data.ts";

/** The ontology of a run as far as its labels reach, and where the labels are in it. */
export interface RunOntology {
  readonly ontology: ReportOntology;
  /** Every label of the run once, in the order of the ontology; those that it lacks at the end. */
  readonly labels: readonly string[];
  /** The place in `labels` of a label, also of another spelling of one. */
  labelPlace(label: string): number;
  /** The place among the nodes of a node's id; undefined when the labels do not need it. */
  nodePlace(id: string): number | undefined;
  /** The place of the node at which two labels meet; -1 where that is not known. */
  meeting(a: string, b: string): number;
}

/** A node, as far as a page needs to know it. */
interface KnownNode {
  readonly id: string;
  readonly label: string;
  readonly parent: string | undefined;
}

/**
 * Looks the labels up in the ontology that the run names. One that irec does not carry, a user's own, is known by what the
 * experiment ontology-map has written of it, or else by the nodes that triplets met at.
 * @param ownLabels - those of the data set; each stays one of its own
 * @param otherLabels - those of prompts; what is another spelling of a label is the same label
 */
export function runOntology(
  results: Results,
  ownLabels: readonly string[],
  otherLabels: readonly string[],
): RunOntology {
  const choice = [...NAMED_ONTOLOGIES, NAMED_ONTOLOGIES].find((one) => choiceName(one) === results.ontology);
  const spellings = [...new Set([...ownLabels, ...otherLabels])];
  if (choice === undefined) return ofResults(results, spellings);
  const taxonomy = "nodes" in choice ? choice : choice[0]!;
  const nodeOf = nodesOfLabels(spellings, taxonomy, labelOntology(choice));
  const met = new Set((results.experiments.triplets ?? []).flatMap((row) => row.perNode.map(({ node }) => node)));
  const labelOf = sameLabels(ownLabels, spellings, nodeOf);
  const inOrder = [...new Set(labelOf.values())].sort(
    (a, b) => (nodeOf.get(a)?.index ?? Number.MAX_SAFE_INTEGER) - (nodeOf.get(b)?.index ?? Number.MAX_SAFE_INTEGER),
  );
  const nodes = branches(taxonomy, new Set([...nodeOf.values()].filter((node) => node !== undefined)), met);
  const ids = new Map(inOrder.map((label) => [label, nodeOf.get(label)?.id]));
  const made = placed(results.ontology, nodes, inOrder, ids);
  return {
    ...made,
    labelPlace: (label) => inOrder.indexOf(labelOf.get(label)!),
    meeting(a, b) {
      const [first, second] = [nodeOf.get(a), nodeOf.get(b)];
      if (first === undefined || second === undefined) return -1;
      return made.nodePlace(taxonomy.lowestCommonAncestor(first, second).id) ?? -1;
    },
  };
}

/** The node of each label; labels are looked up in one ontology and may be asked for in another. */
function nodesOfLabels(
  labels: readonly string[],
  taxonomy: Taxonomy,
  spoken: Taxonomy,
): ReadonlyMap<string, TaxonomyNode | undefined> {
  const terms = labels.map((label) => termOf(label, spoken));
  if (taxonomy === spoken) return new Map(labels.map((label, i) => [label, terms[i]]));
  const known = [...new Set(terms.filter((term) => term !== undefined))];
  const shared = sharedInstruments([taxonomy], { instruments: known });
  const there = new Map(shared.instruments.map((instrument, i) => [instrument, shared.terms[0]![i]!]));
  return new Map(labels.map((label, i) => [label, terms[i] && there.get(terms[i])]));
}

/** Which label each spelling stands for: prompts say "cello" of what a data set calls "Violoncello". */
function sameLabels(
  own: readonly string[],
  spellings: readonly string[],
  nodeOf: ReadonlyMap<string, TaxonomyNode | undefined>,
): ReadonlyMap<string, string> {
  const labels = new Set(own);
  const ofNode = new Map<TaxonomyNode, string>();
  for (const label of spellings) {
    const node = nodeOf.get(label);
    if (node !== undefined && !ofNode.has(node)) ofNode.set(node, label);
  }
  const labelOf = (spelling: string) => {
    const node = nodeOf.get(spelling);
    return labels.has(spelling) || node === undefined ? spelling : ofNode.get(node)!;
  };
  return new Map(spellings.map((spelling) => [spelling, labelOf(spelling)]));
}

/**
 * The root, the terms, and every node between them at which something branches, each under the first of its parents: depth
 * first. A node with one branch says nothing that the branch does not.
 * @param met - ids of nodes that are to be kept in any case
 */
function branches(
  taxonomy: Taxonomy,
  terms: ReadonlySet<TaxonomyNode>,
  met: ReadonlySet<string>,
): readonly KnownNode[] {
  const below = (node: TaxonomyNode, parent: string | undefined): readonly KnownNode[] => {
    const children = node.children.filter((child) => child.parents[0] === node);
    const inner = (above: string | undefined) =>
      children.map((child) => below(child, above)).filter((b) => b.length > 0);
    const found = inner(node.id);
    if (node === taxonomy.root || terms.has(node) || met.has(node.id) || found.length > 1)
      return [{ id: node.id, label: node.label, parent }, ...found.flat()];
    return inner(parent).flat();
  };
  return below(taxonomy.root, undefined);
}

/** Of an ontology that irec does not carry. */
function ofResults(results: Results, labels: readonly string[]): RunOntology {
  const mapped = results.experiments["ontology-map"]?.[0]?.nodes;
  const met = (results.experiments.triplets ?? []).flatMap((row) => row.perNode);
  const known: readonly KnownNode[] =
    mapped === undefined
      ? [...new Map(met.map(({ node, label }) => [node, { id: node, label, parent: "" }])).values()]
      : depthFirst(mapped.map(({ node, label, parents }) => ({ id: node, label, parent: parents[0] })));
  const isTree = mapped !== undefined;
  const nodes: KnownNode[] = isTree ? [...known] : [{ id: "", label: results.ontology, parent: undefined }, ...known];
  const ids = new Map(labels.map((label) => [label, nodes.find((node) => node.label === label)?.id]));
  for (const label of labels) {
    if (ids.get(label) !== undefined) continue;
    ids.set(label, `label ${label}`);
    nodes.push({ id: `label ${label}`, label, parent: nodes[0]!.id });
  }
  const order = new Map(nodes.map(({ id }, i) => [id, i]));
  const inOrder = labels.toSorted((a, b) => order.get(ids.get(a)!)! - order.get(ids.get(b)!)!);
  const made = placed(results.ontology, nodes, inOrder, ids, isTree);
  const isKnown = isTree && mapped.every(({ parents }) => parents.length < 2);
  return {
    ...made,
    labelPlace: (label) => inOrder.indexOf(label),
    meeting(a, b) {
      const above = isKnown ? withAncestors(ids.get(a)!, nodes) : [];
      const met = withAncestors(ids.get(b)!, nodes).find((id) => above.includes(id));
      return met === undefined ? -1 : made.nodePlace(met)!;
    },
  };
}

/** The ids of a node and of all above it in a tree, the node first. */
function withAncestors(id: string, nodes: readonly KnownNode[]): readonly string[] {
  const parent = nodes.find((node) => node.id === id)?.parent;
  return parent === undefined ? [id] : [id, ...withAncestors(parent, nodes)];
}

function depthFirst(nodes: readonly KnownNode[]): readonly KnownNode[] {
  const below = (parent: string | undefined): readonly KnownNode[] =>
    nodes.filter((node) => node.parent === parent).flatMap((node) => [node, ...below(node.id)]);
  return below(undefined);
}

/** Names become places. */
function placed(
  name: string,
  nodes: readonly KnownNode[],
  labels: readonly string[],
  idOfLabel: ReadonlyMap<string, string | undefined>,
  isTree = true,
): Pick<RunOntology, "ontology" | "labels" | "nodePlace"> {
  const places = new Map(nodes.map(({ id }, i) => [id, i]));
  const terms = new Map<string, number>();
  for (const [place, label] of labels.entries()) {
    const id = idOfLabel.get(label);
    if (id !== undefined && !terms.has(id)) terms.set(id, place);
  }
  return {
    labels,
    nodePlace: (id) => places.get(id),
    ontology: {
      name,
      isTree,
      nodes: nodes.map(({ id, label, parent }): ReportNode => {
        const term = terms.get(id);
        return {
          id,
          label,
          parent: parent === undefined ? -1 : places.get(parent)!,
          ...(term === undefined ? {} : { term }),
        };
      }),
    },
  };
}
