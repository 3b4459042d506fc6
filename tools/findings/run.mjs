/**
 * Writes docs/findings.json and docs/findings.md from the study's public data: npm run findings -- --reference DIR
 *
 * DIR has published/model_embeddings; IREC_REFERENCE or ../shared/reference when left out. The results.json of each evaluation
 * behind them stays in node_modules/.cache/irec-findings/. With --render, docs/findings.md is written from docs/findings.json,
 * and no data is needed.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { reference, render } = parseArgs({
  options: { reference: { type: "string" }, render: { type: "boolean" } },
}).values;
const tools = fileURLToPath(new URL(".", import.meta.url));
const workspace = fileURLToPath(new URL("../..", import.meta.url));
const work = join(workspace, "node_modules/.cache/irec-findings");
const docs = join(workspace, "docs");

const bundle = join(work, "findings.mjs");
await mkdir(work, { recursive: true });
await build({
  entryPoints: [join(tools, "index.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  conditions: ["@irec/source"],
  // CommonJS packages inside of the bundle ask for Node's modules by require.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  logLevel: "error",
});
const { evaluateReference, findingsJson, findingsMarkdown, makeFindings, resultsText } = await import(bundle);

if (!render) {
  const folder = resolve(reference ?? process.env.IREC_REFERENCE ?? join(workspace, "../shared/reference"));
  const runs = await evaluateReference(folder);
  for (const [ontology, results] of runs.results) {
    await mkdir(join(work, ontology), { recursive: true });
    await writeFile(join(work, ontology, "results.json"), resultsText(results));
  }
  await writeFile(join(docs, "findings.json"), findingsJson(await makeFindings(runs)));
}
const findings = JSON.parse(await readFile(join(docs, "findings.json"), "utf8"));
await writeFile(join(docs, "findings.md"), findingsMarkdown(findings));
