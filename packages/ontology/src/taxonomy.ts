import {
  AmbiguousTermError,
  ArgumentError,
  list,
  quote,
  requireOptions,
  requireText,
  TaxonomyError,
  UnknownTermError,
} from "./errors.ts";
import { nearestSpellings } from "./suggestions.ts";
import { arrange, type TaxonomyEntry } from "./taxonomy-graph.ts";

/** A node of a taxonomy: a category, or an instrument when it is a leaf. Frozen. */
export interface TaxonomyNode {
  /** Unique in its taxonomy. In `doktorski` the path of names, such as "instrument/stringed/bowed/violin". */
  readonly id: string;
  /** Position in `taxonomy.nodes`. */
  readonly index: number;
  /** The name in the source; several nodes may share it. */
  readonly name: string;
  /** Words to put into a prompt, such as "bowed string instruments". Unique in `doktorski`, not in every taxonomy. */
  readonly label: string;
  /** Other spellings that `find` accepts. */
  readonly aliases: readonly string[];
  /** Edges from the root by the shortest way; the root has 0. */
  readonly depth: number;
  readonly parents: readonly TaxonomyNode[];
  readonly children: readonly TaxonomyNode[];
  readonly isLeaf: boolean;
}

/** What a taxonomy is called and where it comes from. */
export interface TaxonomyOptions {
  /** A short name for messages and tables. */
  readonly name: string;
  /** Where it comes from: a citation or an address. */
  readonly source: string;
  /** The file it was read from, for error messages. */
  readonly fileName?: string | undefined;
}

/**
 * An immutable taxonomy with one root. A node may have several parents, so it is a directed acyclic graph; a tree is the
 * usual case of it.
 *
 * Load one with `taxonomyFromTree`, `taxonomyFromRows` or `parseTaxonomy`; `doktorski` is ready-made.
 *
 * @example doktorski.find("cello").id // "instrument/stringed/bowed/violoncello"
 */
export class Taxonomy {
  readonly name: string;
  readonly source: string;
  readonly root: TaxonomyNode;
  /**
   * All nodes: depth-first, children in the order of the source, the root first, and every node after all of its parents
   * (one with several parents stands under the last of them).
   */
  readonly nodes: readonly TaxonomyNode[];
  /** All nodes without the root, in the same order. */
  readonly terms: readonly TaxonomyNode[];
  /** All nodes without children, in the same order. */
  readonly leaves: readonly TaxonomyNode[];

  readonly #byId: ReadonlyMap<string, TaxonomyNode>;
  #spellings: SpellingIndex | undefined;

  /**
   * @param entries - one per node, in any order; the order of siblings is kept
   * @throws {TaxonomyError} with every problem: empty or repeated ids, missing parents, no root or several, cycles
   * @throws {ArgumentError} when the options lack the name or the source
   */
  constructor(entries: readonly TaxonomyEntry[], options: TaxonomyOptions) {
    requireTaxonomyOptions(options);
    const { order, parents, problems } = arrange(entries);
    if (problems.length > 0) throw new TaxonomyError(options.name, problems, options.fileName);
    this.name = options.name;
    this.source = options.source;
    this.nodes = linkedNodes(entries, order, parents);
    this.root = this.nodes[0]!;
    this.terms = Object.freeze(this.nodes.slice(1));
    this.leaves = Object.freeze(this.nodes.filter((node) => node.isLeaf));
    this.#byId = new Map(this.nodes.map((node) => [node.id, node]));
    Object.freeze(this);
  }

