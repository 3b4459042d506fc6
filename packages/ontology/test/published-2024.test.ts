import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { needsReference, reference, referencePath } from "../../../test/reference.ts";
import {
  doktorski,
  publishedDistanceMatrix,
  publishedTinysolTriplets,
  publishedTripletCsv,
  type SimilarityRule,
  similarityMatrix,
  tinysolTerms,
} from "../src/index.ts";

const file = [...publishedTripletCsv()].join("");

describe("publishedTripletCsv", () => {
  test("is the study's file, byte for byte", () => {
    expect(Buffer.byteLength(file)).toBe(18_293_938);
    expect(createHash("sha256").update(file).digest("hex")).toBe(
      "6d6e5b3067cf856f7c686c1fc08739027fd1522fd4e75045489558cd0781b9ee",
    );
  });

  test("has 434,116 rows, of which 399,040 are different", () => {
    const lines = file.split("\r\n");
    const rows = lines.slice(1, -1);
    expect([lines[0], lines.at(-1)]).toEqual(["anchor,positive,negative", ""]);
    expect(rows).toHaveLength(434_116);
    expect(new Set(rows).size).toBe(399_040);
    expect(rows[0]).toBe("stringed instruments,bowed instruments,wind instruments");
    expect(rows.at(-1)).toBe("midi_guitar,midi_accordion,digital instruments");
  });

  test("follows the rule as it is written down, with strings and loops only", () => {
    let at = "anchor,positive,negative\r\n".length;
    for (const row of rowsByTheRule()) {
      if (!file.startsWith(row, at)) throw new Error(`at ${at}: expected ${row}, got ${file.slice(at, at + 80)}`);
      at += row.length;
    }
    expect(at).toBe(file.length);
  });

  test("points the right way in 38 of 100 rows: a perfect model of the ontology could score no more", () => {
    const { levels, terms } = similarityMatrix(doktorski, doktorski.terms);
    const indexOf = new Map([...terms.entries()].reverse().map(([index, term]) => [term.name, index]));
    let right = 0;
    for (const row of file.split("\r\n").slice(1, -1)) {
      const [anchor, positive, negative] = row
        .split(",")
        .map((name) => indexOf.get(name.replace(/ instruments$/, ""))!);
      if (levels[anchor! * 150 + positive!]! > levels[anchor! * 150 + negative!]!) right++;
    }
    expect(right).toBe(165_888);
    expect(right / 434_116).toBeCloseTo(0.382, 3);
  });

  test("comes in chunks of about 64 KiB", () => {
    const longest = [...publishedTripletCsv()].reduce((most, chunk) => Math.max(most, chunk.length), 0);
    expect(longest).toBeLessThan(96 * 1024);
  });
});

/** A node of the study's tree as a list of names from the root above everything. */
type Path = readonly string[];

