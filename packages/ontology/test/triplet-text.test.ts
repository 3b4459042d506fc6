import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  doktorski,
  type TripletColumns,
  taxonomyFromRows,
  tinysolTerms,
  tripletCsv,
  tripletJsonl,
  tripletSet,
} from "../src/index.ts";

const tinysol = tripletSet(doktorski, { terms: tinysolTerms });
const lines = (chunks: Iterable<string>, end: string): string[] => [...chunks].join("").split(end);
const odd = taxonomyFromRows(
  [
    { id: "r" },
    { id: "s", parent: "r" },
    { id: "a", parent: "s", label: 'say "a"' },
    { id: "b", parent: "s", label: "b, or not" },
    { id: "c", parent: "r", label: "two\nlines" },
  ],
  { name: "odd", source: "the test" },
);
const oddSet = tripletSet(odd, { terms: odd.leaves });

describe("tripletCsv", () => {
  test("has a header, one line a triplet, and CRLF at the end of each", () => {
    const text = lines(tripletCsv(tinysol), "\r\n");
    expect(text.slice(0, 3)).toEqual([
      "anchor,positive,negative",
      "tuba,French horn,trombone",
      "tuba,French horn,accordion",
    ]);
    expect(text).toHaveLength(1 + 686 + 1);
    expect(text.at(-1)).toBe("");
  });

  test.each([
    ["name", "tuba,french_horn,trombone"],
    ["index", "0,1,2"],
    [
      "id",
      "instrument/wind/pipe_aerophones/brass/with_valves/tuba," +
        "instrument/wind/pipe_aerophones/brass/with_valves/french_horn," +
        "instrument/wind/pipe_aerophones/brass/without_valves/trombone",
    ],
  ] as const)("writes %s on request", (columns, first) => {
    expect(lines(tripletCsv(tinysol, { columns, lineEnd: "\n" }), "\n")[1]).toBe(first);
  });

  test("refuses labels or names that several terms share: anchor and positive would read the same", () => {
    const rows = [
      { id: "all" },
      { id: "s", parent: "all" },
      { id: "s1", parent: "s", name: "bell" },
      { id: "s2", parent: "s", name: "bell" },
      { id: "t", parent: "all", name: "bell", label: "hand bell" },
    ];
    const bells = tripletSet(taxonomyFromRows(rows, { name: "bells", source: "the test" }));
    expect(() => tripletCsv(bells)).toThrow(ArgumentError);
    expect(() => tripletCsv(bells)).toThrow(
      'columns: expected "id" or "index", as 2 of the 4 terms have the label "bell" and would read the same, got "label"',
    );
    expect(() => tripletJsonl({ terms: bells.terms, arrays: bells.toArrays() }, { columns: "name" })).toThrow(
      'columns: expected "id" or "index", as 3 of the 4 terms have the name "bell" and would read the same, got "name"',
    );
    expect(lines(tripletCsv(bells, { columns: "id" }), "\r\n")[1]).toBe("s,s1,t");
    const distinct = tripletSet(doktorski, { terms: tinysolTerms });
    expect(lines(tripletCsv(distinct, { columns: "name" }), "\r\n")).toHaveLength(688);
  });

  test("refuses the names of all of doktorski, which repeat, and not its labels", () => {
    const all = tripletSet(doktorski);
    expect(() => tripletCsv(all, { columns: "name" })).toThrow('2 of the 150 terms have the name "plucked"');
    expect(() => tripletCsv(all)).not.toThrow();
  });

  test("quotes commas, quotes and line ends", () => {
    expect([...tripletCsv(oddSet)].join("")).toBe(
      'anchor,positive,negative\r\n"say ""a""","b, or not","two\nlines"\r\n"b, or not","say ""a""","two\nlines"\r\n',
    );
  });

  test("writes arrays, such as a sample, as it writes a set", () => {
    const { terms } = tinysol;
    expect([...tripletCsv({ terms, arrays: tinysol.toArrays() })]).toEqual([...tripletCsv(tinysol)]);
    expect(lines(tripletCsv({ terms, arrays: tinysol.sample(5, { seed: 1 }) }), "\r\n")).toHaveLength(7);
  });

  test("comes in chunks of about 64 KiB, so that the 45 MB of all triplets never stand in memory at once", () => {
    let rows = -1;
    let longest = 0;
    for (const chunk of tripletCsv(tripletSet(doktorski), { lineEnd: "\n" })) {
      rows += chunk.split("\n").length - 1;
      longest = Math.max(longest, chunk.length);
    }
    expect(rows).toBe(822_820);
    expect(longest).toBeLessThan(96 * 1024);
  });

  test("of an empty set is the header", () => {
    expect([...tripletCsv(tripletSet(doktorski, { terms: [] }))]).toEqual(["anchor,positive,negative\r\n"]);
    expect([...tripletJsonl(tripletSet(doktorski, { terms: [] }))]).toEqual([]);
  });

  test("refuses unknown options and arrays that do not fit, before the first chunk", () => {
    expect(() => tripletCsv(tinysol, { columns: "lable" as TripletColumns })).toThrow(
      'columns: expected one of "label", "name", "id", "index", got "lable"',
    );
    expect(() => tripletCsv(tinysol, { lineEnd: "\r" as "\n" })).toThrow(ArgumentError);
    const arrays = tinysol.toArrays();
    expect(() => tripletCsv({ terms: tinysolTerms.slice(0, 3), arrays })).toThrow("an index below 3 (terms)");
    const short = { ...arrays, negatives: arrays.negatives.subarray(1) };
    expect(() => tripletJsonl({ terms: tinysolTerms, arrays: short })).toThrow(
      "arrays.negatives: expected 686 entries (arrays.length), got 685",
    );
  });
});

test("what holds no triplets is refused, and so are options that are none", () => {
  for (const write of [tripletCsv, tripletJsonl] as ((...given: unknown[]) => unknown)[]) {
    for (const source of [undefined, doktorski, tinysol.sample(9)]) {
      expect(() => write(source)).toThrow(ArgumentError);
      expect(() => write(source)).toThrow(
        "source: expected a triplet set, or { terms, arrays } such as { terms, arrays: set.sample(9) }, got ",
      );
    }
    expect(() => write(tinysol, "id")).toThrow("options: expected { columns");
  }
});

describe("tripletJsonl", () => {
  test("has one object a line, with strings or with indices", () => {
    const parsed = lines(tripletJsonl(oddSet), "\n");
    expect(JSON.parse(parsed[0]!)).toEqual({ anchor: 'say "a"', positive: "b, or not", negative: "two\nlines" });
    expect(parsed).toHaveLength(3);
    expect(lines(tripletJsonl(tinysol, { columns: "index" }), "\n")[0]).toBe('{"anchor":0,"positive":1,"negative":2}');
  });
});