  /**
   * The node with this id, letter for letter.
   * @throws {UnknownTermError} with the ids of the nearest nodes
   * @throws {ArgumentError} when the id is not a string
   * @example doktorski.get("instrument/stringed/bowed/viola").label // "viola"
   */
  get(id: string): TaxonomyNode {
    requireText("id", id, "the id of a node, a string");
    const node = this.#byId.get(id);
    if (node !== undefined) return node;
    const named = this.#index().nodesSpelled(id);
    const near = named.length > 0 ? named : this.#index().nodesNear(id);
    throw this.#unknown(
      id,
      "id",
      near.map((node) => node.id),
    );
  }

  /** Whether a node has this id, letter for letter. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /**
   * All nodes with this name, in the order of `nodes`; none gives an empty list. Case and underscores count as in `find`.
   * @throws {ArgumentError} when the name is not a string
   * @example doktorski.byName("struck").length // 5
   */
  byName(name: string): readonly TaxonomyNode[] {
    requireText("name", name, "a name, a string");
    return this.#index().byName.get(normalSpelling(name)) ?? [];
  }

  /**
   * All nodes with this alias, in the order of `nodes`; none gives an empty list. Case and underscores count as in `find`.
   * @throws {ArgumentError} when the alias is not a string
   * @example doktorski.byAlias("cello")[0].name // "violoncello"
   */
  byAlias(alias: string): readonly TaxonomyNode[] {
    requireText("alias", alias, "an alias, a string");
    return this.#index().byAlias.get(normalSpelling(alias)) ?? [];
  }

  /**
   * All nodes that the text can mean, in the order of `nodes`: the one with this id, else all with this name, label or alias.
   * None gives an empty list; `find` throws instead. Case and underscores count as in `find`.
   * @throws {ArgumentError} when the text is not a string
   * @example doktorski.findAll("struck").length // 5
   */
  findAll(text: string): readonly TaxonomyNode[] {
    requireText("text", text, "a name, label, alias or id, a string");
    const exact = this.#byId.get(text);
    return exact === undefined ? this.#index().nodesSpelled(text) : [exact];
  }

  /**
   * The one node that the text means: by id if there is one, else by name, label or alias. Letter case is ignored, and
   * underscores and spaces are the same.
   * @throws {AmbiguousTermError} when names, labels and aliases of several nodes fit, with their ids
   * @throws {UnknownTermError} when none fits, with the nearest spellings
   * @throws {ArgumentError} when the text is not a string
   * @example doktorski.find("Trumpet_in_C").name // "trumpet"
   */
  find(text: string): TaxonomyNode {
    const matches = this.findAll(text);
    if (matches.length === 1) return matches[0]!;
    if (matches.length === 0) throw this.#unknown(text, "label", this.#index().spellingsNear(text));
    throw new AmbiguousTermError(
      text,
      this.name,
      matches.map((node) => node.id),
    );
  }

  /** All ancestors of a node without the node itself, nearest first; those equally near in the order of `nodes`. */
  ancestors(node: TaxonomyNode): readonly TaxonomyNode[] {
    const found = new Set<TaxonomyNode>();
    let rank = [this.#own(node)];
    while (rank.length > 0) {
      const above = new Set(rank.flatMap((member) => member.parents).filter((parent) => !found.has(parent)));
      rank = [...above].sort(byIndex);
      for (const parent of rank) found.add(parent);
    }
    return [...found];
  }

  /** All descendants of a node without the node itself, in the order of `nodes`. */
  descendants(node: TaxonomyNode): readonly TaxonomyNode[] {
    const found = new Set<TaxonomyNode>();
    const stack = [...this.#own(node).children];
    while (stack.length > 0) {
      const next = stack.pop()!;
      if (found.has(next)) continue;
      found.add(next);
      for (const child of next.children) stack.push(child);
    }
    return [...found].sort(byIndex);
  }

  /** All leaves under a node, in the order of `nodes`; of a leaf, itself. */
  leavesUnder(node: TaxonomyNode): readonly TaxonomyNode[] {
    return this.#own(node).isLeaf ? [node] : this.descendants(node).filter((below) => below.isLeaf);
  }

  /**
   * The deepest common ancestor of two nodes, where every node counts as an ancestor of itself. With several parents two
   * may be equally deep: the first in the order of `nodes` is returned. Depth is the shortest way from the root, so in
   * such a graph a node can be less deep than one of its ancestors, and then the deeper one is returned.
   * @example doktorski.lowestCommonAncestor(doktorski.find("violin"), doktorski.find("piano")).name // "stringed"
   */
  lowestCommonAncestor(a: TaxonomyNode, b: TaxonomyNode): TaxonomyNode {
    requireNodeOf(this, a, "a");
    requireNodeOf(this, b, "b");
    const aboveB = new Set([b, ...this.ancestors(b)]);
    let deepest = this.root;
    for (const node of [a, ...this.ancestors(a)]) {
      if (!aboveB.has(node)) continue;
      if (node.depth > deepest.depth || (node.depth === deepest.depth && node.index < deepest.index)) deepest = node;
    }
    return deepest;
  }

  #index(): SpellingIndex {
    this.#spellings ??= new SpellingIndex(this.nodes);
    return this.#spellings;
  }

  #own(node: TaxonomyNode): TaxonomyNode {
    requireNodeOf(this, node, "node");
    return node;
  }

  #unknown(term: string, field: "id" | "label", suggestions: readonly string[]): UnknownTermError {
    const some = this.nodes.map((node) => node[field]);
    const hint = suggestions.length > 0 ? `nearest: ${list(suggestions)}` : `it has ${list(some)}`;
    return new UnknownTermError(
      `taxonomy ${quote(this.name)} has no term ${quote(term)}; ${hint}`,
      term,
      this.name,
      suggestions,
    );
  }
}

/**
 * @throws {UnknownTermError} when the node belongs to another taxonomy: its index would silently mean another node
 * @throws {ArgumentError} when it is no node, such as the name of one
 */
