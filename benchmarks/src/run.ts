import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchmarks, findPython } from "./process.ts";
import { machine, report } from "./report.ts";
import { measure, type Suite, type SuiteResult } from "./suite.ts";
import { audioFrontEnd } from "./suites/audio-front-end.ts";
import { bootstrap } from "./suites/bootstrap.ts";
import { embed } from "./suites/embed.ts";
import { encoders } from "./suites/encoders.ts";
import { evaluateReference } from "./suites/evaluate-reference.ts";
import { publishedCsv } from "./suites/published-csv.ts";
import { training } from "./suites/training.ts";
import { tripletsArrays } from "./suites/triplets-arrays.ts";
import { zeroShotMillion } from "./suites/zero-shot-1m.ts";

const suites: readonly Suite[] = [
  tripletsArrays,
  publishedCsv,
  evaluateReference,
  zeroShotMillion,
  bootstrap,
  ...audioFrontEnd,
  ...encoders,
  embed,
  ...training,
];

const usage = `npm run bench -- [suite...] [--json] [--quick] [--dir FOLDER]

Runs the suites named, or all: ${suites.map(({ name }) => name).join(", ")}.
  --json    print the results as JSON instead of a Markdown table
  --quick   one run of each side, small inputs: does everything still work?
  --dir     where generated inputs are kept (default benchmarks/.cache; the largest needs 2.1 GB)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    dir: { type: "string", default: join(benchmarks, ".cache") },
    help: { type: "boolean", short: "h", default: false },
  },
});

const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
if (values.help || unknown.length > 0) {
  process.stderr.write(`${unknown.map((name) => `no suite is named "${name}"\n`).join("")}${usage}\n`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const folder = resolve(values.dir);
mkdirSync(folder, { recursive: true });
const context = {
  quick: values.quick,
  folder,
  python: findPython(),
  reference: [process.env.IREC_REFERENCE, resolve(benchmarks, "../../shared/reference")]
    .filter((path) => path !== undefined)
    .find((path) => existsSync(join(path, "published/model_embeddings"))),
  say: (line: string) => process.stderr.write(`${line}\n`),
};

// One after the other: two suites at a time would measure each other.
const results: SuiteResult[] = [];
for (const suite of suites) {
  if (positionals.length === 0 || positionals.includes(suite.name)) results.push(await measure(suite, context));
}

process.stdout.write(
  values.json
    ? `${JSON.stringify({ machine: machine(), quick: values.quick, results }, undefined, 2)}\n`
    : `\n${values.quick ? "A quick run: one repeat, small inputs. Not for figures.\n\n" : ""}${report(results)}`,
);
