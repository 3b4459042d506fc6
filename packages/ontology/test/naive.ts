import type { SimilarityRule, TaxonomyNode } from "../src/index.ts";

/*
 * The definitions written down as plainly as possible, to check the fast forms: nothing but `parents` of a node is used.
 */

/** A node and all its ancestors with the fewest edges up to each, by trying every way up. */
export function waysUp(node: TaxonomyNode, edges = 0, found = new Map<TaxonomyNode, number>()) {
  found.set(node, Math.min(edges, found.get(node) ?? Number.POSITIVE_INFINITY));
  for (const parent of node.parents) waysUp(parent, edges + 1, found);
  return found;
}

/** The fewest edges from the root. */
export function depthOf(node: TaxonomyNode): number {
  return node.parents.length === 0 ? 0 : 1 + Math.min(...node.parents.map(depthOf));
}

/** The similarity as [numerator, denominator], best over all common ancestors. */
export function naiveSimilarity(a: TaxonomyNode, b: TaxonomyNode, rule: SimilarityRule): [number, number] {
  const [fromA, fromB] = [waysUp(a), waysUp(b)];
  const candidates = [...fromA.keys()]
    .filter((node) => fromB.has(node))
    .map((node): [number, number] => {
      const edges = fromA.get(node)! + fromB.get(node)!;
      if (rule === "path") return [0 - edges, 1];
      if (rule === "lca") return [depthOf(node), 1];
      const shared = 2 * (depthOf(node) + 1);
      return [shared, shared + edges];
    });
  return candidates.reduce((best, next) => (compare(next, best) > 0 ? next : best));
}

/** Exact comparison of [numerator, denominator] pairs. */
export function compare([a, b]: [number, number], [c, d]: [number, number]): number {
  return a * d - c * b;
}

/** Edges of the shortest way in the undirected graph, by breadth-first search over parents and children. */
export function breadthFirstEdges(a: TaxonomyNode, b: TaxonomyNode): number {
  const edges = new Map([[a, 0]]);
  for (const node of edges.keys())
    for (const next of [...node.parents, ...node.children]) if (!edges.has(next)) edges.set(next, edges.get(node)! + 1);
  return edges.get(b)!;
}

/** All triplets by three nested loops, in the documented order. */
export function naiveTriplets(terms: readonly TaxonomyNode[], rule: SimilarityRule): [number, number, number][] {
  const similarities = terms.map((a) => terms.map((b) => naiveSimilarity(a, b, rule)));
  const found: [number, number, number][] = [];
  for (let a = 0; a < terms.length; a++)
    for (let p = 0; p < terms.length; p++)
      for (let n = 0; n < terms.length; n++)
        if (a !== p && a !== n && p !== n && compare(similarities[a]![p]!, similarities[a]![n]!) > 0)
          found.push([a, p, n]);
  return found;
}
