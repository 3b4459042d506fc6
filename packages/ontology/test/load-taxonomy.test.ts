import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  parseTaxonomy,
  Taxonomy,
  TaxonomyError,
  type TaxonomyRow,
  type TaxonomyTree,
  taxonomyFromRows,
  taxonomyFromTree,
} from "../src/index.ts";

const mine = { name: "mine", source: "the test" };
const csv = (text: string): Taxonomy => parseTaxonomy(text, { format: "csv", fileName: "mine.csv" });
const json = (text: string): Taxonomy => parseTaxonomy(text, { format: "json", fileName: "mine.json" });
/** Takes a second, and more on a busy machine. */
const patient = { timeout: 60_000 };
const ids = (taxonomy: Taxonomy): string[] => taxonomy.nodes.map((node) => node.id);

function problemsOf(run: () => unknown): TaxonomyError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(TaxonomyError);
    return error as TaxonomyError;
  }
  throw new Error("expected a TaxonomyError");
}

describe("taxonomyFromTree", () => {
  test("makes ids from paths and labels from names where none are given", () => {
    const taxonomy = taxonomyFromTree(
      { name: "all", children: [{ name: "slit_drum" }, { name: "x", id: "own", children: [{ name: "y" }] }] },
      mine,
    );
    expect(ids(taxonomy)).toEqual(["all", "all/slit_drum", "own", "own/y"]);
    expect(taxonomy.find("slit drum").label).toBe("slit drum");
  });

  test("reads a chain of 100,000 nodes", patient, () => {
    let tree: TaxonomyTree = { name: "n99999" };
    for (let k = 99_998; k >= 0; k--) tree = { name: `n${k}`, children: [tree] };
    const taxonomy = taxonomyFromTree(tree, mine);
    const last = taxonomy.find("n99999");
    expect(last.depth).toBe(99_999);
    expect(last.id.length).toBeLessThan(300);
    expect(taxonomy.ancestors(last)).toHaveLength(99_999);
    expect(taxonomy.leavesUnder(taxonomy.root)).toEqual([last]);
    expect(taxonomy.lowestCommonAncestor(last, taxonomy.find("n5000")).name).toBe("n5000");
  });

  test("reports every wrong field and its place", () => {
    const tree = {
      name: "all",
      children: [{ name: 7 }, null, { name: "x", label: 3, children: "y" }, { name: "z", aliases: [1] }, []],
    };
    const error = problemsOf(() => taxonomyFromTree(tree as unknown as TaxonomyTree, mine));
    expect(error.message).toBe(
      `taxonomy "mine" cannot be built: 6 problems
  - child 1 of "all": name: expected a string, got 7
  - child 2 of "all": expected an object { name, children }, got null
  - child 3 of "all": label: expected a string, got 3
  - child 3 of "all": children: expected an array, got "y"
  - child 4 of "all": aliases: expected an array of strings, got an array
  - child 5 of "all": expected an object { name, children }, got an array`,
    );
    expect(new Set(error.problems.map((problem) => problem.kind))).toEqual(new Set(["field"]));
    expect(() => taxonomyFromTree(null as unknown as TaxonomyTree, mine)).toThrow("root: expected an object");
  });

  test("refuses keys that it does not know, which would be lost without a word, and suggests the one that is meant", () => {
    const tree: unknown = {
      name: "all",
      childs: [{ name: "lost" }],
      children: [
        { name: "bell", alias: "q", constructor: 1 },
        { nme: "gong", parent: "all" },
      ],
    };
    const error = problemsOf(() => taxonomyFromTree(tree as TaxonomyTree, mine));
    const expected = "expected name and optionally id,label,aliases,children";
    expect(error.problems.map(({ kind, where, message }) => `${kind}: ${where}: ${message}`)).toEqual([
      `field: root: unknown key "childs", nearest: "children"; ${expected}`,
      `field: child 1 of "all": unknown key "alias", nearest: "aliases"; ${expected}`,
      `field: child 1 of "all": unknown key "constructor"; ${expected}`,
      `field: child 2 of "all": unknown key "nme", nearest: "name"; ${expected}`,
      `field: child 2 of "all": unknown key "parent"; ${expected}`,
      'field: child 2 of "all": name: expected a string, got undefined',
    ]);
  });

  test("does not go round in an object that contains itself", () => {
    const tree: { name: string; children: unknown[] } = { name: "all", children: [] };
    tree.children.push(tree);
    const error = problemsOf(() => taxonomyFromTree(tree as unknown as TaxonomyTree, mine));
    expect(error.problems[0]!.kind).toBe("cycle");
  });

  test("reports siblings of one name, whose paths are the same", () => {
    const tree = { name: "all", children: [{ name: "bell" }, { name: "bell" }] };
    expect(() => taxonomyFromTree(tree, mine)).toThrow(
      'child 2 of "all": id "all/bell" is given twice (first at child 1 of "all")',
    );
  });
});

