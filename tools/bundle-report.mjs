/**
 * Bundles the script and the style of report.html, packages/cli/src/report/client/, and writes them as a module of strings to
 * where the page is made: `npm run report-page`. The result is committed; packages/cli/test/report/client-bundle.test.ts
 * compares it with the sources.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const report = new URL("../packages/cli/src/report/", import.meta.url);

/** The module that carries the bundle. */
export const clientModule = new URL("client.bundle.ts", report);

/** The text of the module. */
export async function bundleClient() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("client/main.ts", report))],
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    write: false,
    legalComments: "none",
    charset: "utf8",
  });
  const script = outputFiles[0].text.trim();
  const style = (
    await transform(await readFile(new URL("client/style.css", report), "utf8"), { loader: "css", minify: true })
  ).code.trim();
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error("the bundle would end its own element");
  return [
    "// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a script in a string",
    "",
    "/** The script and the style of report.html. Made from client/ by `npm run report-page`; do not edit. */",
    "export const clientScript =",
    `  ${literal(script)};`,
    "",
    "export const clientStyle =",
    `  ${literal(style)};`,
    "",
  ].join("\n");
}

/** A string in the quotes that need fewer backslashes, as the formatter has it. */
function literal(text) {
  const count = (quote) => text.split(quote).length;
  const double = JSON.stringify(text);
  if (count('"') <= count("'")) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(clientModule, await bundleClient());
