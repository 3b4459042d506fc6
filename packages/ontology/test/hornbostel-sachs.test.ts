import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  doktorski,
  hornbostelSachs,
  hornbostelSachsClasses,
  hornbostelSachsPath,
  lcaDepth,
  musicbrainzTypes,
} from "../src/index.ts";

const parentIds = (name: string): string[] => hornbostelSachs.find(name).parents.map((parent) => parent.id);

describe("hornbostelSachsClasses", () => {
  test("has a row for every leaf of doktorski, in its order, and every row has a source", () => {
    expect(hornbostelSachsClasses.map((row) => row.instrument)).toEqual(doktorski.leaves.map((leaf) => leaf.name));
    for (const { source } of hornbostelSachsClasses) expect(source).toMatch(/MIMO \d+|MINIM|Wikidata|Wikipedia|no /);
  });

  test("says how sure each row is", () => {
    const counts: Record<string, number> = {};
    for (const { evidence } of hornbostelSachsClasses) counts[evidence] = (counts[evidence] ?? 0) + 1;
    expect(counts).toEqual({ listed: 61, example: 16, defined: 10, disputed: 10, missing: 3 });
  });

  test("has no number for a row without evidence, and only for it", () => {
    const missing = hornbostelSachsClasses.filter((row) => row.number === undefined);
    expect(missing.map((row) => [row.instrument, row.evidence])).toEqual([
      ["jug", "missing"],
      ["voice", "missing"],
      ["orchestrion", "missing"],
    ]);
    expect(hornbostelSachsClasses.filter((row) => row.evidence === "missing")).toEqual(missing);
  });
});

describe("hornbostelSachs", () => {
  test("has 97 instruments in 161 classes under one root", () => {
    expect([hornbostelSachs.nodes.length, hornbostelSachs.leaves.length]).toEqual([259, 97]);
    expect(hornbostelSachs.root.children.map((node) => node.label)).toEqual([
      "idiophones",
      "membranophones",
      "chordophones",
      "aerophones",
      "electrophones",
    ]);
  });

  // The numbers of the study's instruments, from the specification of this project, where it fixes them.
  test.each([
    ["violin", "321.322-71"],
    ["viola", "321.322-71"],
    ["cello", "321.322-71"],
    ["double bass", "321.322-71"],
    ["flute", "421.121.12"],
    ["oboe", "422.112"],
    ["bassoon", "422.112"],
    ["clarinet", "422.211.2"],
    ["saxophone", "422.212"],
    ["trombone", "423.22"],
    ["trumpet", "423.233.1"],
    ["French horn", "423.232.12"],
    ["tuba", "423.231.2"],
    ["accordion", "412.132-62-8"],
    ["snare drum", "211.212.11-92"],
    ["theremin", "531.1"],
  ])("has the %s in %s", (instrument, number) => {
    expect(parentIds(instrument)).toEqual([number]);
  });

  test("has an instrument of two sounding parts under the classes of both", () => {
    expect(parentIds("double-reed bagpipe").toSorted()).toEqual(["422.112", "422.22-62"]);
    const several = hornbostelSachs.nodes.filter((node) => node.parents.length > 1);
    expect(several.map((node) => node.id)).toEqual(["double_reed_bagpipe"]);
  });

  test("knows an instrument by every spelling that doktorski knows", () => {
    for (const leaf of hornbostelSachs.leaves)
      for (const spelling of [leaf.name, leaf.label, ...leaf.aliases]) {
        expect(hornbostelSachs.find(spelling)).toBe(leaf);
        expect(doktorski.find(spelling).name).toBe(leaf.name);
      }
  });

  test("has labels of its own for classes and instruments", () => {
    const labels = hornbostelSachs.nodes.map((node) => node.label.toLowerCase());
    expect(new Set(labels).size).toBe(labels.length);
  });

  test("meets at as many digits as two numbers share", () => {
    const depth = (a: string, b: string) => lcaDepth(hornbostelSachs, hornbostelSachs.find(a), hornbostelSachs.find(b));
    expect(depth("violin", "cello")).toBe(8); // 321.322-71
    expect(depth("violin", "guitar")).toBe(6); // 321.322
    expect(depth("violin", "banjo")).toBe(4); // 321.3
    expect(depth("trumpet", "tuba")).toBe(5); // 423.23
    expect(depth("trumpet", "trombone")).toBe(4); // 423.2
    expect(depth("violin", "trumpet")).toBe(0);
  });
});

describe("hornbostelSachsPath", () => {
  test("has a step for every digit, and for every digit of a suffix", () => {
    expect(hornbostelSachsPath("321.322-71")).toEqual("3 32 321 321.3 321.32 321.322 321.322-7 321.322-71".split(" "));
    expect(hornbostelSachsPath("412.132-62-8").slice(-3)).toEqual(["412.132-6", "412.132-62", "412.132-62-8"]);
    expect(hornbostelSachsPath("321322")).toEqual(hornbostelSachsPath("321.322"));
  });

  test("ends with the number, grows by one step at a time, and each step is a path of its own", () => {
    const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^[1-5]\\d{0,${maxLength}}$`));
    fc.assert(
      fc.property(digits(9), fc.array(digits(3), { maxLength: 3 }), (base, suffixes) => {
        const number = [base.replace(/\d{3}(?=\d)/g, "$&."), ...suffixes].join("-");
        const path = hornbostelSachsPath(number);
        expect(path.at(-1)).toBe(number);
        expect(path).toHaveLength(number.replace(/[.-]/g, "").length);
        for (const [k, step] of path.entries()) expect(hornbostelSachsPath(step)).toEqual(path.slice(0, k + 1));
      }),
    );
  });

  test.each(["", "6", "0", "32a", "321.322-", "-71", "321+322", 3 as unknown as string])("refuses %j", (number) => {
    expect(() => hornbostelSachsPath(number)).toThrow(ArgumentError);
  });
});

describe("musicbrainzTypes", () => {
  test("has the 100 instruments of doktorski under five types", () => {
    expect(musicbrainzTypes.leaves.map((leaf) => leaf.name).toSorted()).toEqual(
      doktorski.leaves.map((leaf) => leaf.name).toSorted(),
    );
    expect(musicbrainzTypes.root.children.map((type) => [type.id, type.children.length])).toEqual([
      ["string", 15],
      ["wind", 47],
      ["percussion", 26],
      ["electronic", 9],
      ["other", 3],
    ]);
  });

  test("differs from the first digit of Hornbostel-Sachs only where its definitions do", () => {
    const typeOfDigit: Record<string, string> = {
      1: "percussion",
      2: "percussion",
      3: "string",
      4: "wind",
      5: "electronic",
    };
    const differing = hornbostelSachsClasses.filter(
      ({ instrument, number }) =>
        number !== undefined && musicbrainzTypes.get(instrument).parents[0]!.id !== typeOfDigit[number[0]!],
    );
    expect(differing.map((row) => row.instrument)).toEqual([
      "kazoo",
      "electric_guitar",
      "electric_bass",
      "fender_rhodes_electric_piano",
      "electric_violin",
    ]);
  });
});
