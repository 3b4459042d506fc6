import { ArgumentError, list, quote, TermListError } from "./errors.ts";
import { compareFractions, type Fraction } from "./fraction.ts";
import { requireNodeOf, requireTaxonomy, type Taxonomy, type TaxonomyNode } from "./taxonomy.ts";

/**
 * How similarity is measured on a taxonomy.
 *
 * - `lca`: depth of the lowest common ancestor, in edges, root 0. The default: it asks only what two terms share.
 * - `path`: minus the number of edges on the shortest way through a common ancestor. It depends on how finely a branch was
 *   drawn: in `doktorski`, tuba to violin is 8 and tuba to accordion 9, although only the latter are both wind instruments.
 * - `wu-palmer`: twice the depth of a common ancestor, over that plus the edges down to both terms; depth in nodes, root 1.
 *   On a tree this is 2 d(lca) / (d(a) + d(b)).
 *
 * With several parents there are several common ancestors and ways; the best value counts, for each rule on its own. Depth
 * is always the shortest way from the root.
 *
 * @see Wu and Palmer 1994, "Verb semantics and lexical selection"; Resnik 1995, "Using information content to evaluate
 *   semantic similarity in a taxonomy", for the best of several common ancestors
 */
export type SimilarityRule = "lca" | "path" | "wu-palmer";

/** All similarities between n terms. */
export interface Similarities {
  readonly rule: SimilarityRule;
  /** The terms of rows and columns. */
  readonly terms: readonly TaxonomyNode[];
  /**
   * Shape [n, n], row-major: the rank of the similarity among the distinct ones that occur, 0 for the least similar. An
   * entry is larger if and only if the pair is more similar; equal entries are exact ties.
   */
  readonly levels: Int32Array;
  /** Shape [n, n], row-major: the similarity; larger is more similar, so `path` is negated and at most 0. */
  readonly values: Float64Array;
  /** The exact similarity of each level, ascending. */
  readonly scale: readonly Fraction[];
  /** The similarity of terms i and j, from `values`. */
  at(i: number, j: number): number;
}

/**
 * Similarities between all pairs of terms, the diagonal included. Symmetric.
 *
 * @param terms - nodes of the taxonomy, each once; at most 16,384
 * @throws {TermListError} when a term is given twice or there are too many
 * @throws {UnknownTermError} when a term is a node of another taxonomy
 * @throws {ArgumentError} when a term is no node, such as the name of one, or the rule does not exist
 * @example similarityMatrix(doktorski, tinysolTerms, "path").at(0, 1) // -2: tuba to French horn
 */
export function similarityMatrix(
  taxonomy: Taxonomy,
  terms: readonly TaxonomyNode[],
  rule: SimilarityRule = "lca",
): Similarities {
  requireTerms(taxonomy, terms);
  requireRule(rule);
  const best = bestCommonAncestor[rule];
  const n = terms.length;
  const met = new MetFractions();
  const levels = new Int32Array(n * n);
  const lineages = terms.map(lineageOf);
  const edgesUp = new Int32Array(taxonomy.nodes.length).fill(notAbove);
  for (let i = 0; i < n; i++) {
    const { nodes, edges } = lineages[i]!;
    for (let k = 0; k < nodes.length; k++) edgesUp[nodes[k]!] = edges[k]!;
    for (let j = i; j < n; j++) levels[i * n + j] = levels[j * n + i] = met.number(best(edgesUp, lineages[j]!));
    for (const node of nodes) edgesUp[node] = notAbove;
  }
  const { levelOf, scale } = met.ranked();
  const valueOfLevel = scale.map(({ numerator, denominator }) => numerator / denominator);
  const values = new Float64Array(n * n);
  for (let k = 0; k < values.length; k++) {
    const level = levelOf[levels[k]!]!;
    levels[k] = level;
    values[k] = valueOfLevel[level]!;
  }
  return Object.freeze({
    rule,
    terms: Object.freeze([...terms]),
    levels,
    values,
    scale: Object.freeze(scale),
    at: (i: number, j: number): number => values[i * n + j]!,
  });
}

