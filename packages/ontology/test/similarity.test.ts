import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  distanceMatrix,
  doktorski,
  lcaDepth,
  pathLength,
  type SimilarityRule,
  similarityMatrix,
  TermListError,
  taxonomyFromRows,
  tinysolTerms,
  UnknownTermError,
  wuPalmer,
} from "../src/index.ts";
import { breadthFirstEdges, compare, naiveSimilarity } from "./naive.ts";
import { taxonomies } from "./random-taxonomies.ts";

const rules: SimilarityRule[] = ["lca", "path", "wu-palmer"];
const [tuba, accordion, violin, viola] = ["tuba", "accordion", "violin", "viola"].map((name) =>
  doktorski.find(name),
) as [(typeof tinysolTerms)[0], (typeof tinysolTerms)[0], (typeof tinysolTerms)[0], (typeof tinysolTerms)[0]];

describe("pairwise similarities", () => {
  test("show why path length is not the default: the tuba is nearer to the violin than to the accordion", () => {
    expect(pathLength(doktorski, tuba, violin)).toBe(8);
    expect(pathLength(doktorski, tuba, accordion)).toBe(9);
    expect(lcaDepth(doktorski, tuba, violin)).toBe(0);
    expect(lcaDepth(doktorski, tuba, accordion)).toBe(1);
  });

  test("of Wu and Palmer are the fraction of the definition, depth counted in nodes", () => {
    expect(wuPalmer(doktorski, violin, viola)).toEqual({ numerator: 6, denominator: 8, value: 0.75 });
    expect(wuPalmer(doktorski, tuba, accordion)).toEqual({ numerator: 4, denominator: 13, value: 4 / 13 });
    expect(wuPalmer(doktorski, tuba, tuba).value).toBe(1);
  });

  test("of a node and itself: no edges, its depth", () => {
    expect(pathLength(doktorski, violin, violin)).toBe(0);
    expect(lcaDepth(doktorski, violin, violin)).toBe(3);
  });

  test("refuse nodes of another taxonomy", () => {
    const other = taxonomyFromRows([{ id: "x" }], { name: "other", source: "the test" });
    expect(() => pathLength(doktorski, tuba, other.root)).toThrow(UnknownTermError);
    expect(() => lcaDepth(other, tuba, other.root)).toThrow(UnknownTermError);
  });
});

test("names of nodes are refused, with the call that finds the node", () => {
  type Untyped = (...given: unknown[]) => unknown;
  for (const measure of [pathLength, lcaDepth, wuPalmer] as Untyped[]) {
    expect(() => measure(doktorski, "violin", "viola")).toThrow(ArgumentError);
    expect(() => measure(doktorski, "tuba", violin)).toThrow(
      'a: expected a node, such as taxonomy.find("tuba"), got "tuba"',
    );
    expect(() => measure(doktorski, violin, "tuba")).toThrow('b: expected a node, such as taxonomy.find("tuba")');
    expect(() => measure(doktorski, violin)).toThrow(
      'b: expected a node, such as taxonomy.find("violin"), got undefined',
    );
    expect(() => measure(violin, viola)).toThrow("taxonomy: expected a Taxonomy, such as doktorski, got an object");
  }
  for (const matrix of [similarityMatrix, distanceMatrix] as Untyped[]) {
    expect(() => matrix(doktorski, ["tuba"])).toThrow('terms[0]: expected a node, such as taxonomy.find("tuba"), got');
    expect(() => matrix(doktorski)).toThrow(
      "terms: expected an array of nodes, such as taxonomy.leaves, got undefined",
    );
  }
});

