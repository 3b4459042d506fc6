import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { violations } from "./architecture.ts";
import { type PackageSources, readPackages, sourceFile } from "./module-map.ts";

const packages = readPackages(fileURLToPath(new URL("..", import.meta.url)));

it("reads all four packages, each with an index", () => {
  expect(packages.map(({ folder }) => folder).sort()).toEqual(["cli", "encoders", "metrics", "ontology"]);
  for (const { folder, files } of packages)
    expect(
      files.map(({ path }) => path),
      folder,
    ).toContain("index.ts");
});

it("finds nothing in the packages that breaks the layout", () => {
  expect(violations(packages)).toEqual([]);
});

/** A package of literal sources. */
function made(folder: string, files: Record<string, string>, dependencies: string[] = []): PackageSources {
  return { folder, dependencies, files: Object.entries(files).map(([path, text]) => sourceFile(path, text)) };
}

describe("the checker", () => {
  const cases: readonly [title: string, sources: PackageSources, complaint: string][] = [
    [
      "an ontology that imports metrics",
      made("ontology", { "index.ts": 'import { rocAuc } from "@irec/metrics";' }, ["@irec/metrics"]),
      'ontology/src/index.ts imports "@irec/metrics": not allowed, because it is data and integer arithmetic, useful to fields that know no audio',
    ],
    [
      "an ontology with any dependency",
      made("ontology", { "index.ts": 'export * from "ndarray";' }, ["ndarray"]),
      'ontology/src/index.ts imports "ndarray": not allowed, because it is data and integer arithmetic, useful to fields that know no audio',
    ],
    [
      "metrics with a dependency other than ndarray",
      made("metrics", { "index.ts": 'export { mean } from "d3-array";' }, ["d3-array"]),
      'metrics/src/index.ts imports "d3-array": not allowed, because its users bring their own arrays, models and labels',
    ],
    [
      "an encoder that imports the ontology, even as a type",
      made("encoders", { "index.ts": 'import type { Taxonomy } from "@irec/ontology";' }, ["@irec/ontology"]),
      'encoders/src/index.ts imports "@irec/ontology": not allowed, because an embedding is useful without our metrics and ontology',
    ],
    [
      "a package without a rule that imports something",
      made("report", { "index.ts": 'export * from "ndarray";' }, ["ndarray"]),
      'report/src/index.ts imports "ndarray": no rule names the package report',
    ],
    [
      "a Node module in a browser-safe file",
      made("encoders", { "audio/read.ts": 'const { readFile } = await import("node:fs/promises");' }),
      'encoders/src/audio/read.ts imports "node:fs/promises": index.ts must run in browsers; only node.ts, rooms for Node and the cli use Node\'s modules',
    ],
    [
      "a Node module under its old name",
      made("metrics", { "index.ts": 'import os from "os";' }),
      'metrics/src/index.ts imports "os": index.ts must run in browsers; only node.ts, rooms for Node and the cli use Node\'s modules',
    ],
    [
      "a file inside another package",
      made("cli", { "index.ts": 'import { lca } from "@irec/ontology/src/similarity.ts";' }, ["@irec/ontology"]),
      'cli/src/index.ts imports "@irec/ontology/src/similarity.ts": a file inside another package; only what its index exports is stable',
    ],
    [
      "a way around through the folders",
      made("cli", { "commands/triplets.ts": 'import { lca } from "../../../ontology/src/similarity.ts";' }),
      'cli/src/commands/triplets.ts imports "../../../ontology/src/similarity.ts": outside its own src; take what you need from the other package\'s index',
    ],
    [
      "an undeclared dependency",
      made("cli", { "index.ts": 'import { parse } from "csv-parse/sync";' }),
      "cli/package.json does not declare csv-parse, which its sources import; npm hoists it only here",
    ],
    [
      "an unused dependency",
      made("cli", { "index.ts": "// import 'csv-parse';" }, ["csv-parse"]),
      "cli/package.json declares csv-parse, which its sources do not import",
    ],
    [
      "types of a package that is not used",
      made("metrics", { "index.ts": "" }, ["@types/ndarray"]),
      "metrics/package.json declares @types/ndarray, which its sources do not import",
    ],
    [
      "files that import each other in a circle",
      made("ontology", {
        "index.ts": 'export * from "./a.ts";',
        "a.ts": 'import "./deep/b.ts";',
        "deep/b.ts": 'import "../a.ts";',
      }),
      "ontology/src has a circle: a.ts -> deep/b.ts -> a.ts",
    ],
    [
      "a console call",
      made("metrics", {
        "index.ts": '// console.log in a comment is fine\nconst s = "console.log";\nconsole.warn(s);',
      }),
      "metrics/src/index.ts:3 prints to the console; a library returns or throws",
    ],
    [
      "a room that computes without tensors and imports TensorFlow.js, even as a type",
      made("encoders", { "spectral/mel.ts": 'import type { Tensor } from "@tensorflow/tfjs-core";' }, [
        "@tensorflow/tfjs-core",
      ]),
      'encoders/src/spectral/mel.ts imports "@tensorflow/tfjs-core": only backend, layers, projection, towers, models, training compute on tensors',
    ],
    [
      "an index that imports TensorFlow.js",
      made("encoders", { "index.ts": 'export { tensor } from "@tensorflow/tfjs-core";' }, ["@tensorflow/tfjs-core"]),
      'encoders/src/index.ts imports "@tensorflow/tfjs-core": only backend, layers, projection, towers, models, training compute on tensors',
    ],
    [
      "a reader of checkpoints that knows the models",
      made("encoders", { "checkpoint/names.ts": 'import { clap } from "../models/clap.ts";' }),
      'encoders/src/checkpoint/names.ts imports "../models/clap.ts": checkpoint takes only from bytes',
    ],
    [
      "a tokenizer that reads files",
      made("encoders", { "text/deep/bpe.ts": 'import { openUrl } from "../../bytes/http.ts";' }),
      'encoders/src/text/deep/bpe.ts imports "../../bytes/http.ts": text takes nothing from other rooms',
    ],
    [
      "a layer that knows a tower",
      made("encoders", { "layers/linear.ts": 'import type { Swin } from "../towers/swin.ts";' }),
      'encoders/src/layers/linear.ts imports "../towers/swin.ts": layers takes only from backend',
    ],
    [
      "a tower that knows the models",
      made("encoders", { "towers/swin.ts": 'import type { Tap } from "../models/family.ts";' }),
      'encoders/src/towers/swin.ts imports "../models/family.ts": towers takes only from layers',
    ],
    [
      "a room that takes from the index, which would close a circle",
      made("encoders", { "audio/wav.ts": 'import type { ByteSource } from "../index.ts";' }),
      'encoders/src/audio/wav.ts imports "../index.ts": audio takes only from bytes, two-tower.ts',
    ],
    [
      "a room that nobody has planned",
      made("encoders", { "shortcuts/all.ts": 'import "../bytes/source.ts";' }),
      'encoders/src/shortcuts/all.ts imports "../bytes/source.ts": shortcuts takes nothing from other rooms',
    ],
    [
      "an index that leads to a module for Node",
      made("encoders", {
        "index.ts": 'export * from "./bytes/source.ts";',
        "bytes/source.ts": 'export const open = () => import("./node.ts");',
        "bytes/node.ts": 'import "node:fs";',
      }),
      "encoders/src/index.ts -> bytes/source.ts -> bytes/node.ts: index.ts must run in browsers",
    ],
    [
      "an index that leads to a room for Node, even for a type",
      made("encoders", {
        "index.ts": 'export type { Job } from "./parallel/pool.ts";',
        "parallel/pool.ts": 'import "node:worker_threads";',
      }),
      "encoders/src/index.ts -> parallel/pool.ts: index.ts must run in browsers",
    ],
  ];

  it.each(cases)("complains about %s, and about nothing else", (_title, sources, complaint) => {
    expect(violations([sources])).toEqual([complaint]);
  });

  it("accepts a circle that is closed by types only, since nothing of it is left at run time", () => {
    const types = 'import type { A } from "./a.ts"; export type * from "./a.ts"; export type B = import("./a.ts").A;';
    expect(violations([made("ontology", { "a.ts": 'import "./b.ts";', "b.ts": types })])).toEqual([]);
  });

  it("accepts ndarray and its types in metrics, Node's modules in node.ts, and everything of ours in the cli", () => {
    expect(
      violations([
        made("metrics", { "index.ts": 'import type { NdArray } from "ndarray";' }, ["ndarray", "@types/ndarray"]),
        made("encoders", { "node.ts": 'export * from "./index.ts"; import "node:fs";', "index.ts": "" }),
        made(
          "cli",
          {
            "index.ts": 'import "node:fs"; import "@irec/metrics"; import "@irec/ontology"; import "./a/b.ts";',
            "a/b.ts": "",
          },
          ["@irec/metrics", "@irec/ontology"],
        ),
      ]),
    ).toEqual([]);
  });
});
