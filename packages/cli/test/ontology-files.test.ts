import { join } from "node:path";
import { tripletSet } from "@irec/ontology";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../src/errors.ts";
import { ontologiesOf } from "../src/ontology-choice.ts";
import { readOntology } from "../src/read-ontology.ts";
import { put, temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

/** The ontology of a file with this content. */
async function read(name: string, content: string | Uint8Array) {
  const path = join(newFolder(), name);
  put(path, content);
  const { ontology, ontologyFile } = await readOntology(path);
  expect(ontologyFile).toBe(path);
  return ontologiesOf(ontology)[0]!;
}

const turtle = `@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://x.org/> .

:scheme a skos:ConceptScheme ; skos:prefLabel "instruments"@en, "Instrumente"@de .
:wind a skos:Concept ; skos:prefLabel "wind"@en ; skos:topConceptOf :scheme .
:strings a skos:Concept ; skos:prefLabel "strings"@en, "Saiten"@de ; skos:topConceptOf :scheme .
:oboe a skos:Concept ; skos:prefLabel "oboe"@en ; skos:broader :wind .
:flute a skos:Concept ; skos:prefLabel "Flöte"@de ; skos:broader :wind .
[] a skos:Concept ; skos:prefLabel "violin"@en ; skos:altLabel "fiddle"@en ; skos:broader :strings .
`;
const jsonLd = {
  "@context": {
    skos: "http://www.w3.org/2004/02/skos/core#",
    prefLabel: { "@id": "skos:prefLabel", "@container": "@language" },
    broader: { "@id": "skos:broader", "@type": "@id" },
  },
  "@graph": [
    { "@id": "x:all", prefLabel: { en: "instruments" } },
    { "@id": "x:wind", prefLabel: { en: "wind" }, broader: "x:all" },
    { "@id": "x:strings", prefLabel: { en: "strings" }, broader: "x:all" },
    { "@id": "x:oboe", prefLabel: { en: "oboe" }, broader: "x:wind" },
    { "@id": "x:flute", prefLabel: { de: "Flöte" }, broader: "x:wind" },
    { "@id": "x:violin", prefLabel: { en: "violin" }, broader: "x:strings" },
  ],
};

describe("an ontology file", () => {
  it.each([
    ["own.ttl", turtle],
    ["OWN.TTL", `\uFEFF${turtle.replaceAll("\n", "\r\n")}`],
    ["own.jsonld", JSON.stringify(jsonLd)],
    ["own.json", JSON.stringify(jsonLd)],
    ["own.csv", "parent,child\ninstruments,wind\ninstruments,strings\nwind,oboe\nwind,Flöte\nstrings,violin\n"],
    ["levels.csv", "level1,level2,level3\ninstruments,wind,oboe\ninstruments,wind,Flöte\ninstruments,strings,violin\n"],
    ["paths.csv", "path\ninstruments/wind/oboe\ninstruments/wind/Flöte\ninstruments/strings/violin\n"],
  ])("%s gives the same triplets in every form", async (name, content) => {
    const ontology = await read(name, content);
    expect(ontology.root.label).toBe("instruments");
    const terms = ["oboe", "Flöte", "violin"].map((label) => ontology.find(label));
    expect([...tripletSet(ontology, { terms })]).toEqual([
      [0, 1, 2],
      [1, 0, 2],
    ]);
  });

  it("in Turtle has blank nodes and alternative labels", async () => {
    const violin = (await read("own.ttl", turtle)).find("fiddle");
    expect([violin.id, violin.label]).toEqual(["_:1", "violin"]);
  });

  it.each([
    [
      "own.ttl",
      "@prefix a: <x:> .\n<b> <c>\n\n  <d",
      /own\.ttl: taxonomy "own\.ttl" cannot be built: 1 problem\n {2}- line 4: not Turtle: /,
    ],
    ["own.ttl", "<a>\n ex:b <c> .", /- line 2: not Turtle: Undefined prefix "ex:"$/],
    ["own.ttl", "", /no concepts/],
    ["own.ttl", turtle.replace(":oboe a", ":wind skos:broader :oboe . :oboe a"), /a cycle of parents: /],
    [
      "own.ttl",
      turtle.replace(":broader :strings", ":broader :string"),
      /"http:\/\/x\.org\/string" is the broader or a narrower/,
    ],
    ["own.jsonld", '{"@graph": [\n{},,]}', /- line 2: not JSON: /],
    [
      "own.jsonld",
      '{"@context": "https://x.org/c"}',
      /- document\.@context: the context "https:\/\/x\.org\/c" is not fetched/,
    ],
    ["own.csv", "parent,child\na,b\nb,\n", /- line 3: child is empty/],
  ])("%s that says %j is refused with the place", async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(InputError);
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it("that is not UTF-8 is refused, in every form", async () => {
    for (const name of ["own.ttl", "own.jsonld", "own.csv"])
      await expect(read(name, Uint8Array.from([0x22, 0xe9, 0x22]))).rejects.toThrow(
        "is not UTF-8 text. Save it as UTF-8.",
      );
  });

  it("in Turtle that is damaged anywhere is read, or refused with an error that names it", async () => {
    const folder = newFolder();
    const damage = fc.record({ at: fc.nat(turtle.length), cut: fc.nat(20), put: fc.string({ maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, cut, put: inserted }) => {
        const path = join(folder, "own.ttl");
        put(path, turtle.slice(0, at) + inserted + turtle.slice(at + cut));
        try {
          const { ontology } = await readOntology(path);
          expect(ontologiesOf(ontology)[0]!.nodes.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).toContain("own.ttl");
        }
      }),
    );
  });
});
