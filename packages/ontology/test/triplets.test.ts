import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  doktorski,
  type SimilarityRule,
  sampleTriplets,
  similarityMatrix,
  TermListError,
  type Triplet,
  type TripletArrays,
  TripletCountError,
  taxonomyFromRows,
  tinysolTerms,
  tripletSet,
} from "../src/index.ts";
import { naiveTriplets } from "./naive.ts";
import { taxonomies } from "./random-taxonomies.ts";

const rows = ({ anchors, positives, negatives }: TripletArrays): Triplet[] =>
  Array.from(anchors, (anchor, k) => [anchor, positives[k]!, negatives[k]!]);
const rules: SimilarityRule[] = ["lca", "path", "wu-palmer"];
const tinysol = tripletSet(doktorski, { terms: tinysolTerms });

describe("tripletSet", () => {
  // Counted by a separate program from the chart's tree.
  test.each([
    ["path", 1_350_446, 357_404, 686],
    ["lca", 822_820, 238_632, 686],
    ["wu-palmer", 1_421_870, 378_284, 722],
  ] as const)("by %s counts %d triplets of all terms, %d of the leaves, %d of TinySOL", (rule, all, leaves, few) => {
    const sizes = [doktorski.terms, doktorski.leaves, tinysolTerms].map((terms) => {
      const set = tripletSet(doktorski, { terms, rule });
      const n = terms.length;
      expect(set.size + set.ties).toBe((n * (n - 1) * (n - 2)) / 2);
      expect(set.tooClose).toBe(0);
      return set.size;
    });
    expect(sizes).toEqual([all, leaves, few]);
    expect(tripletSet(doktorski, { rule }).toArrays()).toHaveLength(all);
  });

  test("takes all terms and LCA depth when nothing is said", () => {
    const set = tripletSet(doktorski);
    expect([set.rule, set.minGap, set.terms, set.size]).toEqual(["lca", 0, doktorski.terms, 822_820]);
  });

  test.each(rules)("by %s agrees with three nested loops over the definitions, on any graph", (rule) => {
    fc.assert(
      fc.property(taxonomies, (taxonomy) => {
        const set = tripletSet(taxonomy, { rule });
        const naive = naiveTriplets(taxonomy.terms, rule);
        expect(set.size).toBe(naive.length);
        expect(rows(set.toArrays())).toEqual(naive);
        expect([...set]).toEqual(naive);
        expect(naive.map((_, k) => set.at(k))).toEqual(naive);
      }),
      { numRuns: 50 },
    );
  });

  test.each(rules)("by %s agrees with three nested loops on the TinySOL instruments", (rule) => {
    expect([...tripletSet(doktorski, { terms: tinysolTerms, rule })]).toEqual(naiveTriplets(tinysolTerms, rule));
  });

  test("goes anchor by anchor, then positive by positive, then negative by negative", () => {
    expect([...tinysol].slice(0, 3)).toEqual([
      [0, 1, 2],
      [0, 1, 4],
      [0, 1, 5],
    ]);
    expect(tinysol.at(0)).toEqual([0, 1, 2]);
    expect(tinysol.at(685)).toEqual([13, 12, 11]);
  });

  test("keeps only triplets whose gap is at least minGap, in the unit of the rule", () => {
    for (const [rule, minGap] of [
      ["lca", 2],
      ["path", 3],
      ["path", 2.5],
    ] as const) {
      const { levels, scale, terms } = similarityMatrix(doktorski, tinysolTerms, rule);
      const value = (i: number, j: number): number => scale[levels[i * terms.length + j]!]!.numerator;
      const wide = [...tripletSet(doktorski, { terms, rule })].filter(
        ([a, p, n]) => value(a, p) - value(a, n) >= minGap,
      );
      const set = tripletSet(doktorski, { terms, rule, minGap });
      expect([...set]).toEqual(wide);
      expect(set.size).toBe(wide.length);
      expect(set.size + set.ties + set.tooClose).toBe((14 * 13 * 12) / 2);
      expect(set.tooClose).toBeGreaterThan(0);
    }
  });

  test("compares the gap of Wu-Palmer values as fractions: 1/2 - 2/5 is one tenth, although not in floats", () => {
    // a has depth 2 in nodes; x and y are under it at depths 6 and 8: wu-palmer(a, x) = 1/2 and wu-palmer(a, y) = 2/5.
    const chain = ["a", "c3", "c4", "c5", "x", "c7", "y"];
    const chained = chain.map((id, k) => ({ id, parent: ["root", ...chain][k]! }));
    const taxonomy = taxonomyFromRows([{ id: "root" }, ...chained], { name: "chain", source: "the test" });
    const terms = ["a", "x", "y"].map((id) => taxonomy.get(id));
    expect(0.5 - 0.4).toBeLessThan(0.1);
    const scale = similarityMatrix(taxonomy, terms, "wu-palmer").scale.map((f) => f.numerator / f.denominator);
    expect(scale).toContain(0.5);
    expect(scale).toContain(0.4);
    const set = tripletSet(taxonomy, { terms, rule: "wu-palmer", minGap: 0.1 });
    expect([...set]).toContainEqual([0, 1, 2]);
    expect([...tripletSet(taxonomy, { terms, rule: "wu-palmer", minGap: 0.1000001 })]).not.toContainEqual([0, 1, 2]);
    expect(tripletSet(taxonomy, { terms, rule: "wu-palmer", minGap: 1e-7 }).tooClose).toBe(0);
    expect(tripletSet(taxonomy, { terms, rule: "wu-palmer", minGap: 1e21 }).size).toBe(0);
  });

  test("of fewer than three terms is empty", () => {
    for (const count of [0, 1, 2]) {
      const set = tripletSet(doktorski, { terms: tinysolTerms.slice(0, count) });
      expect([set.size, set.ties, set.tooClose, [...set], set.toArrays().length]).toEqual([0, 0, 0, [], 0]);
      expect(() => set.at(0)).toThrow(ArgumentError);
    }
  });

  test("does not change with the order of the terms, other than its indices", () => {
    const backwards = [...tinysolTerms].reverse();
    const named = (set: ReturnType<typeof tripletSet>): string[] =>
      [...set].map((triplet) => triplet.map((k) => set.terms[k]!.name).join()).sort();
    expect(named(tripletSet(doktorski, { terms: backwards }))).toEqual(named(tinysol));
  });

  test("refuses what cannot be meant", () => {
    expect(() => tripletSet(doktorski, { terms: [tinysolTerms[0]!, tinysolTerms[0]!] })).toThrow(TermListError);
    for (const minGap of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => tripletSet(doktorski, { minGap })).toThrow("minGap: expected a finite number, at least 0");
    for (const k of [-1, 0.5, 686, Number.NaN])
      expect(() => tinysol.at(k)).toThrow("k: expected an integer from 0 to 685, as there are 686 triplets");
  });

  test("refuses names, single nodes and lists in the wrong place, and says what to give", () => {
    const make = tripletSet as (...given: unknown[]) => unknown;
    const wrong: [unknown[], string][] = [
      [
        [doktorski, { terms: ["violin", "viola"] }],
        'terms[0]: expected a node, such as taxonomy.find("violin"), got "violin"',
      ],
      [[doktorski, { terms: [tinysolTerms[0], undefined] }], "terms[1]: expected a node"],
      [[doktorski, { terms: "violin,viola" }], "terms: expected an array of nodes, such as taxonomy.leaves, got"],
      [[doktorski, { terms: null }], "terms: expected an array of nodes, such as taxonomy.leaves, got null"],
      [[doktorski, tinysolTerms], "options: expected { terms, rule, minGap }, all of them optional, got an array"],
      [[doktorski, null], "options: expected { terms, rule, minGap }, all of them optional, got null"],
      [[undefined], "taxonomy: expected a Taxonomy, such as doktorski, got undefined"],
      [[{ terms: tinysolTerms }], "taxonomy: expected a Taxonomy, such as doktorski, got an object"],
    ];
    for (const [given, message] of wrong) {
      expect(() => make(...given)).toThrow(ArgumentError);
      expect(() => make(...given)).toThrow(message);
    }
  });

  test("uses 16-bit indices as long as they suffice", () => {
    expect(tinysol.toArrays().anchors).toBeInstanceOf(Uint16Array);
  });
});