export function requireNodeOf(taxonomy: Taxonomy, node: TaxonomyNode, argument: string): void {
  const given: unknown = node;
  if (typeof given !== "object" || given === null || typeof node.id !== "string")
    throw new ArgumentError(
      argument,
      given,
      `a node, such as taxonomy.find(${quote(typeof given === "string" ? given : "violin")})`,
    );
  if (taxonomy.nodes[node.index] === node) return;
  throw new UnknownTermError(
    `node ${quote(node.id)} is not of taxonomy ${quote(taxonomy.name)}; look it up there with find() or get()`,
    node.id,
    taxonomy.name,
    taxonomy.has(node.id) ? [node.id] : [],
  );
}

/** @throws {ArgumentError} when it is something else, such as its name or the terms */
export function requireTaxonomy(taxonomy: Taxonomy): Taxonomy {
  // Not instanceof: two copies of this package in one program understand each other.
  if (!Array.isArray((taxonomy as Taxonomy | null | undefined)?.nodes))
    throw new ArgumentError("taxonomy", taxonomy, "a Taxonomy, such as doktorski");
  return taxonomy;
}

/** @throws {ArgumentError} when there are no options, or they lack the name or the source */
export function requireTaxonomyOptions(options: TaxonomyOptions): void {
  requireOptions(options, "{ name, source }: what the taxonomy is called and where it comes from");
  requireText("options.name", options.name, "a short name for the taxonomy, a string");
  requireText("options.source", options.source, "where the taxonomy comes from, a string");
}

function linkedNodes(
  entries: readonly TaxonomyEntry[],
  order: readonly number[],
  parentsOf: readonly (readonly number[])[],
): readonly TaxonomyNode[] {
  type Linked = { -readonly [K in keyof TaxonomyNode]: TaxonomyNode[K] } & {
    parents: TaxonomyNode[];
    children: TaxonomyNode[];
  };
  const byPosition: Linked[] = [];
  const nodes = order.map((position, index) => {
    const { id, name, label, aliases } = entries[position]!;
    const node: Linked = {
      id,
      index,
      name,
      label,
      aliases: Object.freeze(withoutRepetitions(aliases)),
      depth: 0,
      parents: parentsOf[position]!.map((parent) => byPosition[parent]!),
      children: [],
      isLeaf: true,
    };
    byPosition[position] = node;
    if (node.parents.length > 0)
      node.depth = node.parents.reduce((least, parent) => Math.min(least, parent.depth + 1), Number.POSITIVE_INFINITY);
    return node;
  });
  // The order of siblings is that of the source, which for nodes with several parents is not that of `order`.
  for (const child of byPosition) {
    for (const parent of child.parents) {
      (parent as Linked).children.push(child);
      (parent as Linked).isLeaf = false;
    }
  }
  for (const node of nodes) {
    Object.freeze(node.parents);
    Object.freeze(node.children);
    Object.freeze(node);
  }
  return Object.freeze(nodes);
}

function withoutRepetitions(aliases: readonly string[]): string[] {
  const first = new Map<string, string>();
  for (const alias of aliases) if (!first.has(normalSpelling(alias))) first.set(normalSpelling(alias), alias);
  return [...first.values()];
}

function byIndex(a: TaxonomyNode, b: TaxonomyNode): number {
  return a.index - b.index;
}

function normalSpelling(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\s_]+/g, " ")
    .trim();
}

/** Finds nodes by spelling. Maps, not objects: a node may be called `__proto__` or `constructor`. */
class SpellingIndex {
  readonly byName = new Map<string, TaxonomyNode[]>();
  readonly byAlias = new Map<string, TaxonomyNode[]>();
  readonly #byId = new Map<string, TaxonomyNode[]>();
  readonly #byLabel = new Map<string, TaxonomyNode[]>();

  constructor(nodes: readonly TaxonomyNode[]) {
    for (const node of nodes) {
      addTo(this.#byId, node.id, node);
      addTo(this.byName, node.name, node);
      addTo(this.#byLabel, node.label, node);
      for (const alias of node.aliases) addTo(this.byAlias, alias, node);
    }
  }

  nodesSpelled(text: string): readonly TaxonomyNode[] {
    const spelling = normalSpelling(text);
    const ids = this.#byId.get(spelling);
    if (ids !== undefined) return ids;
    const matches = new Set(
      [this.byName, this.#byLabel, this.byAlias].flatMap((spellings) => spellings.get(spelling) ?? []),
    );
    return [...matches].sort(byIndex);
  }

  nodesNear(text: string): readonly TaxonomyNode[] {
    return [...new Set(this.spellingsNear(text).flatMap((spelling) => this.nodesSpelled(spelling)))];
  }

  spellingsNear(text: string): string[] {
    const spellings = [this.byName, this.#byLabel, this.byAlias, this.#byId].flatMap((index) => [...index.keys()]);
    return nearestSpellings(normalSpelling(text), spellings, 3);
  }
}

function addTo(index: Map<string, TaxonomyNode[]>, text: string, node: TaxonomyNode): void {
  const spelling = normalSpelling(text);
  const nodes = index.get(spelling);
  if (nodes === undefined) index.set(spelling, [node]);
  else nodes.push(node);
}