/** The rule on bare strings, sentence by sentence of its description. */
function* rowsByTheRule(): Generator<string> {
  const paths: Path[] = doktorski.nodes.map((node) => {
    const names = node.id.split("/");
    if (names[1] === "electrophone") return ["top", ...names.slice(1)];
    if (names[3] === "indeterminate_pitch") return ["top", "instrument", "percussion", ...names.slice(3)];
    return ["top", ...names];
  });
  const first = new Map<string, Path>();
  for (const path of paths) if (!first.has(path.at(-1)!)) first.set(path.at(-1)!, path);
  const leaves = new Set(doktorski.leaves.map((leaf) => leaf.name));
  const cache = new Map<string, number>();
  const dist = (x: string, y: string): number => {
    const key = `${x}|${y}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const [a, b] = [first.get(x), first.get(y)];
    let result = -1;
    if (a !== undefined && b !== undefined) {
      const differs = a.findIndex((name, k) => name !== b[k]);
      const common = differs === -1 ? a.length : differs;
      if (common !== 2) result = a.length + b.length - 2 * common;
    }
    cache.set(key, result);
    return result;
  };
  const rewrite = (t: string): string => (leaves.has(t) || t.includes("instruments") ? t : `${t} instruments`);
  const listing = doktorski.terms.map((term) => term.name);
  for (const [i, start] of listing.entries()) {
    let t1 = start;
    for (const later of listing.slice(i + 1)) {
      let t2 = later;
      if (t1 === t2) continue;
      const p = dist(t1, t2);
      if (p <= 0) continue;
      for (let t3 of listing) {
        if (t3 === t1 || t3 === t2 || dist(t1, t3) >= p) continue;
        [t1, t2, t3] = [rewrite(t1), rewrite(t2), rewrite(t3)];
        yield `${t1},${t2},${t3}\r\n`;
      }
    }
  }
}

// Copied by hand from the printed array of the study's .npy file.
const published = [
  [0, 2, 4, 2, 9, -1, -1, -1, -1, 6, 6, 6, 6, 6],
  [2, 0, 4, 2, 9, -1, -1, -1, -1, 6, 6, 6, 6, 6],
  [4, 4, 0, 4, 9, -1, -1, -1, -1, 6, 6, 6, 6, 6],
  [2, 2, 4, 0, 9, -1, -1, -1, -1, 6, 6, 6, 6, 6],
  [9, 9, 9, 9, 0, -1, -1, -1, -1, 9, 9, 9, 9, 9],
  [-1, -1, -1, -1, -1, 0, 2, 2, 2, -1, -1, -1, -1, -1],
  [-1, -1, -1, -1, -1, 2, 0, 2, 2, -1, -1, -1, -1, -1],
  [-1, -1, -1, -1, -1, 2, 2, 0, 2, -1, -1, -1, -1, -1],
  [-1, -1, -1, -1, -1, 2, 2, 2, 0, -1, -1, -1, -1, -1],
  [6, 6, 6, 6, 9, -1, -1, -1, -1, 0, 4, 6, 2, 4],
  [6, 6, 6, 6, 9, -1, -1, -1, -1, 4, 0, 6, 4, 2],
  [6, 6, 6, 6, 9, -1, -1, -1, -1, 6, 6, 0, 6, 6],
  [6, 6, 6, 6, 9, -1, -1, -1, -1, 2, 4, 6, 0, 4],
  [6, 6, 6, 6, 9, -1, -1, -1, -1, 4, 2, 6, 4, 0],
];

describe("publishedDistanceMatrix", () => {
  test("is the study's 14 by 14 matrix", () => {
    expect([...publishedDistanceMatrix()]).toEqual(published.flat());
  });
});

describe.skipIf(!reference)(`the study's own file${needsReference}`, () => {
  test("tinysol_instrument_similarity.npy holds the same matrix", () => {
    const bytes = readFileSync(referencePath("tinysol_instrument_similarity.npy"));
    const start = 10 + bytes.readUInt16LE(8);
    const values = Array.from({ length: 14 * 14 }, (_, k) => bytes.readDoubleLE(start + 8 * k));
    expect(bytes.length).toBe(start + 8 * 14 * 14);
    expect([...publishedDistanceMatrix()]).toEqual(values);
  });
});

describe("publishedTinysolTriplets", () => {
  const triplets = publishedTinysolTriplets();

  test("are 237, and four instruments never anchor: violoncello, flute, oboe and saxophone", () => {
    expect(triplets).toHaveLength(237);
    expect([...new Set(triplets.anchors)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9, 10]);
    expect([triplets.anchors[0], triplets.positives[0], triplets.negatives[0]]).toEqual([0, 1, 5]);
  });

  // The perfect score on the 237 is 170 / 237 = .717.
  test.each([
    ["lca", 170, 67, 0],
    ["wu-palmer", 170, 67, 0],
    ["path", 134, 83, 20],
  ] as [SimilarityRule, number, number, number][])(
    "by %s on the chart's tree point the right way %d times, the wrong way %d times, and are ties %d times",
    (rule, right, wrong, ties) => {
      const { levels } = similarityMatrix(doktorski, tinysolTerms, rule);
      const found = { right: 0, wrong: 0, ties: 0 };
      for (let k = 0; k < triplets.length; k++) {
        const row = triplets.anchors[k]! * 14;
        const difference = levels[row + triplets.positives[k]!]! - levels[row + triplets.negatives[k]!]!;
        found[difference > 0 ? "right" : difference < 0 ? "wrong" : "ties"]++;
      }
      expect(found).toEqual({ right, wrong, ties });
    },
  );
});
