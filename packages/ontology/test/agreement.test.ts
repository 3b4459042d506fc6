import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  agreedTriplets,
  audioset,
  doktorski,
  hornbostelSachs,
  kendallCounts,
  kendallTauB,
  musicbrainzTypes,
  ontologyAgreement,
  type SimilarityRule,
  sharedInstruments,
  similarityMatrix,
  type Taxonomy,
  taxonomyFromRows,
  tinysolTerms,
  tripletSet,
  UnknownTermError,
} from "../src/index.ts";

const builtIn: Record<string, Taxonomy> = { doktorski, audioset, hornbostelSachs, musicbrainzTypes };
const rules: SimilarityRule[] = ["lca", "path", "wu-palmer"];

/** The definition: compare every pair of positions. */
function naiveCounts(first: readonly number[], second: readonly number[]) {
  const counts = { concordant: 0, discordant: 0, firstTied: 0, secondTied: 0, bothTied: 0 };
  for (let i = 0; i < first.length; i++)
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(first[i]! - first[j]!), Math.sign(second[i]! - second[j]!)];
      if (a === 0 && b === 0) counts.bothTied++;
      else if (a === 0) counts.firstTied++;
      else if (b === 0) counts.secondTied++;
      else if (a === b) counts.concordant++;
      else counts.discordant++;
    }
  return counts;
}

// Counted in Python, from nothing but the parents of each node: triplets and ties by LCA depth.
test.each([
  ["audioset", "terms", 79_382, 285_073],
  ["audioset", "leaves", 32_156, 132_064],
  ["hornbostelSachs", "terms", 3_471_544, 5_015_624],
  ["hornbostelSachs", "leaves", 188_848, 253_472],
  ["musicbrainzTypes", "terms", 214_470, 347_910],
  ["musicbrainzTypes", "leaves", 187_670, 297_430],
] as const)("%s has of its %s %d triplets and %d ties", (name, which, size, ties) => {
  const set = tripletSet(builtIn[name]!, { terms: builtIn[name]![which] });
  expect([set.size, set.ties]).toEqual([size, ties]);
});

describe("kendallCounts", () => {
  test("agrees with comparing every pair, ties or none", () => {
    const values = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 40 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, (pairs) => {
        const [first, second] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        expect(kendallCounts(first, second)).toEqual(naiveCounts(first, second));
        expect(kendallCounts(second, first).discordant).toBe(naiveCounts(first, second).discordant);
      }),
    );
  });

  test("counts 200,000 values, where every pair would be twenty thousand million", () => {
    const n = 200_000;
    const up = Float64Array.from({ length: n }, (_, i) => i);
    expect(kendallCounts(up, up.toReversed()).discordant).toBe((n * (n - 1)) / 2);
    expect(kendallCounts(up, up).concordant).toBe((n * (n - 1)) / 2);
  });

  test("refuses lists of different lengths and values that are no numbers", () => {
    expect(() => kendallCounts([1, 2], [1])).toThrow("second: expected as many values as the first has, 2, got 1");
    expect(() => kendallCounts([1, Number.NaN], [1, 2])).toThrow(ArgumentError);
  });
});

describe("kendallTauB", () => {
  // scipy.stats.kendalltau(x, y).statistic of SciPy 1.17.1
  test.each([
    [[1, 2, 3, 4], [1, 2, 4, 3], 0.6666666666666669],
    [[12, 2, 1, 12, 2], [1, 4, 7, 1, 0], -0.4714045207910316],
    [[1, 1, 2, 2, 3], [5, 5, 5, 1, 1], -0.7216878364870322],
    [[1, 2, 3], [3, 2, 1], -1],
  ])("of %j and %j is %d", (first, second, tau) => {
    expect(kendallTauB(kendallCounts(first, second))).toBeCloseTo(tau, 14);
  });

  test("is undefined when one of the rankings ties everything", () => {
    expect(kendallTauB(kendallCounts([1, 1, 1], [1, 2, 3]))).toBeUndefined();
    expect(kendallTauB(kendallCounts([1], [1]))).toBeUndefined();
  });
});