describe("similarityMatrix", () => {
  test.each(rules)("by %s agrees with the definitions, in value and in exact order, on any graph", (rule) => {
    fc.assert(
      fc.property(taxonomies, (taxonomy) => {
        const { nodes } = taxonomy;
        const n = nodes.length;
        const matrix = similarityMatrix(taxonomy, nodes, rule);
        const naive = nodes.flatMap((a) => nodes.map((b) => naiveSimilarity(a, b, rule)));
        for (let k = 0; k < n * n; k++) {
          expect(matrix.values[k]).toBe(naive[k]![0] / naive[k]![1]);
          expect(compare(naive[k]!, Object.values(matrix.scale[matrix.levels[k]!]!) as [number, number])).toBe(0);
          for (let m = 0; m < n * n; m += 7)
            expect(Math.sign(matrix.levels[k]! - matrix.levels[m]!)).toBe(Math.sign(compare(naive[k]!, naive[m]!)));
          expect(matrix.levels[k]).toBe(matrix.levels[(k % n) * n + Math.floor(k / n)]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("by lca is the depth of the lowest common ancestor, on any graph", () => {
    fc.assert(
      fc.property(taxonomies, (taxonomy) => {
        for (const a of taxonomy.nodes)
          for (const b of taxonomy.nodes) {
            const common = taxonomy.lowestCommonAncestor(a, b);
            expect(common.depth).toBe(lcaDepth(taxonomy, a, b));
            expect(taxonomy.lowestCommonAncestor(b, a)).toBe(common);
          }
      }),
    );
  });

  test("by path is a search through the whole graph where the graph is a tree", () => {
    for (const a of doktorski.nodes.filter((_, index) => index % 10 === 0))
      for (const b of doktorski.nodes) expect(pathLength(doktorski, a, b)).toBe(breadthFirstEdges(a, b));
  });

  test("by path goes through a common ancestor, not through a common child", () => {
    const rows = [
      { id: "r" },
      { id: "a", parent: "r" },
      { id: "b", parent: "r" },
      { id: "a2", parent: "a" },
      { id: "b2", parent: "b" },
      { id: "both", parents: ["a2", "b2"] },
    ];
    const graph = taxonomyFromRows(rows, { name: "graph", source: "the test" });
    expect(breadthFirstEdges(graph.get("a2"), graph.get("b2"))).toBe(2);
    expect(pathLength(graph, graph.get("a2"), graph.get("b2"))).toBe(4);
  });

  test("of Wu and Palmer stays at most 1, and 1 only for a node and itself, on any graph", () => {
    fc.assert(
      fc.property(taxonomies, (taxonomy) => {
        for (const a of taxonomy.nodes)
          for (const b of taxonomy.nodes) {
            const { numerator, denominator } = wuPalmer(taxonomy, a, b);
            expect(Math.sign(denominator - numerator)).toBe(a === b ? 0 : 1);
          }
      }),
    );
  });

  test("reads entries with at(), larger being more similar", () => {
    const paths = similarityMatrix(doktorski, tinysolTerms, "path");
    expect(paths.at(0, 1)).toBe(-2);
    expect(paths.at(0, 4)).toBe(-9);
    expect(Object.is(paths.at(3, 3), 0)).toBe(true);
    expect(similarityMatrix(doktorski, tinysolTerms).rule).toBe("lca");
  });

  test("of no terms is empty", () => {
    expect(similarityMatrix(doktorski, []).levels).toHaveLength(0);
  });

  test("refuses a term twice, a term of elsewhere, too many terms and an unknown rule", () => {
    expect(() => similarityMatrix(doktorski, [tuba, violin, tuba])).toThrow(TermListError);
    expect(() => similarityMatrix(doktorski, [tuba, violin, tuba])).toThrow(
      "stands at positions 0 and 2; expected once",
    );
    const other = taxonomyFromRows([{ id: "x" }], { name: "other", source: "the test" });
    expect(() => similarityMatrix(doktorski, other.nodes)).toThrow(UnknownTermError);
    expect(() => similarityMatrix(doktorski, new Array(16_385).fill(tuba))).toThrow("expected at most 16384 terms");
    expect(() => similarityMatrix(doktorski, [], "resnik" as SimilarityRule)).toThrow(ArgumentError);
    expect(() => similarityMatrix(doktorski, [], "toString" as SimilarityRule)).toThrow(
      'rule: expected one of "lca", "path", "wu-palmer", got "toString"',
    );
  });
});

describe("distanceMatrix", () => {
  const terms = [tuba, accordion, violin, viola];

  test("counts edges by path, missing depth by lca, and the rest to 1 by wu-palmer", () => {
    expect([...distanceMatrix(doktorski, terms, "path")]).toEqual([0, 9, 8, 8, 9, 0, 9, 9, 8, 9, 0, 2, 8, 9, 2, 0]);
    expect([...distanceMatrix(doktorski, terms, "lca")]).toEqual([0, 5, 6, 6, 5, 0, 6, 6, 6, 6, 0, 4, 6, 6, 4, 0]);
    expect([...distanceMatrix(doktorski, [violin, viola], "wu-palmer")]).toEqual([0, 0.25, 0.25, 0]);
  });

  test("by lca is an ultrametric on a tree", () => {
    const n = doktorski.terms.length;
    const d = distanceMatrix(doktorski, doktorski.terms);
    for (let i = 0; i < n; i += 7)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < n; k++)
          if (d[i * n + k]! > Math.max(d[i * n + j]!, d[j * n + k]!)) throw new Error(`terms ${i}, ${j}, ${k}`);
  });
});
