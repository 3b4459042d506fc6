import { builtinModules } from "node:module";
import { posix } from "node:path";
import { isNodeRoom, roomViolations } from "./encoder-rooms.ts";
import { type PackageSources, resolveFrom, type SourceFile } from "./module-map.ts";

/** Who may import what from outside its own folder; a package that is not named here may import nothing. */
const rules: Readonly<Record<string, { own: readonly string[]; thirdParty: "any" | readonly string[]; why: string }>> =
  {
    ontology: {
      own: [],
      thirdParty: [],
      why: "it is data and integer arithmetic, useful to fields that know no audio",
    },
    metrics: { own: [], thirdParty: ["ndarray"], why: "its users bring their own arrays, models and labels" },
    encoders: { own: [], thirdParty: "any", why: "an embedding is useful without our metrics and ontology" },
    cli: {
      own: ["@irec/ontology", "@irec/metrics", "@irec/encoders"],
      thirdParty: "any",
      why: "it is the only place where the packages meet",
    },
  };

const builtins = new Set(builtinModules);

/** What breaks the layout, one sentence each; empty when nothing does. */
export function violations(packages: readonly PackageSources[]): string[] {
  return packages.flatMap((sources) => [
    ...sources.files.flatMap((file) => [
      ...file.imports.flatMap((name) => importViolation(sources, file, name)),
      ...file.consoleLines.map(
        (line) => `${sources.folder}/src/${file.path}:${line} prints to the console; a library returns or throws`,
      ),
    ]),
    ...dependencyViolations(sources),
    ...cycles(sources),
    ...(sources.folder === "encoders" ? roomViolations(sources) : []),
  ]);
}

function importViolation(sources: PackageSources, file: SourceFile, name: string): string[] {
  const where = `${sources.folder}/src/${file.path} imports "${name}"`;
  if (name.startsWith(".")) {
    return resolveFrom(file, name).startsWith("..")
      ? [`${where}: outside its own src; take what you need from the other package's index`]
      : [];
  }
  if (isBuiltin(name)) {
    const forNode = sources.folder === "cli" || (sources.folder === "encoders" && isNodeRoom(file));
    return forNode || posix.basename(file.path) === "node.ts"
      ? []
      : [`${where}: index.ts must run in browsers; only node.ts, rooms for Node and the cli use Node's modules`];
  }
  const target = packageName(name);
  if (target.startsWith("@irec/") && target !== name)
    return [`${where}: a file inside another package; only what its index exports is stable`];
  const rule = rules[sources.folder];
  if (rule === undefined) return [`${where}: no rule names the package ${sources.folder}`];
  const allowed = target.startsWith("@irec/")
    ? rule.own.includes(target)
    : rule.thirdParty === "any" || rule.thirdParty.includes(target);
  return allowed ? [] : [`${where}: not allowed, because ${rule.why}`];
}

/** Declared is used and used is declared; the types of a package count as used when the package is. */
function dependencyViolations({ folder, files, dependencies }: PackageSources): string[] {
  const used = new Set(
    files
      .flatMap(({ imports }) => imports)
      .filter((name) => !name.startsWith(".") && !isBuiltin(name))
      .map(packageName),
  );
  const undeclared = [...used].filter((name) => !dependencies.includes(name));
  const unused = dependencies.filter((name) => !used.has(name.replace(/^@types\//, "")));
  return [
    ...undeclared.map(
      (name) => `${folder}/package.json does not declare ${name}, which its sources import; npm hoists it only here`,
    ),
    ...unused.map((name) => `${folder}/package.json declares ${name}, which its sources do not import`),
  ];
}

/** Circles of files: one of them runs before what it imports has run. Imports of types are erased and make no circle. */
function cycles({ folder, files }: PackageSources): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found: string[] = [];
  const done = new Set<string>();
  const follow = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push(`${folder}/src has a circle: ${[...trail.slice(start), path].join(" -> ")}`);
    const file = byPath.get(path);
    if (start !== -1 || done.has(path) || file === undefined) return;
    for (const name of file.runtimeImports) if (name.startsWith(".")) follow(resolveFrom(file, name), [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) follow(path, []);
  return found;
}

function isBuiltin(name: string): boolean {
  return name.startsWith("node:") || builtins.has(name);
}

/** `csv-parse` of `csv-parse/sync`, `@irec/metrics` of `@irec/metrics/deep`. */
function packageName(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}
