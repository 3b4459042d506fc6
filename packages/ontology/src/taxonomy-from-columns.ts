import type { CsvRecord } from "./csv.ts";
import { quote, type TaxonomyProblem } from "./errors.ts";
import type { TaxonomyEntry } from "./taxonomy-graph.ts";

/** Whether a CSV header is that of a list of edges: parent and child, in either order, and nothing else. */
export function isEdgeList(names: readonly string[]): boolean {
  return names.length === 2 && names.includes("parent") && names.includes("child");
}

/** Whether a CSV header is that of paths: one column `path`, or `level1`, `level2` and so on. */
export function isPathList(names: readonly string[]): boolean {
  if (names.length === 1) return names[0] === "path" || names[0] === "level1";
  return names.length > 0 && names.every((name, k) => name === `level${k + 1}`);
}

/**
 * The nodes of a list of edges, in the order in which they are first named. A parent that is left out says that the child is
 * at the top. The same edge twice is one edge.
 */
export function edgeEntries(
  names: readonly string[],
  records: readonly CsvRecord[],
  rootName: string,
  problems: TaxonomyProblem[],
): TaxonomyEntry[] {
  const nodes = new Map<string, { readonly line: number; readonly parents: Set<string> }>();
  const node = (id: string, line: number) => {
    const known = nodes.get(id) ?? { line, parents: new Set<string>() };
    nodes.set(id, known);
    return known;
  };
  for (const { fields, line } of records) {
    const parent = fields[names.indexOf("parent")]!.trim();
    const child = fields[names.indexOf("child")]!.trim();
    if (child === "") {
      problems.push({ kind: "field", message: "child is empty; every row needs one", where: `line ${line}`, line });
      continue;
    }
    if (parent !== "") node(parent, line);
    const { parents } = node(child, line);
    if (parent !== "") parents.add(parent);
  }
  const entries = [...nodes].map(([id, { line, parents }]) => entryAt(id, id, [...parents], line));
  return withOneRoot(entries, rootName);
}

/** The nodes of paths, each with all that stand above it. Their ids are the paths, joined by "/". */
export function pathEntries(
  names: readonly string[],
  records: readonly CsvRecord[],
  rootName: string,
  problems: TaxonomyProblem[],
): TaxonomyEntry[] {
  const entries = new Map<string, TaxonomyEntry>();
  for (const { fields, line } of records) {
    const given = names[0] === "path" ? fields[0]!.split(/[/>]/) : fields;
    const steps = given.map((step) => step.trim());
    // Shorter paths leave the last levels empty; a slash at either end means nothing.
    while (steps.at(-1) === "") steps.pop();
    if (names[0] === "path" && steps[0] === "") steps.shift();
    const gap = steps.indexOf("");
    if (gap !== -1 || steps.length === 0) {
      const message =
        steps.length === 0 ? "the path is empty" : `level ${gap + 1} is empty, but a level below it is not`;
      problems.push({ kind: "field", message, where: `line ${line}`, line });
      continue;
    }
    if (steps.length > mostSteps) {
      const message = `a path of ${steps.length} steps, beginning with ${quote(steps[0]!)}; at most ${mostSteps} are read`;
      problems.push({ kind: "field", message, where: `line ${line}`, line });
      continue;
    }
    let above: string | undefined;
    for (const step of steps) {
      const id: string = above === undefined ? step : `${above}/${step}`;
      if (!entries.has(id)) entries.set(id, entryAt(id, step, above === undefined ? [] : [above], line));
      above = id;
    }
  }
  return withOneRoot([...entries.values()], rootName);
}

/** Ids hold whole paths, so their length grows with the square of this. No classification is a tenth as deep. */
const mostSteps = 256;

/** A root above several nodes at the top; nothing in such a file could name it. */
function withOneRoot(entries: readonly TaxonomyEntry[], name: string): TaxonomyEntry[] {
  const tops = entries.filter((entry) => entry.parents.length === 0).length;
  if (tops < 2) return [...entries];
  const root = { id: "#root", parents: [], name, label: name, aliases: [] };
  return [root, ...entries.map((entry) => (entry.parents.length === 0 ? { ...entry, parents: [root.id] } : entry))];
}

function entryAt(id: string, name: string, parents: readonly string[], line: number): TaxonomyEntry {
  return { id, parents, name, label: name.replaceAll("_", " "), aliases: [], where: `line ${line}`, line };
}