describe("TripletSet.sample", () => {
  test("gives these triplets for this seed, now and later", () => {
    // Positions 49, 336, 391 and 623 of the iteration, by test/xoshiro128.py: sample(686, 4, 2024).
    expect(rows(tinysol.sample(4, { seed: 2024 }))).toEqual([
      [0, 11, 7],
      [6, 8, 12],
      [8, 7, 3],
      [12, 13, 8],
    ]);
    expect([49, 336, 391, 623].map((k) => tinysol.at(k))).toEqual(rows(tinysol.sample(4, { seed: 2024 })));
  });

  test("takes seed 0 when none is given, and refuses a seed outside of the options", () => {
    expect(tinysol.sample(5)).toEqual(tinysol.sample(5, { seed: 0 }));
    expect(tinysol.sample(5, {})).toEqual(tinysol.sample(5, { seed: 0 }));
    const sample = tinysol.sample.bind(tinysol) as (...given: unknown[]) => unknown;
    expect(() => sample(5, 2024)).toThrow("options: expected { seed }, an integer; 0 when left out, got 2024");
    expect(() => sample(5, { seed: null })).toThrow("seed: expected an integer from 0 to 4294967295, got null");
    expect(() => sample()).toThrow("count: expected a whole number of triplets, got undefined");
  });

  test("is part of the set, in its order, without repetition", () => {
    const all = new Map([...tinysol].map((triplet, k) => [triplet.join(), k]));
    fc.assert(
      fc.property(fc.nat({ max: 686 }), fc.nat(), (count, seed) => {
        const positions = rows(tinysol.sample(count, { seed })).map((triplet) => all.get(triplet.join())!);
        expect(positions).toHaveLength(count);
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
      }),
    );
    expect(rows(tinysol.sample(686, { seed: 1 }))).toEqual([...tinysol]);
  });

  test("gives every triplet the same chance", () => {
    // 3,000 samples of 20 of the 686: each is expected 87.5 times. The sum has 685 degrees of freedom, mean 685 and
    // standard deviation 37; 900 is nearly six of those away, and wrong bounds of the draw give thousands.
    const all = new Map([...tinysol].map((triplet, k) => [triplet.join(), k]));
    const counts = new Array<number>(686).fill(0);
    for (let seed = 0; seed < 3_000; seed++)
      for (const triplet of rows(tinysol.sample(20, { seed }))) counts[all.get(triplet.join())!]!++;
    const expected = (3_000 * 20) / 686;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(900);
    expect(chiSquare).toBeGreaterThan(470);
  });

  test("says how many there are when more are wanted", () => {
    expect(() => tinysol.sample(687, { seed: 1 })).toThrow(TripletCountError);
    expect(() => tinysol.sample(687, { seed: 1 })).toThrow("cannot sample 687 triplets: there are only 686");
    expect(() => tinysol.sample(-1, { seed: 1 })).toThrow("count: expected a whole number of triplets, got -1");
    expect(() => tinysol.sample(1, { seed: 0.5 })).toThrow(ArgumentError);
  });

  test("does not generate the rest: three of some thirty million come at once", () => {
    const many = Array.from({ length: 600 }, (_, k) => ({ id: `n${k}`, parent: k === 0 ? null : `n${(k - 1) >> 1}` }));
    const set = tripletSet(taxonomyFromRows(many, { name: "heap", source: "the test" }), { rule: "path" });
    expect(set.size).toBeGreaterThan(30_000_000);
    expect(set.sample(3, { seed: 1 })).toHaveLength(3);
  });
});

describe("sampleTriplets", () => {
  test("draws from arrays what TripletSet.sample draws from the set", () => {
    const arrays = tinysol.toArrays();
    for (const [count, seed] of [
      [0, 1],
      [4, 2024],
      [50, 7],
      [686, 3],
    ] as const)
      expect(sampleTriplets(arrays, count, { seed })).toEqual(tinysol.sample(count, { seed }));
    expect(sampleTriplets(arrays, 5)).toEqual(tinysol.sample(5));
  });

  test("says how many there are when more are wanted", () => {
    expect(() => sampleTriplets(tinysol.toArrays(), 687)).toThrow(TripletCountError);
    expect(() => sampleTriplets(tinysol.toArrays(), -1)).toThrow(ArgumentError);
  });
});