/**
 * Distances between all pairs of terms, shape [n, n], row-major, symmetric, 0 on the diagonal and nowhere below 0:
 *
 * - `path`: edges of the shortest way through a common ancestor.
 * - `lca`: depth of the deepest node of the whole taxonomy minus depth of the lowest common ancestor; on a tree this is an
 *   ultrametric, as hierarchical clustering wants it. The diagonal is set to 0.
 * - `wu-palmer`: 1 minus the similarity.
 *
 * @throws as `similarityMatrix` does
 * @example distanceMatrix(doktorski, tinysolTerms, "path")[1] // 2: tuba to French horn
 */
export function distanceMatrix(
  taxonomy: Taxonomy,
  terms: readonly TaxonomyNode[],
  rule: SimilarityRule = "lca",
): Float64Array {
  const { levels, scale } = similarityMatrix(taxonomy, terms, rule);
  const deepest = taxonomy.nodes.reduce((depth, node) => Math.max(depth, node.depth), 0);
  const most = { lca: deepest, path: 0, "wu-palmer": 1 }[rule];
  const distanceOfLevel = scale.map(({ numerator, denominator }) => (most * denominator - numerator) / denominator);
  const distances = new Float64Array(levels.length);
  for (let k = 0; k < levels.length; k++) distances[k] = distanceOfLevel[levels[k]!]!;
  for (let i = 0; i < terms.length; i++) distances[i * terms.length + i] = 0;
  return distances;
}

/**
 * The number of edges on the shortest way from a up to a common ancestor and down to b; 0 for a node and itself.
 * @throws {UnknownTermError} when a node is of another taxonomy
 * @throws {ArgumentError} when it is no node, such as the name of one
 * @example pathLength(doktorski, doktorski.find("tuba"), doktorski.find("violin")) // 8
 */
export function pathLength(taxonomy: Taxonomy, a: TaxonomyNode, b: TaxonomyNode): number {
  // 0 - x, because -x would turn 0 into -0.
  return 0 - similarityOf(taxonomy, a, b, "path").numerator;
}

/**
 * The depth of the lowest common ancestor, in edges from the root, whose depth is 0.
 * @throws {UnknownTermError} when a node is of another taxonomy
 * @throws {ArgumentError} when it is no node, such as the name of one
 * @example lcaDepth(doktorski, doktorski.find("tuba"), doktorski.find("accordion")) // 1
 */
export function lcaDepth(taxonomy: Taxonomy, a: TaxonomyNode, b: TaxonomyNode): number {
  return similarityOf(taxonomy, a, b, "lca").numerator;
}

/**
 * The Wu-Palmer similarity as the fraction that its definition writes, not reduced, and as a number in (0, 1]. Compare
 * fractions by cross-multiplication: equal fractions such as 2/6 and 3/9 are ties.
 * @throws {UnknownTermError} when a node is of another taxonomy
 * @throws {ArgumentError} when it is no node, such as the name of one
 * @example wuPalmer(doktorski, doktorski.find("violin"), doktorski.find("viola")) // { numerator: 6, denominator: 8, value: 0.75 }
 */
export function wuPalmer(taxonomy: Taxonomy, a: TaxonomyNode, b: TaxonomyNode): Fraction & { readonly value: number } {
  const { numerator, denominator } = similarityOf(taxonomy, a, b, "wu-palmer");
  return { numerator, denominator, value: numerator / denominator };
}

function similarityOf(taxonomy: Taxonomy, a: TaxonomyNode, b: TaxonomyNode, rule: SimilarityRule): Fraction {
  requireTaxonomy(taxonomy);
  requireNodeOf(taxonomy, a, "a");
  requireNodeOf(taxonomy, b, "b");
  const { nodes, edges } = lineageOf(a);
  const edgesUp = new Int32Array(taxonomy.nodes.length).fill(notAbove);
  for (let k = 0; k < nodes.length; k++) edgesUp[nodes[k]!] = edges[k]!;
  return bestCommonAncestor[rule](edgesUp, lineageOf(b));
}

/** A node and its ancestors: their indices, the fewest edges up to each, and their depths. */
interface Lineage {
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly depths: readonly number[];
}

function lineageOf(node: TaxonomyNode): Lineage {
  const nodes: number[] = [];
  const edges: number[] = [];
  const depths: number[] = [];
  let rank: Iterable<TaxonomyNode> = [node];
  const met = new Set(rank);
  for (let up = 0; nodes.length < met.size; up++) {
    const above: TaxonomyNode[] = [];
    for (const member of rank) {
      nodes.push(member.index);
      edges.push(up);
      depths.push(member.depth);
      for (const parent of member.parents) {
        if (met.has(parent)) continue;
        met.add(parent);
        above.push(parent);
      }
    }
    rank = above;
  }
  return { nodes, edges, depths };
}

