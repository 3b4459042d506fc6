import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import ts from "typescript";

/** One source file of a package. */
export interface SourceFile {
  /** Relative to the package's `src`, with `/` between its parts. */
  readonly path: string;
  /** Every module that it names, as written: values, types, re-exports and dynamic imports alike. */
  readonly imports: readonly string[];
  /** Those of the imports that are still there when the types are erased. */
  readonly runtimeImports: readonly string[];
  /** Where it calls on `console`, as line numbers. */
  readonly consoleLines: readonly number[];
}

/** A package as the rules see it. */
export interface PackageSources {
  /** The folder's name, such as `metrics`; the package is `@irec/metrics`. */
  readonly folder: string;
  /** The names in `dependencies` and `optionalDependencies`. */
  readonly dependencies: readonly string[];
  readonly files: readonly SourceFile[];
}

/** The packages of the workspace, read with the compiler's own scanner, so that comments and strings name nothing. */
export function readPackages(workspace: string): PackageSources[] {
  return readdirSync(join(workspace, "packages")).map((folder) => {
    const root = join(workspace, "packages", folder);
    const manifest: Record<"dependencies" | "optionalDependencies", Record<string, string> | undefined> = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    return {
      folder,
      dependencies: Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
      files: readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
        .map((path) => sourceFile(path.split(sep).join("/"), readFileSync(join(root, "src", path), "utf8"))),
    };
  });
}

/** What one file imports, and where it prints. */
export function sourceFile(path: string, text: string): SourceFile {
  const imports = ts.preProcessFile(text, true, true).importedFiles;
  const consoleLines: number[] = [];
  const erased: ts.Node[] = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (isErased(node)) erased.push(node);
    if (ts.isPropertyAccessExpression(node) && node.expression.getText(source) === "console")
      consoleLines.push(source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {
    path,
    imports: imports.map(({ fileName }) => fileName),
    runtimeImports: imports
      .filter(({ pos }) => !erased.some((node) => node.pos <= pos && pos < node.end))
      .map(({ fileName }) => fileName),
    consoleLines,
  };
}

/** The path inside `src` that a relative import of a file means. */
export function resolveFrom({ path }: SourceFile, relative: string): string {
  return posix.normalize(posix.join(posix.dirname(path), relative));
}

/** `import type ...`, `export type ... from` and `import("x").Y`; not `import { type A }`, which still loads the module. */
function isErased(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return (ts.isExportDeclaration(node) && node.isTypeOnly) || ts.isImportTypeNode(node);
}
