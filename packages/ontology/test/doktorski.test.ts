import { describe, expect, test } from "vitest";
import { AmbiguousTermError, doktorski, tinysolTerms } from "../src/index.ts";

const names = (nodes: readonly { name: string }[]): string[] => nodes.map((node) => node.name);

describe("doktorski", () => {
  test("has 151 nodes: the root, and 150 terms that are 100 instruments and 50 categories", () => {
    expect(doktorski.nodes).toHaveLength(151);
    expect(doktorski.terms).toHaveLength(150);
    expect(doktorski.leaves).toHaveLength(100);
    expect(doktorski.terms.filter((term) => !term.isLeaf)).toHaveLength(50);
    expect(doktorski.root.name).toBe("instrument");
  });

  test("is a tree: every term has one parent", () => {
    expect(doktorski.terms.filter((term) => term.parents.length !== 1)).toHaveLength(0);
  });

  test("has the chart's four families, and the two branches that the study's code misplaces where the chart has them", () => {
    expect(names(doktorski.root.children)).toEqual(["stringed", "wind", "percussion", "electrophone"]);
    expect(names(doktorski.byName("membranophone")[0]!.children)).toEqual(["determinate_pitch", "indeterminate_pitch"]);
    expect(doktorski.byName("indeterminate_pitch")[0]!.depth).toBe(3);
  });

  test("lists terms depth-first", () => {
    expect(names(doktorski.terms.slice(0, 8))).toEqual([
      "stringed",
      "bowed",
      "violin",
      "viola",
      "violoncello",
      "contrabass",
      "plucked",
      "guitar",
    ]);
    expect(doktorski.terms.at(-1)!.name).toBe("midi_accordion");
  });

  test("identifies a node by its path, because names repeat", () => {
    const repeated = [...new Set(names(doktorski.nodes))].filter((name) => doktorski.byName(name).length > 1);
    expect(repeated.map((name) => [name, doktorski.byName(name).length])).toEqual([
      ["plucked", 2],
      ["struck", 5],
      ["mouth_blown", 2],
      ["rubbed", 2],
    ]);
    expect(new Set(doktorski.nodes.map((node) => node.id)).size).toBe(151);
    expect(doktorski.find("viola").id).toBe("instrument/stringed/bowed/viola");
    expect(() => doktorski.find("struck")).toThrow(AmbiguousTermError);
  });

  test("gives every node a label of its own that reads naturally and leads back to the node", () => {
    expect(new Set(doktorski.nodes.map((node) => node.label.toLowerCase())).size).toBe(151);
    for (const node of doktorski.nodes) {
      expect(node.label).toMatch(/^[A-Za-z][A-Za-z -]*[A-Za-z]$/);
      expect(doktorski.find(node.label)).toBe(node);
    }
    expect(doktorski.find("bowed").label).toBe("bowed string instruments");
    expect(doktorski.find("hautbois").label).toBe("hautbois organ reed pipe");
    expect(doktorski.find("jew_harp").label).toBe("jaw harp");
  });

  test("lets every alias, every id and every name that is not repeated lead to its node", () => {
    for (const node of doktorski.nodes) {
      for (const alias of node.aliases) expect(doktorski.find(alias)).toBe(node);
      expect(doktorski.find(node.id)).toBe(node);
      if (doktorski.byName(node.name).length === 1) expect(doktorski.find(node.name)).toBe(node);
    }
  });
});

describe("tinysolTerms", () => {
  // Rows: the study's prompts; its ground truth; TinySOL's own full names and abbreviations; its folder names.
  test.each([
    ["tuba", "bass tuba", "bass tuba", "Bass Tuba", "BTb", "Bass_Tuba"],
    ["french_horn", "french horn", "french horn", "French Horn", "Hn", "Horn"],
    ["trombone", "trombone", "trombone", "Trombone", "Tbn", "Trombone"],
    ["trumpet", "trumpet in c", "trumpet", "Trumpet in C", "TpC", "Trumpet_C"],
    ["accordion", "accordion", "accordion", "Accordion", "Acc", "Accordion"],
    ["contrabass", "contrabass", "contrabass", "Contrabass", "Cb", "Contrabass"],
    ["violin", "violin", "violin", "Violin", "Vn", "Violin"],
    ["viola", "viola", "viola", "Viola", "Va", "Viola"],
    ["violoncello", "violoncello", "cello", "Violoncello", "Vc", "Cello"],
    ["bassoon", "bassoon", "bassoon", "Bassoon", "Bn", "Bassoon"],
    ["clarinet", "clarinet in b-flat", "clarinet", "Clarinet in Bb", "ClBb", "Clarinet_Bb"],
    ["flute", "flute", "flute", "Flute", "Fl", "Flute"],
    ["oboe", "oboe", "oboe", "Oboe", "Ob", "Oboe"],
    ["saxophone", "alto saxophone", "alto saxophone", "Alto Saxophone", "ASax", "Sax_Alto"],
  ])("knows %s by every spelling of the study and of TinySOL", (name, ...spellings) => {
    const node = doktorski.byName(name)[0]!;
    for (const spelling of spellings) expect(doktorski.find(spelling)).toBe(node);
  });

  test("are fourteen instruments in the published order", () => {
    // The study's list of labels, as it is published.
    const published =
      "bass tuba, french horn, trombone, trumpet in c, accordion, contrabass, violin, viola, violoncello, bassoon, " +
      "clarinet in b-flat, flute, oboe, alto saxophone";
    expect(published.split(", ").map((label) => doktorski.find(label).id)).toEqual(tinysolTerms.map((term) => term.id));
    expect(tinysolTerms).toHaveLength(14);
    expect(tinysolTerms.every((term) => term.isLeaf && doktorski.nodes[term.index] === term)).toBe(true);
  });
});
