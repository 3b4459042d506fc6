import { list, quote, type TaxonomyProblem, type TaxonomyProblemKind } from "./errors.ts";
import { nearestSpellings } from "./suggestions.ts";

/** One node of a taxonomy as its author gives it: who its parents are, by id. */
export interface TaxonomyEntry {
  readonly id: string;
  /** Ids of the parents; empty for the root. */
  readonly parents: readonly string[];
  readonly name: string;
  readonly label: string;
  readonly aliases: readonly string[];
  /** The place to name in an error, such as "line 7". */
  readonly where?: string;
  /** The line in the file, counted from 1. */
  readonly line?: number | undefined;
}

/** Entries in the order of a taxonomy, or the problems that prevent one. */
export interface Arrangement {
  /** Positions in the given entries: depth-first, every node after all of its parents. Complete only without problems. */
  readonly order: readonly number[];
  /** Per given entry, the positions of its parents. */
  readonly parents: readonly (readonly number[])[];
  /** Every problem found: empty or repeated ids, missing parents, roots, cycles and what hangs below them. */
  readonly problems: readonly TaxonomyProblem[];
}

/**
 * The depth-first order of entries, children in the order given; a node with several parents follows the last of them.
 * Iterates instead of recursing, so that a chain of any depth is fine.
 */
export function arrange(entries: readonly TaxonomyEntry[]): Arrangement {
  const problems: TaxonomyProblem[] = [];
  const report = (kind: TaxonomyProblemKind, message: string, entry?: TaxonomyEntry): void => {
    problems.push({ kind, message, where: entry?.where ?? "", line: entry?.line });
  };

  const positions = positionsById(entries, report);
  const parents = entries.map((entry) => parentPositions(entry, positions, report));
  const children: number[][] = entries.map(() => []);
  for (const [child, its] of parents.entries()) for (const parent of its) children[parent]!.push(child);

  const declared = [...positions.values()];
  const roots = declared.filter((position) => entries[position]!.parents.length === 0);
  if (roots.length === 0)
    report(
      "no-root",
      entries.length === 0 ? "it has no nodes" : "no root: every node has a parent; exactly one has none",
    );
  if (roots.length > 1) {
    const ids = roots.map((position) => entries[position]!.id);
    report("several-roots", `${roots.length} roots: ${list(ids)}; expected one: give the others a parent`);
  }

  // A node whose only parents are missing starts here too: it is reported already and must not drag its branch along.
  const order = depthFirst(
    declared.filter((position) => parents[position]!.length === 0),
    parents,
    children,
  );
  if (order.length < declared.length) reportCycles(entries, declared, order, parents, report);
  return { order, parents, problems };
}

type Report = (kind: TaxonomyProblemKind, message: string, entry?: TaxonomyEntry) => void;

function positionsById(entries: readonly TaxonomyEntry[], report: Report): Map<string, number> {
  const positions = new Map<string, number>();
  for (const [position, entry] of entries.entries()) {
    for (const field of emptyFields(entry))
      report(
        "field",
        `${field} is empty${field === "id" ? "" : ` (id ${quote(entry.id)})`}; every node needs one`,
        entry,
      );
    const first = positions.get(entry.id);
    if (first === undefined) positions.set(entry.id, position);
    else {
      const where = entries[first]!.where;
      const at = where === undefined || where === "" ? "" : ` (first at ${where})`;
      report(
        "duplicate-id",
        `id ${quote(entry.id)} is given twice${at}; ids are unique: name all parents of a node in one place`,
        entry,
      );
    }
  }
  return positions;
}

/** The fields to fill in. A label is the name, and a name the id, where none is given: then one fault empties several. */
function emptyFields({ id, name, label }: TaxonomyEntry): readonly ("id" | "name" | "label")[] {
  const [noId, noName, noLabel] = [id, name, label].map((text) => text.trim() === "");
  const empty: ("id" | "name" | "label")[] = [];
  if (noId) empty.push("id");
  if (noName && !noId) empty.push("name");
  if (noLabel && !noName) empty.push("label");
  return empty;
}

function parentPositions(entry: TaxonomyEntry, positions: ReadonlyMap<string, number>, report: Report): number[] {
  const found = new Set<number>();
  for (const parent of entry.parents) {
    const position = positions.get(parent);
    if (position !== undefined) found.add(position);
    else {
      // Looking for similar ids costs time for each of them: only taxonomies of a size that people edit get the service.
      const near = positions.size <= mostIdsToCompare ? nearestSpellings(parent, positions.keys(), 3) : [];
      const hint = near.length > 0 ? `; nearest: ${list(near)}` : "";
      report("missing-parent", `parent ${quote(parent)} of ${quote(entry.id)} does not exist${hint}`, entry);
    }
  }
  return [...found];
}

const mostIdsToCompare = 5_000;

function depthFirst(
  starts: readonly number[],
  parents: readonly (readonly number[])[],
  children: readonly (readonly number[])[],
): number[] {
  const waitingFor = parents.map((its) => its.length);
  const order: number[] = [];
  const stack = [...starts].reverse();
  while (stack.length > 0) {
    const position = stack.pop()!;
    order.push(position);
    const below = children[position]!;
    for (let i = below.length - 1; i >= 0; i--) if (--waitingFor[below[i]!]! === 0) stack.push(below[i]!);
  }
  return order;
}

/** Every node left over is in a cycle or below one; walking up from each meets at least one cycle per tangle. */
function reportCycles(
  entries: readonly TaxonomyEntry[],
  declared: readonly number[],
  order: readonly number[],
  parents: readonly (readonly number[])[],
  report: Report,
): void {
  const placed = new Set(order);
  const left = declared.filter((position) => !placed.has(position));
  const walkOf = new Map<number, number>();
  const inCycle = new Set<number>();
  for (const [walk, start] of left.entries()) {
    let position = start;
    while (!walkOf.has(position)) {
      walkOf.set(position, walk);
      position = parents[position]!.find((parent) => !placed.has(parent))!;
    }
    if (walkOf.get(position) !== walk) continue;
    const ids: string[] = [];
    const first = position;
    do {
      inCycle.add(position);
      ids.push(entries[position]!.id);
      position = parents[position]!.find((parent) => !placed.has(parent))!;
    } while (position !== first);
    const shown = ids.slice(0, 10).map(quote).join(" -> ");
    const more = ids.length > 10 ? ` -> (${ids.length - 10} more)` : "";
    report("cycle", `a cycle of parents: ${shown}${more} -> ${quote(ids[0]!)}; remove one of them`, entries[first]);
  }
  const below = left.filter((position) => !inCycle.has(position)).map((position) => entries[position]!.id);
  if (below.length > 0) report("unreachable", `the root does not reach what hangs on a cycle: ${list(below)}`);
}
