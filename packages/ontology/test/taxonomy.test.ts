import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AmbiguousTermError,
  ArgumentError,
  doktorski,
  type Taxonomy,
  taxonomyFromRows,
  UnknownTermError,
} from "../src/index.ts";
import { depthOf, waysUp } from "./naive.ts";
import { taxonomies } from "./random-taxonomies.ts";

/** Cowbell is under both percussion and bell, which are at different depths. */
const cowbells = taxonomyFromRows(
  [
    { id: "all" },
    { id: "percussion", parent: "all", aliases: ["Drums", "drums", "DRUMS"] },
    { id: "cowbell", parents: ["percussion", "bell"], label: "cow bell" },
    { id: "things", parent: "all" },
    { id: "bell", parent: "things", aliases: ["drums"] },
  ],
  { name: "cowbells", source: "the test" },
);
const ids = (nodes: readonly { id: string }[]): string[] => nodes.map((node) => node.id);

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("expected an error");
}

describe("Taxonomy", () => {
  test("puts a node with several parents after all of them, and measures its depth by the shortest way", () => {
    expect(ids(cowbells.nodes)).toEqual(["all", "percussion", "things", "bell", "cowbell"]);
    expect(cowbells.get("cowbell").depth).toBe(2);
    expect(ids(cowbells.get("cowbell").parents)).toEqual(["percussion", "bell"]);
    expect(ids(cowbells.leaves)).toEqual(["cowbell"]);
  });

  test("lists relatives without the node itself; ancestors nearest first", () => {
    expect(ids(cowbells.ancestors(cowbells.get("cowbell")))).toEqual(["percussion", "bell", "all", "things"]);
    expect(ids(cowbells.descendants(cowbells.root))).toEqual(["percussion", "things", "bell", "cowbell"]);
    expect(ids(cowbells.leavesUnder(cowbells.get("things")))).toEqual(["cowbell"]);
    expect(ids(cowbells.leavesUnder(cowbells.get("cowbell")))).toEqual(["cowbell"]);
    expect(cowbells.ancestors(cowbells.root)).toEqual([]);
  });

  test("finds the deepest common ancestor, counting a node among its own ancestors", () => {
    const [bell, cowbell] = [cowbells.get("bell"), cowbells.get("cowbell")];
    expect(cowbells.lowestCommonAncestor(bell, cowbell)).toBe(bell);
    expect(doktorski.lowestCommonAncestor(doktorski.find("tuba"), doktorski.find("accordion")).name).toBe("wind");
  });

  test("takes the first in order of two equally deep common ancestors", () => {
    const rows = [
      { id: "r" },
      { id: "b", parent: "r" },
      { id: "a", parent: "r" },
      { id: "x", parents: ["a", "b"] },
      { id: "y", parents: ["a", "b"] },
    ];
    const diamond = taxonomyFromRows(rows, { name: "diamond", source: "the test" });
    expect(diamond.lowestCommonAncestor(diamond.get("x"), diamond.get("y")).id).toBe("b");
  });

  test("ignores letter case, and takes underscores for spaces", () => {
    expect(doktorski.find("  FRENCH horn").name).toBe("french_horn");
    expect(doktorski.find("trompette_en_CHAMADE").name).toBe("trompette en chamade");
    expect(doktorski.byName("French Horn")).toHaveLength(1);
    expect(ids(doktorski.byAlias("double_bass"))).toEqual(["instrument/stringed/bowed/contrabass"]);
    expect(doktorski.byName("kazooo")).toEqual([]);
    expect(doktorski.byAlias("kazoo")).toEqual([]);
  });

  test("keeps one spelling of an alias that is given twice", () => {
    expect(cowbells.get("percussion").aliases).toEqual(["Drums"]);
    expect(ids(cowbells.byAlias("drums"))).toEqual(["percussion", "bell"]);
  });

  test("does not guess between nodes of one name, and lists their ids", () => {
    const error = thrownBy(() => cowbells.find("drums"));
    expect(error).toBeInstanceOf(AmbiguousTermError);
    expect((error as AmbiguousTermError).candidates).toEqual(["percussion", "bell"]);
    expect((error as Error).message).toBe(
      '"drums" names 2 nodes of taxonomy "cowbells"; use one of these ids: "percussion", "bell"',
    );
  });

  test("suggests what was probably meant", () => {
    const error = thrownBy(() => doktorski.find("vioiln"));
    expect(error).toBeInstanceOf(UnknownTermError);
    expect((error as UnknownTermError).suggestions).toEqual(["violin", "viola"]);
    expect((error as Error).message).toBe('taxonomy "doktorski" has no term "vioiln"; nearest: "violin", "viola"');
    expect((thrownBy(() => doktorski.get("violin")) as UnknownTermError).suggestions).toEqual([
      "instrument/stringed/bowed/violin",
    ]);
    expect(() => doktorski.find("q")).toThrow(
      /^taxonomy "doktorski" has no term "q"; it has "musical instruments", "string instruments", .+ and 141 more$/,
    );
    expect(() => cowbells.find("q")).toThrow('no term "q"; it has "all", "percussion", "things", "bell", "cow bell"');
    expect(() => cowbells.get("q")).toThrow('no term "q"; it has "all", "percussion", "things", "bell", "cowbell"');
    expect(() => doktorski.find("x".repeat(1_000_000))).toThrow(UnknownTermError);
  });

  test("does not take names of object members for nodes", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(doktorski.has(name)).toBe(false);
      expect(doktorski.byName(name)).toEqual([]);
      expect(() => doktorski.find(name)).toThrow(UnknownTermError);
      const rows = [{ id: "all" }, { id: name, parent: "all" }];
      expect(taxonomyFromRows(rows, { name: "odd", source: "the test" }).get(name).parents[0]!.id).toBe("all");
    }
  });

  test("says what it looks up when it is given something else", () => {
    const wrong: [(given: never) => unknown, string][] = [
      [(given) => doktorski.find(given), "text: expected a name, label, alias or id, a string, got "],
      [(given) => doktorski.byName(given), "name: expected a name, a string, got "],
      [(given) => doktorski.byAlias(given), "alias: expected an alias, a string, got "],
      [(given) => doktorski.get(given), "id: expected the id of a node, a string, got "],
      [(given) => doktorski.ancestors(given), 'node: expected a node, such as taxonomy.find("violin"), got '],
      [(given) => doktorski.lowestCommonAncestor(doktorski.root, given), "b: expected a node, such as "],
    ];
    for (const [lookUp, message] of wrong)
      for (const given of [undefined, null, 3, ["violin"]]) {
        expect(() => lookUp(given as never)).toThrow(ArgumentError);
        expect(() => lookUp(given as never)).toThrow(message);
      }
    expect(() => doktorski.descendants("tuba" as never)).toThrow('taxonomy.find("tuba"), got "tuba"');
  });

  test("refuses a node of another taxonomy, whose index would mean something else here", () => {
    expect(() => doktorski.ancestors(cowbells.root)).toThrow(UnknownTermError);
    expect(() => doktorski.lowestCommonAncestor(doktorski.root, cowbells.get("bell"))).toThrow(
      'node "bell" is not of taxonomy "doktorski"; look it up there with find() or get()',
    );
  });

  test("cannot be changed", () => {
    const changing: (() => void)[] = [
      () => Object.assign(doktorski, { name: "x" }),
      () => Object.assign(doktorski.root, { label: "x" }),
      () => (doktorski.nodes as unknown[]).push(1),
      () => (doktorski.root.children as unknown[]).pop(),
      () => (doktorski.find("violin").aliases as unknown[]).pop(),
    ];
    for (const change of changing) expect(change).toThrow(TypeError);
  });

  test("agrees with the definitions on any graph", () => {
    fc.assert(
      fc.property(taxonomies, (taxonomy: Taxonomy) => {
        const position = new Map(taxonomy.nodes.map((node, index) => [node, index]));
        for (const node of taxonomy.nodes) {
          expect(node.depth).toBe(depthOf(node));
          expect(node.isLeaf).toBe(node.children.length === 0);
          for (const parent of node.parents) {
            expect(position.get(parent)!).toBeLessThan(node.index);
            expect(parent.children).toContain(node);
          }
          const above = waysUp(node);
          above.delete(node);
          expect(new Set(taxonomy.ancestors(node))).toEqual(new Set(above.keys()));
          const below = taxonomy.nodes.filter((other) => other !== node && waysUp(other).has(node));
          expect(taxonomy.descendants(node)).toEqual(below);
        }
      }),
    );
  });
});