describe("taxonomyFromRows", () => {
  test("takes rows in any order, and several parents", () => {
    const rows = [
      { id: "cowbell", parents: ["all", "bell"] },
      { id: "bell", parent: "all" },
      { id: "all", parent: null },
    ];
    const taxonomy = taxonomyFromRows(rows, mine);
    expect(ids(taxonomy)).toEqual(["all", "bell", "cowbell"]);
    expect(taxonomy.root.children.map((node) => node.id)).toEqual(["cowbell", "bell"]);
  });

  test("reads a chain of 100,000 nodes, the last one first", patient, () => {
    const rows = Array.from({ length: 100_000 }, (_, k) => ({ id: `${k}`, parent: k === 0 ? null : `${k - 1}` }));
    expect(taxonomyFromRows(rows.reverse(), mine).get("99999").depth).toBe(99_999);
  });

  test("names the cycle, and what hangs on it", () => {
    const rows = [
      { id: "all" },
      { id: "a", parent: "c" },
      { id: "b", parent: "a" },
      { id: "c", parent: "b" },
      { id: "below", parent: "b" },
      { id: "self", parents: ["all", "self"] },
    ];
    const error = problemsOf(() => taxonomyFromRows(rows, mine));
    expect(error.problems.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'cycle: a cycle of parents: "a" -> "c" -> "b" -> "a"; remove one of them',
      'cycle: a cycle of parents: "self" -> "self"; remove one of them',
      'unreachable: the root does not reach what hangs on a cycle: "below"',
    ]);
  });

  test("reports a cycle of 100,000 nodes without running out of stack or message", patient, () => {
    const rows = Array.from({ length: 100_000 }, (_, k) => ({ id: `${k}`, parent: `${(k + 1) % 100_000}` }));
    const error = problemsOf(() => taxonomyFromRows([{ id: "all" }, ...rows], mine));
    expect(error.message).toContain('"9" -> (99990 more) -> "0"');
  });

  test("reports every problem at once: missing parents with suggestions, repeated ids, empty names, several roots", () => {
    const rows = [
      { id: "percussion" },
      { id: "wind" },
      { id: "bell", parent: "percusion" },
      { id: "bell", parent: "wind" },
      { id: "gong", parent: "wind", name: " " },
      { id: "", parent: "wind", name: "x" },
    ];
    expect(problemsOf(() => taxonomyFromRows(rows, mine)).message).toBe(
      `taxonomy "mine" cannot be built: 5 problems
  - row 4: id "bell" is given twice (first at row 3); ids are unique: name all parents of a node in one place
  - row 5: name is empty (id "gong"); every node needs one
  - row 6: id is empty; every node needs one
  - row 3: parent "percusion" of "bell" does not exist; nearest: "percussion"
  - 2 roots: "percussion", "wind"; expected one: give the others a parent`,
    );
  });

  test("reports a text that is missing once, not again in each field that is made from it", () => {
    const messages = (run: () => unknown): string[] =>
      problemsOf(run).problems.map(
        ({ where, message }) => `${where}: ${message.replace("; every node needs one", "")}`,
      );
    expect(messages(() => taxonomyFromTree({ name: "" }, mine))).toEqual(['root: name is empty (id "#0/")']);
    const below = { name: "all", children: [{ name: " " }, { name: "x", id: "" }, { name: "y", label: "" }] };
    expect(messages(() => taxonomyFromTree(below, mine))).toEqual([
      'child 1 of "all": name is empty (id "all/ ")',
      'child 2 of "all": id is empty',
      'child 3 of "all": label is empty (id "all/y")',
    ]);
    const rows = [{ id: "all" }, { id: "", parent: "all" }, { id: " ", name: "bell", label: "", parent: "all" }];
    expect(messages(() => taxonomyFromRows(rows, mine))).toEqual([
      "row 2: id is empty",
      "row 3: id is empty",
      'row 3: label is empty (id " ")',
    ]);
    expect(messages(() => csv("id,parent,name\nall,,\n,all,\n"))).toEqual(["line 3: id is empty"]);
  });

  test("needs a root", () => {
    expect(problemsOf(() => taxonomyFromRows([], mine)).problems[0]).toMatchObject({
      kind: "no-root",
      message: "it has no nodes",
    });
    const loop = problemsOf(() => taxonomyFromRows([{ id: "a", parent: "a" }], mine));
    expect(loop.problems.map((problem) => problem.kind)).toEqual(["no-root", "cycle"]);
  });

  test("refuses keys that it does not know", () => {
    const rows: unknown = [
      { id: "all" },
      { id: "b", alias: "q", parent: "all", toString: 1 },
      { ID: "c", parent: "all" },
    ];
    const error = problemsOf(() => taxonomyFromRows(rows as TaxonomyRow[], mine));
    const expected = "expected id and optionally parent or parents,name,label,aliases";
    expect(error.problems.map(({ kind, where, message }) => `${kind}: ${where}: ${message}`)).toEqual([
      `field: row 2: unknown key "alias", nearest: "aliases"; ${expected}`,
      `field: row 2: unknown key "toString"; ${expected}`,
      `field: row 3: unknown key "ID", nearest: "id"; ${expected}`,
      "field: row 3: id: expected a string, got undefined",
    ]);
  });

  test("reports rows that are not rows, and says how many problems it does not list", () => {
    const wrong = ["x", { id: 1 }, { id: "a", parent: 3 }, { id: "b", parent: "a", parents: ["a"] }];
    const error = problemsOf(() => taxonomyFromRows(wrong as unknown as TaxonomyRow[], mine));
    expect(error.problems.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'row 1: expected an object { id, parent, ... }, got "x"',
      "row 2: id: expected a string, got 1",
      "row 3: parent: expected a string, or null for the root, got 3",
      "row 4: give parent or parents, not both",
    ]);
    expect(() => taxonomyFromRows("x" as unknown as TaxonomyRow[], mine)).toThrow("expected an array of rows");
    const many = problemsOf(() => taxonomyFromRows(new Array(50).fill({}), mine));
    expect(many.problems).toHaveLength(50);
    expect(many.message).toMatch(/and 30 more$/);
  });
});