describe("sharedInstruments", () => {
  test("gives the node of each instrument in each taxonomy", () => {
    const { instruments, terms, missing } = sharedInstruments([doktorski, audioset, hornbostelSachs]);
    expect(instruments).toHaveLength(40);
    expect(missing).toHaveLength(60);
    const cello = instruments.indexOf(doktorski.find("cello"));
    expect(terms.map((nodes) => nodes[cello]!.id)).toEqual([
      "instrument/stringed/bowed/violoncello",
      "/m/01xqw",
      "violoncello",
    ]);
  });

  test("has as many of the 100 instruments as the taxonomies have in common", () => {
    const shared = Object.entries(builtIn).map(([name, taxonomy]) => [
      name,
      sharedInstruments([taxonomy]).instruments.length,
    ]);
    expect(Object.fromEntries(shared)).toEqual({
      doktorski: 100,
      audioset: 40,
      hornbostelSachs: 97,
      musicbrainzTypes: 100,
    });
  });

  test("leaves out two instruments of one class, unless the wider match is not asked for", () => {
    const pair = [doktorski.find("xylophone"), doktorski.find("marimba")];
    expect(sharedInstruments([audioset], { instruments: pair, relations: ["broad"] }).instruments).toEqual([]);
    const one = sharedInstruments([audioset], { instruments: pair.slice(1), relations: ["exact", "broad"] });
    expect(one.terms[0]!.map((node) => node.name)).toEqual(["Marimba, xylophone"]);
  });

  test("finds instruments of other taxonomies by name, label and alias, where the spelling means one node", () => {
    const rows = [
      { id: "all" },
      { id: "s", parent: "all", name: "Cello" },
      { id: "v", parent: "all", label: "VIOLIN" },
      { id: "h1", parent: "all", name: "harp" },
      { id: "h2", parent: "all", label: "harp" },
    ];
    const mine = taxonomyFromRows(rows, { name: "mine", source: "the test" });
    const { instruments, terms } = sharedInstruments([mine]);
    expect(instruments.map((node) => node.name)).toEqual(["violin", "violoncello"]);
    expect(terms[0]!.map((node) => node.id)).toEqual(["v", "s"]);
  });

  test("refuses no taxonomy, nodes of another one and unknown relations", () => {
    expect(() => sharedInstruments([])).toThrow(ArgumentError);
    expect(() => sharedInstruments([doktorski], { instruments: [audioset.find("violin")] })).toThrow(UnknownTermError);
    const relations = ["similar"] as never;
    expect(() => sharedInstruments([doktorski], { relations })).toThrow("relations: expected some of");
  });
});

describe("ontologyAgreement", () => {
  if (process.env.IREC_ROWS !== undefined) writeRows(process.env.IREC_ROWS);

  // By ontology_agreement.py with SciPy, from nothing but the parents of each node. The last digit depends on the order in
  // which the roots are multiplied.
  test.each([
    ["doktorski", "audioset", 40, 0.3688449159036293, 3406, 274],
    ["doktorski", "hornbostelSachs", 97, 0.8560611442608514, 178700, 4048],
    ["doktorski", "musicbrainzTypes", 100, 0.7797041230628485, 165968, 5781],
    ["audioset", "hornbostelSachs", 40, 0.29749873099221974, 2732, 258],
    ["audioset", "musicbrainzTypes", 40, 0.37883955676282044, 3152, 156],
    ["hornbostelSachs", "musicbrainzTypes", 97, 0.8297796370184843, 146312, 804],
  ] as const)(
    "of %s and %s is on %d instruments tau %d, %d triplets alike, %d opposite",
    (a, b, n, tau, same, opposite) => {
      const found = ontologyAgreement(builtIn[a]!, builtIn[b]!);
      expect(found.instruments).toHaveLength(n);
      expect(found.tau).toBeCloseTo(tau, 14);
      expect([found.triplets.concordant, found.triplets.discordant]).toEqual([same, opposite]);
      expect(found.share).toBe(same / (same + opposite));
      const choices = Object.values(found.triplets).reduce((sum, count) => sum + count, 0);
      expect(choices).toBe((n * (n - 1) * (n - 2)) / 2);
    },
  );

  test.each(rules)("by %s with itself is complete", (rule) => {
    for (const taxonomy of Object.values(builtIn)) {
      const { tau, share, triplets } = ontologyAgreement(taxonomy, taxonomy, { rule });
      expect(tau).toBeCloseTo(1, 12);
      expect([share, triplets.discordant, triplets.firstTied, triplets.secondTied]).toEqual([1, 0, 0, 0]);
    }
  });

  test("is undefined where there is nothing to compare", () => {
    const { tau, share } = ontologyAgreement(doktorski, audioset, { instruments: tinysolTerms.slice(0, 2) });
    expect([tau, share]).toEqual([undefined, undefined]);
  });

  test("does not depend on which of the two comes first", () => {
    const [there, back] = [ontologyAgreement(doktorski, audioset), ontologyAgreement(audioset, doktorski)];
    expect(back.tau).toBeCloseTo(there.tau!, 15);
    expect([back.triplets.firstTied, back.triplets.secondTied]).toEqual([
      there.triplets.secondTied,
      there.triplets.firstTied,
    ]);
  });
});