/** In a table of edges up from one node: this node is not its ancestor. */
const notAbove = -1;

/**
 * The best value over the common ancestors of two nodes: the one whose edges up to each ancestor are tabled, and the one
 * with the lineage. The root is always common.
 */
type BestCommonAncestor = (edgesUp: Int32Array, lineage: Lineage) => Fraction;

const bestCommonAncestor: Readonly<Record<SimilarityRule, BestCommonAncestor>> = {
  lca(edgesUp, { nodes, depths }) {
    let deepest = 0;
    for (let k = 0; k < nodes.length; k++) {
      if (edgesUp[nodes[k]!] !== notAbove && depths[k]! > deepest) deepest = depths[k]!;
    }
    return { numerator: deepest, denominator: 1 };
  },

  path(edgesUp, { nodes, edges }) {
    let shortest = Number.POSITIVE_INFINITY;
    for (let k = 0; k < nodes.length; k++) {
      const up = edgesUp[nodes[k]!]!;
      if (up !== notAbove && up + edges[k]! < shortest) shortest = up + edges[k]!;
    }
    // 0 - x, because -x would turn 0 into -0.
    return { numerator: 0 - shortest, denominator: 1 };
  },

  "wu-palmer"(edgesUp, { nodes, edges, depths }) {
    let numerator = 0;
    let denominator = 1;
    for (let k = 0; k < nodes.length; k++) {
      const up = edgesUp[nodes[k]!]!;
      if (up === notAbove) continue;
      const shared = 2 * (depths[k]! + 1);
      const total = shared + up + edges[k]!;
      if (shared * denominator <= numerator * total) continue;
      numerator = shared;
      denominator = total;
    }
    return { numerator, denominator };
  },
};

/** Numbers fractions in the order in which they are met, and ranks them in the end. */
class MetFractions {
  readonly #numbers = new Map<number, number>();
  readonly #fractions: Fraction[] = [];

  number(fraction: Fraction): number {
    // Both parts stay below 2^26 (more would need a chain of 30 million nodes), so a pair fits into one exact number.
    const key = fraction.numerator * 2 ** 26 + fraction.denominator;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#fractions.push(Object.freeze(fraction)) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** The distinct values, ascending, and the rank of each numbered fraction among them. */
  ranked(): { readonly levelOf: Int32Array; readonly scale: Fraction[] } {
    const scale: Fraction[] = [];
    const levelOf = new Int32Array(this.#fractions.length);
    const ascending = [...this.#fractions.entries()].sort(([, a], [, b]) => compareFractions(a, b));
    for (const [number, fraction] of ascending) {
      const last = scale.at(-1);
      if (last === undefined || compareFractions(last, fraction) < 0) scale.push(fraction);
      levelOf[number] = scale.length - 1;
    }
    return { levelOf, scale };
  }
}

/** Matrices of this many terms take 4 GiB while they are made. */
const mostTerms = 2 ** 14;

function requireTerms(taxonomy: Taxonomy, terms: readonly TaxonomyNode[]): void {
  requireTaxonomy(taxonomy);
  if (!Array.isArray(terms)) throw new ArgumentError("terms", terms, "an array of nodes, such as taxonomy.leaves");
  if (terms.length > mostTerms)
    throw new TermListError(`expected at most ${mostTerms} terms, got ${terms.length}; choose some of them`, []);
  const positions = new Map<TaxonomyNode, number>();
  for (const [position, term] of terms.entries()) {
    requireNodeOf(taxonomy, term, `terms[${position}]`);
    const first = positions.get(term);
    if (first !== undefined)
      throw new TermListError(`terms: ${quote(term.id)} stands at positions ${first} and ${position}; expected once`, [
        first,
        position,
      ]);
    positions.set(term, position);
  }
}

function requireRule(rule: SimilarityRule): void {
  const rules = Object.keys(bestCommonAncestor);
  if (!rules.includes(rule)) throw new ArgumentError("rule", rule, `one of ${list(rules)}`);
}
