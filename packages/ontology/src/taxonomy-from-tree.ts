import { describeValue, quote, type TaxonomyProblem, type TaxonomyProblemKind } from "./errors.ts";
import { requireTaxonomyOptions, type Taxonomy, type TaxonomyOptions } from "./taxonomy.ts";
import { entryFromFields, refuseUnknownKeys, taxonomyOf } from "./taxonomy-from-rows.ts";
import type { TaxonomyEntry } from "./taxonomy-graph.ts";

/** A node of a taxonomy given as a nested tree, and everything below it. */
export interface TaxonomyTree {
  readonly name: string;
  /** Default: the names from the root to the node, joined by "/". */
  readonly id?: string;
  /** Default: the name with spaces for underscores. */
  readonly label?: string;
  readonly aliases?: readonly string[];
  readonly children?: readonly TaxonomyTree[];
}

/**
 * The taxonomy of a nested tree. Every node has one parent; use `taxonomyFromRows` for several.
 *
 * A node without an id gets its path of names. Where that path would be longer than 256 characters, it starts anew with
 * the node's position, "#1234/name", so that a deep chain does not get ids of quadratic length.
 *
 * @param tree - the root; every field is checked and other keys are refused, so parsed JSON can be passed as it is, nested
 *   to any depth
 * @throws {TaxonomyError} with every problem and its place in the tree
 * @throws {ArgumentError} when the options lack the name or the source
 * @example
 * const tree = { name: "instrument", children: [{ name: "wind" }, { name: "stringed" }] };
 * taxonomyFromTree(tree, { name: "small", source: "mine" }).leaves[0].id // "instrument/wind"
 */
export function taxonomyFromTree(tree: TaxonomyTree, options: TaxonomyOptions): Taxonomy {
  requireTaxonomyOptions(options);
  const problems: TaxonomyProblem[] = [];
  const entries: (TaxonomyEntry | undefined)[] = [];
  const withChildren = new Set<unknown>();
  const stack: Visit[] = [{ node: tree, parent: undefined, position: 0 }];
  while (stack.length > 0) {
    const visit = stack.pop()!;
    const { node, parent, position } = visit;
    const where = parent === undefined ? "root" : `child ${position + 1} of ${quote(parent)}`;
    const report = (kind: TaxonomyProblemKind, message: string): void => {
      problems.push({ kind, message, where, line: undefined });
    };
    const entry = entryOf(visit, entries.length, where, problems);
    entries.push(entry);
    const children = isObject(node) ? node.children : undefined;
    if (entry === undefined || children === undefined || children === null) continue;
    if (!Array.isArray(children)) report("field", `children: expected an array, got ${describeValue(children)}`);
    else if (withChildren.has(node)) {
      // An object that contains itself would never end.
      report("cycle", "this object, with its children, stands in the tree twice; taxonomyFromRows allows two parents");
    } else {
      withChildren.add(node);
      for (let i = children.length - 1; i >= 0; i--) stack.push({ node: children[i], parent: entry.id, position: i });
    }
  }
  return taxonomyOf(entries, problems, options);
}

interface Visit {
  /** Unchecked: it may come from anyone's JSON. */
  readonly node: unknown;
  /** The id of the parent. */
  readonly parent: string | undefined;
  /** The place among the parent's children. */
  readonly position: number;
}

function entryOf(
  { node, parent }: Visit,
  position: number,
  where: string,
  problems: TaxonomyProblem[],
): TaxonomyEntry | undefined {
  const place = { where, line: undefined };
  refuseUnknownKeys(node, treeKeys, "expected name and optionally id,label,aliases,children", place, problems);
  if (!isObject(node) || typeof node.name !== "string") {
    const got = isObject(node) ? `name: expected a string, got ${describeValue(node.name)}` : undefined;
    const message = got ?? `expected an object { name, children }, got ${describeValue(node)}`;
    problems.push({ kind: "field", message, ...place });
    return undefined;
  }
  const { name, label, aliases, id = pathId(parent, name, position) } = node;
  return entryFromFields({ id, name, label, aliases, parent }, place, problems);
}

const treeKeys = ["name", "id", "label", "aliases", "children"];

function pathId(parent: string | undefined, name: string, position: number): string {
  // The id of a root without a name: only the name is at fault then.
  if (parent === undefined) return name.trim() === "" ? `#${position}/${name}` : name;
  const path = `${parent}/${name}`;
  return path.length <= longestPath ? path : `#${position}/${name}`;
}

/** Ids of 100,000 nodes below each other would otherwise take gigabytes. Real paths stay below 100 characters. */
const longestPath = 256;

function isObject(value: unknown): value is Partial<Record<keyof TaxonomyTree, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
