import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readCsv } from "../src/csv.ts";
import {
  agreedTriplets,
  audioset,
  distanceMatrix,
  doktorski,
  hornbostelSachs,
  hornbostelSachsPath,
  kendallCounts,
  kendallTauB,
  lcaDepth,
  musicbrainzTypes,
  negationTriplets,
  ontologyAgreement,
  parseTaxonomy,
  pathLength,
  publishedDistanceMatrix,
  publishedTripletCsv,
  quadsFromJsonLd,
  sampleTriplets,
  sharedInstruments,
  similarityMatrix,
  taxonomyFromRows,
  taxonomyFromTree,
  tinysolTerms,
  tripletCsv,
  tripletJsonl,
  tripletSet,
  wuPalmer,
  xoshiro128,
} from "../src/index.ts";
import { unknownWords } from "../src/known-words.ts";
import { nearestSpellings } from "../src/suggestions.ts";

test("the examples of the doc comments give the values that they state", () => {
  expect(doktorski.find("cello").id).toBe("instrument/stringed/bowed/violoncello");
  expect(doktorski.find("cello").parents[0]!.label).toBe("bowed string instruments");
  expect(doktorski.get("instrument/stringed/bowed/viola").label).toBe("viola");
  expect(doktorski.byName("struck").length).toBe(5);
  expect(doktorski.byAlias("cello")[0]!.name).toBe("violoncello");
  expect(doktorski.find("Trumpet_in_C").name).toBe("trumpet");
  expect(doktorski.lowestCommonAncestor(doktorski.find("violin"), doktorski.find("piano")).name).toBe("stringed");
  expect(doktorski.findAll("struck").length).toBe(5);
  expect(audioset.find("cowbell").parents.map((parent) => parent.label)).toEqual(["percussion", "bell"]);
  expect(hornbostelSachs.find("cello").parents[0]!.id).toBe("321.322-71");
  expect(hornbostelSachsPath("421.222.11-9").slice(-3)).toEqual(["421.222.1", "421.222.11", "421.222.11-9"]);
  expect(musicbrainzTypes.find("cello").parents[0]!.id).toBe("string");
  expect(sharedInstruments([doktorski, audioset]).instruments.length).toBe(40);
  expect(kendallTauB(kendallCounts([1, 2, 3, 4], [1, 2, 4, 3]))).toBeCloseTo(2 / 3, 15);
  expect(ontologyAgreement(doktorski, hornbostelSachs).instruments.length).toBe(97);
  expect(agreedTriplets([doktorski, hornbostelSachs], { instruments: tinysolTerms }).arrays.length).toBe(686);
  expect(quadsFromJsonLd({ "@id": "a:b", "http://x/y": "z" }).quads[0]!.object.value).toBe("z");
  const sampled = sampleTriplets(tripletSet(doktorski, { terms: tinysolTerms }).toArrays(), 9, { seed: 1 });
  expect(sampled.length).toBe(9);
  expect(nearestSpellings("vioiln", ["viola", "violin", "tuba"], 3)).toEqual(["violin", "viola"]);

  expect(
    unknownWords("key", ["name", "childs"], ["name", "children"], "expected name and optionally children"),
  ).toEqual(['unknown key "childs", nearest: "children"; expected name and optionally children']);

  const rows = [{ id: "all" }, { id: "bell", parent: "all" }, { id: "cowbell", parents: ["all", "bell"] }];
  const small = { name: "small", source: "mine" };
  expect(taxonomyFromRows(rows, small).leaves.map((leaf) => leaf.id)).toEqual(["cowbell"]);
  const tree = { name: "instrument", children: [{ name: "wind" }, { name: "stringed" }] };
  expect(taxonomyFromTree(tree, small).leaves[0]!.id).toBe("instrument/wind");
  const csv = "id,parent,aliases\ninstrument,,\ntuba,instrument,bass tuba|BTb\n";
  expect(parseTaxonomy(csv, { format: "csv", fileName: "small.csv" }).find("btb").id).toBe("tuba");
  expect(readCsv('id,name\r\n1,"a, b"\r\n').records[1]!.fields).toEqual(["1", "a, b"]);

  expect(similarityMatrix(doktorski, tinysolTerms, "path").at(0, 1)).toBe(-2);
  expect(distanceMatrix(doktorski, tinysolTerms, "path")[1]).toBe(2);
  expect(pathLength(doktorski, doktorski.find("tuba"), doktorski.find("violin"))).toBe(8);
  expect(lcaDepth(doktorski, doktorski.find("tuba"), doktorski.find("accordion"))).toBe(1);
  const pair = wuPalmer(doktorski, doktorski.find("violin"), doktorski.find("viola"));
  expect(pair).toEqual({ numerator: 6, denominator: 8, value: 0.75 });

  const set = tripletSet(doktorski, { terms: tinysolTerms });
  expect(set.size).toBe(686);
  expect([...tripletCsv(set)].join("").split("\r\n")[1]).toBe("tuba,French horn,trombone");
  const jsonl = [...tripletJsonl(set, { columns: "index" })].join("");
  expect(jsonl.split("\n")[0]).toBe('{"anchor":0,"positive":1,"negative":2}');
  expect(xoshiro128(1).nextBelow(6)).toBe(2);
  expect(publishedDistanceMatrix()[4]).toBe(9);
  const [first] = publishedTripletCsv();
  expect(first!.split("\r\n")[1]).toBe("stringed instruments,bowed instruments,wind instruments");
  const templates = { template: "A {x} track", negatedTemplate: "A no {x} track" };
  expect([...negationTriplets(["tuba", "oboe"], templates)][0]).toEqual([
    "A tuba track",
    "A oboe track",
    "A no tuba track",
  ]);
});

test("the files of the README are the same taxonomy in three forms", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const files = [...readme.matchAll(/```(csv|json)\n(.*?)```/gs)];
  expect(files.map(([, format]) => format)).toEqual(["csv", "json", "json"]);
  for (const [, format, text] of files) {
    const taxonomy = parseTaxonomy(text!, { format: format as "csv" | "json", fileName: "the README" });
    expect(taxonomy.nodes.map(({ name, label, aliases, depth }) => [name, label, aliases, depth])).toEqual([
      ["instrument", "musical instruments", [], 0],
      ["wind", "wind instruments", ["aerophones"], 1],
      ["tuba", "tuba", ["bass tuba", "BTb"], 2],
    ]);
    const isTree = text!.startsWith("{");
    expect(taxonomy.find("btb").id).toBe(isTree ? "instrument/wind/tuba" : "tuba");
  }
});