describe("agreedTriplets", () => {
  test("of one taxonomy are all its triplets", () => {
    for (const rule of rules) {
      const agreed = agreedTriplets([doktorski], { rule, instruments: tinysolTerms }).arrays;
      expect(agreed).toEqual(tripletSet(doktorski, { terms: tinysolTerms, rule }).toArrays());
      expect(agreedTriplets([doktorski], { rule }).arrays).toHaveLength(
        tripletSet(doktorski, { terms: doktorski.leaves, rule }).size,
      );
    }
  });

  // 686 and 1,092 choices: triplets.md; the others by this package, as a record.
  test("number these, by LCA depth", () => {
    const count = (taxonomies: Taxonomy[], consent: "all" | "no-objection", instruments = doktorski.leaves) =>
      agreedTriplets(taxonomies, { consent, instruments }).arrays.length;
    const four = Object.values(builtIn);
    expect(count([doktorski, hornbostelSachs], "all", tinysolTerms)).toBe(686);
    expect([count(four, "all"), count(four, "no-objection")]).toEqual([2126, 14_110]);
    expect([count(four, "all", tinysolTerms), count(four, "no-objection", tinysolTerms)]).toEqual([132, 438]);
    expect(count([doktorski, audioset, hornbostelSachs], "all")).toBe(2690);
    expect(agreedTriplets(four, { instruments: tinysolTerms }).missing.map((node) => node.name)).toEqual([
      "tuba",
      "viola",
    ]);
  });

  test.each(rules)("by %s are those that every taxonomy has, or that none contradicts", (rule) => {
    const four = Object.values(builtIn);
    for (const minGap of [0, rule === "wu-palmer" ? 0.25 : 2]) {
      const { terms } = sharedInstruments(four);
      const views = four.map((taxonomy, t) => similarityMatrix(taxonomy, terms[t]!, rule));
      const n = terms[0]!.length;
      const naive = { all: [] as number[][], "no-objection": [] as number[][] };
      for (let a = 0; a < n; a++)
        for (let p = 0; p < n; p++)
          for (let q = 0; q < n; q++) {
            if (a === p || a === q || p === q) continue;
            const gaps = views.map((view) => view.at(a, p) - view.at(a, q));
            const isWide = (gap: number) => gap > 0 && gap >= minGap - 1e-9;
            if (gaps.every(isWide)) naive.all.push([a, p, q]);
            if (gaps.some(isWide) && gaps.every((gap) => gap >= 0)) naive["no-objection"].push([a, p, q]);
          }
      for (const consent of ["all", "no-objection"] as const) {
        const { anchors, positives, negatives } = agreedTriplets(four, { rule, consent, minGap }).arrays;
        expect(Array.from(anchors, (anchor, k) => [anchor, positives[k]!, negatives[k]!])).toEqual(naive[consent]);
      }
    }
  });

  test("refuses what cannot be meant", () => {
    expect(() => agreedTriplets([doktorski], { consent: "some" as "all" })).toThrow('expected "all" or "no-objection"');
    expect(() => agreedTriplets([doktorski], { minGap: -1 })).toThrow("minGap: expected a finite number");
  });
});

/** For ontology_agreement.py. */
function writeRows(path: string): void {
  const rows = Object.entries(builtIn).map(([name, taxonomy]) => {
    const { instruments, terms } = sharedInstruments([taxonomy]);
    const nodes = taxonomy.nodes.map(({ id, parents }) => ({ id, parents: parents.map((parent) => parent.id) }));
    return [name, { nodes, terms: Object.fromEntries(instruments.map((node, i) => [node.name, terms[0]![i]!.id])) }];
  });
  writeFileSync(path, JSON.stringify(Object.fromEntries(rows)));
}