test("taxonomies are refused without a name and a source, whatever they are made from", () => {
  type Untyped = (...given: unknown[]) => unknown;
  const made = [taxonomyFromRows, taxonomyFromTree, (entries: never, options: never) => new Taxonomy(entries, options)];
  for (const make of made as Untyped[]) {
    expect(() => make([{ id: "all" }])).toThrow(ArgumentError);
    expect(() => make(undefined)).toThrow("options: expected { name, source }: what the taxonomy is called");
    expect(() => make([], { source: "x" })).toThrow("options.name: expected a short name for the taxonomy, a string");
    expect(() => make([], { name: "x" })).toThrow("options.source: expected where the taxonomy comes from, a string");
  }
});

describe("parseTaxonomy", () => {
  test("reads CSV with a byte order mark, CRLF, quotes, columns in any order, several parents and aliases", () => {
    const taxonomy = csv(
      '\uFEFFparent,id,label,aliases\r\n,all,"all, of it",\r\nall,bell,,\r\n\r\nall|bell,cowbell,"the ""cow"" bell",cencerro | moo\r\n',
    );
    expect(ids(taxonomy)).toEqual(["all", "bell", "cowbell"]);
    expect(taxonomy.root.label).toBe("all, of it");
    expect(taxonomy.get("bell").label).toBe("bell");
    expect(taxonomy.get("cowbell")).toMatchObject({ label: 'the "cow" bell', aliases: ["cencerro", "moo"], depth: 1 });
    expect([taxonomy.name, taxonomy.source]).toEqual(["mine.csv", "mine.csv"]);
  });

  test("reads CSV with bare CR or LF and without a last line end", () => {
    expect(ids(csv("id,parent\rall,\rbell,all"))).toEqual(["all", "bell"]);
    expect(ids(csv("id,parent\nall,\nbell,all"))).toEqual(["all", "bell"]);
  });

  test("names the file and the line of every problem in a CSV", () => {
    const error = problemsOf(() => csv('id,parent,label\nall,,"two\nlines"\nbell,al,\ngong,all\nbell,all,x\n'));
    expect(error.fileName).toBe("mine.csv");
    expect(error.message).toBe(
      `taxonomy "mine.csv" cannot be built: 1 problem
  - line 5: expected 3 fields (id,parent,label), got 2`,
    );
    const shape = problemsOf(() => csv('id,parent,label\nall,,"two\nlines"\nbell,al,\nbell,all,x\n'));
    expect(shape.problems.map(({ line, kind }) => [line, kind])).toEqual([
      [5, "duplicate-id"],
      [4, "missing-parent"],
    ]);
  });

  test("names the file beside the taxonomy when the two differ", () => {
    const named = { format: "csv", fileName: "bells.csv", name: "my bells" } as const;
    expect(() => parseTaxonomy("id,parent\n", named)).toThrow(
      'taxonomy "my bells" (file "bells.csv") cannot be built: 1 problem\n  - it has no nodes',
    );
  });

  test("refuses unknown, missing and repeated columns", () => {
    expect(problemsOf(() => csv("id,parnt,id\n")).problems.map(({ message }) => message)).toEqual([
      'unknown column "parnt", nearest: "parent"; expected id,parent and optionally name,label,aliases',
      'column "parent" is missing; expected id,parent and optionally name,label,aliases',
      'column "id" is given twice; expected id,parent and optionally name,label,aliases',
    ]);
    expect(() => csv("id,parent,alias\n")).toThrow('unknown column "alias", nearest: "aliases"');
    expect(() => csv("id,parent,__proto__\n")).toThrow('unknown column "__proto__"');
    expect(() => csv("")).toThrow('column "id" is missing');
  });

  test("does not guess at broken quotes", () => {
    expect(() => csv('id,parent\nall,"\n')).toThrow("line 2: a quoted field is not closed before the end of the text");
    expect(() => csv('id,parent\n"all"x,\n')).toThrow("line 2: text after a closing quote");
    expect(() => csv('id,parent\na"b,\n')).toThrow("line 2: a quote inside an unquoted field");
  });

  test("reads JSON as a tree or as rows", () => {
    expect(ids(json('{ "name": "all", "children": [{ "name": "bell" }] }'))).toEqual(["all", "all/bell"]);
    expect(ids(json('\uFEFF[{ "id": "all" }, { "id": "bell", "parent": "all" }]'))).toEqual(["all", "bell"]);
    expect(ids(json('[{ "id": "all" }, { "id": "__proto__", "parent": "all" }]'))).toEqual(["all", "__proto__"]);
  });

  test("refuses unknown keys of JSON, those with which objects are made included", () => {
    expect(() => json('{ "name": "all", "childs": [] }')).toThrow('root: unknown key "childs", nearest: "children"');
    expect(() => json('{ "name": "all", "__proto__": { "children": [] } }')).toThrow('root: unknown key "__proto__";');
    expect(() => json('[{ "id": "all", "__proto__": { "label": "x" } }]')).toThrow('row 1: unknown key "__proto__";');
    expect(() => json('[{ "id": "b", "alias": "q" }]')).toThrow('row 1: unknown key "alias", nearest: "aliases"');
  });

  test("names the file and the row or line of every problem in JSON", () => {
    const rows = problemsOf(() => json('[{ "id": "all" }, { "id": "bell", "parent": "al" }]'));
    expect(rows.message).toContain('taxonomy "mine.json" cannot be built: 1 problem\n  - row 2: parent "al" of "bell"');
    const broken = problemsOf(() => json('{\n  "name": "all",\n  "children": [}\n'));
    expect(broken.problems[0]).toMatchObject({ kind: "syntax", line: 3, where: "line 3" });
    expect(broken.cause).toBeInstanceOf(SyntaxError);
    expect(() => json('"all"')).toThrow('root: expected an object { name, children }, got "all"');
  });

  test("reads deeply nested JSON", patient, () => {
    const depth = 100_000;
    const text = `${'{"name":"x","children":['.repeat(depth)}{"name":"last"}${"]}".repeat(depth)}`;
    expect(json(text).find("last").depth).toBe(depth);
  });

  test("refuses what is no text, and options that lack the file name", () => {
    const parse = parseTaxonomy as (...given: unknown[]) => unknown;
    for (const text of [null, undefined, new Uint8Array(3)]) {
      expect(() => parse(text, { format: "csv", fileName: "x.csv" })).toThrow(ArgumentError);
      expect(() => parse(text, { format: "csv", fileName: "x.csv" })).toThrow(
        "text: expected the content of a file as a string; decode bytes with new TextDecoder().decode(bytes), got ",
      );
    }
    expect(() => parse("")).toThrow('options: expected { format: "json" or "csv", fileName }, got undefined');
    expect(() => parse("", "csv")).toThrow('options: expected { format: "json" or "csv", fileName }, got "csv"');
    expect(() => parse("", { format: "csv" })).toThrow("fileName: expected the name of the file, for errors, got");
  });

  test("refuses an unknown format", () => {
    expect(() => parseTaxonomy("", { format: "xml" as "csv", fileName: "x.xml" })).toThrow(
      'format: expected "json", "jsonld" or "csv", got "xml"',
    );
  });
});
