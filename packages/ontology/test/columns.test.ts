import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTaxonomy, type Taxonomy, TaxonomyError } from "../src/index.ts";
import { taxonomies } from "./random-taxonomies.ts";

const csv = (text: string): Taxonomy => parseTaxonomy(text, { format: "csv", fileName: "mine.csv" });
const shape = (taxonomy: Taxonomy): unknown =>
  taxonomy.nodes.map((node) => [node.id, node.parents.map((parent) => parent.id)]);

describe("a CSV of edges", () => {
  test("names parent and child, in either order of the columns, with a byte order mark or without", () => {
    const expected = [
      ["all", []],
      ["wind", ["all"]],
      ["french_horn", ["wind"]],
    ];
    expect(shape(csv("parent,child\nall,wind\nwind,french_horn\n"))).toEqual(expected);
    expect(shape(csv('\uFEFF"child","parent"\r\nwind,all\r\nfrench_horn, wind \r\n'))).toEqual(expected);
    expect(csv("parent,child\nall,wind\nwind,french_horn\n").find("french horn").label).toBe("french horn");
  });

  test("gives a child of several rows several parents, and takes the same row twice for once", () => {
    const taxonomy = csv("parent,child\nall,drum\nall,bell\ndrum,cowbell\nbell,cowbell\nbell,cowbell\n");
    expect(taxonomy.get("cowbell").parents.map((parent) => parent.id)).toEqual(["drum", "bell"]);
  });

  test("gets a root where several nodes are at the top", () => {
    expect(shape(csv("parent,child\nwind,oboe\nstrings,viola\n,drum\n"))).toEqual([
      ["#root", []],
      ["wind", ["#root"]],
      ["oboe", ["wind"]],
      ["strings", ["#root"]],
      ["viola", ["strings"]],
      ["drum", ["#root"]],
    ]);
    expect(csv("parent,child\na,b\nc,d\n").root.label).toBe("mine.csv");
  });

  test.each([
    ["parent,child\nall,\n", "line 2: child is empty"],
    ["parent,child\na,b\nb,c\nc,b\n", 'line 2: a cycle of parents: "b" -> "c" -> "b"'],
    ["parent,child\na,b\nb,a\n", "no root: every node has a parent"],
    ["parent,child\na,a\n", "no root"],
    ["parent,child\na\n", "line 2: expected 2 fields (parent,child), got 1"],
    ["parent,child\n", "it has no nodes"],
    ["parent,child,kid\na,b,c\n", 'unknown column "child"'],
    ['parent,child\n"a,b\n', "line 2: a quoted field is not closed"],
  ])("%j is refused with its line", (text, message) => {
    expect(() => csv(text)).toThrow(TaxonomyError);
    expect(() => csv(text)).toThrow(message);
  });

  test("gives back any taxonomy that is written as edges", () => {
    fc.assert(
      fc.property(taxonomies, (taxonomy) => {
        fc.pre(taxonomy.nodes.length > 1);
        const edges = taxonomy.terms.flatMap((node) => node.parents.map((parent) => `${parent.id},${node.id}`));
        const read = csv(["parent,child", ...edges].join("\n"));
        expect(read.nodes).toHaveLength(taxonomy.nodes.length);
        for (const node of taxonomy.nodes) expect(read.get(node.id).depth).toBe(node.depth);
      }),
    );
  });
});

describe("a CSV of paths", () => {
  const expected = [
    ["all", []],
    ["all/wind", ["all"]],
    ["all/wind/oboe", ["all/wind"]],
    ["all/strings", ["all"]],
    ["all/strings/viola", ["all/strings"]],
  ];

  test.each([
    ["slashes", "path\nall/wind/oboe\nall/strings/viola\n"],
    ["arrows, and slashes at the ends", "path\n/all > wind > oboe\nall>strings>viola/\n"],
    ["columns", "level1,level2,level3\nall,wind,oboe\nall,strings,viola\n"],
    ["columns that end early", "level1,level2,level3\nall,,\nall,wind,\nall,wind,oboe\nall,strings,viola\n"],
  ])("is read from %s", (_, text) => {
    expect(shape(csv(text))).toEqual(expected);
  });

  test("has the same name several times, below each path", () => {
    const taxonomy = csv("path\nstrings/struck/piano\npercussion/struck/bell\n");
    expect(taxonomy.byName("struck").map((node) => node.id)).toEqual(["strings/struck", "percussion/struck"]);
    expect(taxonomy.root.id).toBe("#root");
  });

  test.each([
    ["level1,level2,level3\nall,,oboe\n", "line 2: level 2 is empty, but a level below it is not"],
    ["path\na//b\n", "line 2: level 2 is empty"],
    ["path\n/\n", "line 2: the path is empty"],
    ["level1,level2\na\n", "line 2: expected 2 fields"],
    [`path\n${"a/".repeat(300)}\n`, "a path of 300 steps"],
    ["level2,level1\na,b\n", 'unknown column "level2"'],
  ])("%j is refused with its line", (text, message) => {
    expect(() => csv(text)).toThrow(message);
  });
});

test("no text fails in an unforeseen way, whatever its form", () => {
  const piece = fc.constantFrom(
    "id",
    "parent",
    "child",
    "path",
    "level1",
    ",",
    "\n",
    "\r\n",
    '"',
    "a",
    "b",
    "/",
    "|",
    "\uFEFF",
    " ",
  );
  fc.assert(
    fc.property(
      fc.constantFrom("", "parent,child\n", "path\n", "level1,level2\n", "id,parent\n"),
      fc.array(piece),
      (head, rest) => {
        for (const format of ["csv", "json", "jsonld"] as const)
          try {
            expect(parseTaxonomy(head + rest.join(""), { format, fileName: "any" }).nodes.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(TaxonomyError);
            expect((error as TaxonomyError).problems.length).toBeGreaterThan(0);
          }
      },
    ),
    { numRuns: 500 },
  );
});
