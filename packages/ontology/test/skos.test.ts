import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseTaxonomy,
  quadsFromJsonLd,
  type RdfQuad,
  type RdfTerm,
  type Taxonomy,
  TaxonomyError,
  taxonomyFromSkos,
} from "../src/index.ts";
import { taxonomies } from "./random-taxonomies.ts";

const skos = "http://www.w3.org/2004/02/skos/core#";
const mine = { name: "mine", source: "the test" };
const iri = (value: string): RdfTerm => ({ termType: "NamedNode", value });
const blank = (value: string): RdfTerm => ({ termType: "BlankNode", value });
const text = (value: string, language = ""): RdfTerm => ({ termType: "Literal", value, language });
const term = (given: string | RdfTerm): RdfTerm => (typeof given === "string" ? iri(given) : given);
/** `[subject, property of SKOS, object]`; strings are IRIs. */
const quads = (...rows: (readonly [string | RdfTerm, string, string | RdfTerm])[]): RdfQuad[] =>
  rows.map(([subject, property, object]) => ({
    subject: term(subject),
    predicate: iri(property.includes(":") ? property : skos + property),
    object: term(object),
  }));
const concept = (id: string): readonly [string, string, string] => [
  id,
  "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
  `${skos}Concept`,
];
const shape = (taxonomy: Taxonomy): unknown =>
  taxonomy.nodes.map((node) => [node.id, node.parents.map((parent) => parent.id), node.label]);
const jsonLd = (value: unknown, language?: string): Taxonomy =>
  parseTaxonomy(JSON.stringify(value), {
    format: "jsonld",
    fileName: "mine.jsonld",
    ...(language ? { language } : {}),
  });

describe("taxonomyFromSkos", () => {
  test("takes the scheme for the root, and reads broader and narrower alike", () => {
    const taxonomy = taxonomyFromSkos(
      quads(
        ["x:scheme", "hasTopConcept", "x:wind"],
        ["x:scheme", "prefLabel", text("Instruments", "en")],
        ["x:wind", "prefLabel", text("wind", "en")],
        ["x:wind", "narrower", "x:oboe"],
        ["x:oboe", "prefLabel", text("oboe", "en")],
        ["x:flute", "broader", "x:wind"],
        ["x:flute", "prefLabel", text("flute", "en")],
      ),
      mine,
    );
    expect(shape(taxonomy)).toEqual([
      ["x:scheme", [], "Instruments"],
      ["x:wind", ["x:scheme"], "wind"],
      ["x:oboe", ["x:wind"], "oboe"],
      ["x:flute", ["x:wind"], "flute"],
    ]);
  });

  test("keeps several parents, and the only concept at the top as the root", () => {
    const taxonomy = taxonomyFromSkos(
      quads(
        concept("x:all"),
        ["x:a", "broader", "x:all"],
        ["x:b", "broader", "x:all"],
        ["x:c", "broader", "x:a"],
        ["x:c", "broader", "x:b"],
      ),
      mine,
    );
    expect(taxonomy.root.id).toBe("x:all");
    expect(taxonomy.get("x:c").parents.map((parent) => parent.id)).toEqual(["x:a", "x:b"]);
  });

  test("adds a root above several concepts at the top, and above several schemes", () => {
    const tops = taxonomyFromSkos(quads(concept("x:a"), concept("x:b")), mine);
    expect(shape(tops)).toEqual([
      ["#root", [], "mine"],
      ["x:a", ["#root"], "x:a"],
      ["x:b", ["#root"], "x:b"],
    ]);
    const schemes = taxonomyFromSkos(quads(["x:a", "topConceptOf", "x:s"], ["x:b", "inScheme", "x:t"]), mine);
    expect(schemes.root.children.map((node) => node.id)).toEqual(["x:s", "x:t"]);
  });

  test("chooses labels by language: the one wanted, a region of it, none, then the first", () => {
    const labelled = (language: string, ...labels: RdfTerm[]) =>
      taxonomyFromSkos(quads(concept("x:all"), ...labels.map((label) => ["x:all", "prefLabel", label] as const)), {
        ...mine,
        language,
      }).root.label;
    const three = [text("Geige", "de"), text("violon", "fr"), text("violin", "en-GB")];
    expect(labelled("fr", ...three)).toBe("violon");
    expect(labelled("en", ...three)).toBe("violin");
    expect(labelled("EN", text("Violin", "en"))).toBe("Violin");
    expect(labelled("pt-BR", text("violino", "pt"))).toBe("violino");
    expect(labelled("it", ...three, text("fiddle"))).toBe("fiddle");
    expect(labelled("it", ...three)).toBe("Geige");
  });

  test("takes alternative and hidden labels of that language for aliases, and a second preferred label too", () => {
    const { root } = taxonomyFromSkos(
      quads(
        concept("x:v"),
        ["x:v", "prefLabel", text("violin", "en")],
        ["x:v", "prefLabel", text("the violin", "en")],
        ["x:v", "altLabel", text("fiddle", "en")],
        ["x:v", "altLabel", text("Geige", "de")],
        ["x:v", "hiddenLabel", text("vioiln")],
      ),
      mine,
    );
    expect([root.label, root.aliases]).toEqual(["violin", ["the violin", "fiddle", "vioiln"]]);
  });

  test("falls back on rdfs:label, then on the end of the IRI, and numbers blank nodes by their order", () => {
    const label = "http://www.w3.org/2000/01/rdf-schema#label";
    const taxonomy = taxonomyFromSkos(
      quads(
        [blank("b9"), label, text("all")],
        ["http://x.org/voc#bass-drum", "broader", blank("b9")],
        ["http://x.org/voc/tuba/", "broader", blank("b9")],
        concept("http://x.org/voc/tuba/"),
      ),
      mine,
    );
    expect(shape(taxonomy)).toEqual([
      ["_:1", [], "all"],
      ["http://x.org/voc#bass-drum", ["_:1"], "bass-drum"],
      ["http://x.org/voc/tuba/", ["_:1"], "tuba"],
    ]);
  });

  test.each([
    ["nothing at all", quads(), "no concepts"],
    ["only matches", quads(["x:a", "exactMatch", "y:b"]), "no concepts"],
    [
      "a cycle",
      quads(["x:a", "broader", "x:b"], ["x:b", "broader", "x:a"]),
      'a cycle of parents: "x:a" -> "x:b" -> "x:a"',
    ],
    ["a concept above itself", quads(["x:a", "broader", "x:a"]), 'a cycle of parents: "x:a" -> "x:a"'],
    ["a broader concept elsewhere", quads(["x:a", "broader", "y:b"]), '"y:b" is the broader or a narrower concept'],
    ["a text for a concept", quads(["x:a", "broader", text("wind")]), 'skos:broader of "x:a": expected a concept'],
  ])("refuses %s", (_, given, message) => {
    expect(() => taxonomyFromSkos(given, mine)).toThrow(TaxonomyError);
    expect(() => taxonomyFromSkos(given, mine)).toThrow(message);
  });

  test("refuses what holds no statements", () => {
    for (const given of [undefined, 3, {}] as never[])
      expect(() => taxonomyFromSkos(given, mine)).toThrow("quads: expected");
  });

  test("gives back any taxonomy that is written as SKOS, whichever way its edges point", () => {
    fc.assert(
      fc.property(taxonomies, fc.boolean(), (taxonomy, isUpward) => {
        const written = quads(
          ...taxonomy.nodes.map((node) => concept(`x:${node.id}`)),
          ...taxonomy.nodes.flatMap((node) =>
            node.parents.map((parent): [string, string, string] =>
              isUpward ? [`x:${node.id}`, "broader", `x:${parent.id}`] : [`x:${parent.id}`, "narrower", `x:${node.id}`],
            ),
          ),
        );
        const read = taxonomyFromSkos(written, mine);
        expect(read.nodes).toHaveLength(taxonomy.nodes.length);
        for (const node of taxonomy.nodes)
          expect(
            read
              .get(`x:${node.id}`)
              .parents.map((parent) => parent.id)
              .toSorted(),
          ).toEqual(node.parents.map((parent) => `x:${parent.id}`).toSorted());
      }),
    );
  });
});

describe("quadsFromJsonLd", () => {
  // The document that Skosmos, a widespread server of vocabularies, gives for a concept, shortened; and its like in the
  // expanded form, which has no context at all.
  const compact = {
    "@context": {
      skos: "http://www.w3.org/2004/02/skos/core#",
      uri: "@id",
      type: "@type",
      lang: "@language",
      value: "@value",
      graph: "@graph",
      prefLabel: "skos:prefLabel",
      broader: "skos:broader",
    },
    graph: [
      { uri: "http://x.org/all", type: "skos:Concept", prefLabel: { lang: "en", value: "instruments" } },
      {
        uri: "http://x.org/oboe",
        type: ["skos:Concept", "http://x.org/Reed"],
        prefLabel: [
          { lang: "de", value: "Oboe (de)" },
          { lang: "en", value: "oboe" },
        ],
        broader: { uri: "http://x.org/all" },
      },
    ],
  };
  const expanded = [
    { "@id": "http://x.org/all", [`${skos}prefLabel`]: [{ "@value": "instruments", "@language": "en" }] },
    {
      "@id": "http://x.org/oboe",
      "@type": [`${skos}Concept`],
      [`${skos}prefLabel`]: [{ "@value": "oboe", "@language": "en" }],
      [`${skos}broader`]: [{ "@id": "http://x.org/all" }],
    },
  ];
  const terms = {
    "@context": {
      "@vocab": skos,
      "@base": "http://x.org/",
      broader: { "@type": "@id" },
      prefLabel: { "@container": "@language" },
    },
    "@graph": [
      { "@id": "all", "@type": "Concept", prefLabel: { en: "instruments", de: ["Instrumente"] } },
      { "@id": "oboe", "@type": "Concept", prefLabel: { en: "oboe" }, broader: "all" },
    ],
  };
  const nested = {
    "@context": { skos, "@language": "en", narrower: { "@id": "skos:narrower", "@container": "@set" } },
    "@id": "http://x.org/all",
    "skos:prefLabel": "instruments",
    narrower: [{ "@id": "http://x.org/oboe", "skos:prefLabel": "oboe", unknown: { "@id": "lost" } }],
  };

  test.each([
    ["compact", compact],
    ["expanded", expanded],
    ["with terms, a vocabulary and a base", terms],
    ["nested", nested],
  ])("reads a vocabulary %s", (_, document) => {
    expect(shape(jsonLd(document))).toEqual([
      ["http://x.org/all", [], "instruments"],
      ["http://x.org/oboe", ["http://x.org/all"], "oboe"],
    ]);
  });

  // By rdflib 7.6.0: json_ld_statements.py.
  test("states what another reader of JSON-LD states, of terms, prefixes, languages, bases, containers and scopes", () => {
    const golden = new URL("goldens/json-ld.json", import.meta.url);
    const cases: { document: unknown; statements: string[] }[] = JSON.parse(readFileSync(golden, "utf8"));
    const written = ({ termType, value, language = "" }: RdfTerm): string =>
      termType === "Literal" ? `"${value}"@${language.toLowerCase()}` : termType === "BlankNode" ? "_:" : value;
    for (const { document, statements } of cases) {
      const { quads: found, problems } = quadsFromJsonLd(document);
      expect(problems).toEqual([]);
      const rows = found.map(({ subject, predicate, object }) => [subject, predicate, object].map(written).join(" "));
      expect(rows.toSorted()).toEqual(statements);
    }
    expect(cases).toHaveLength(6);
  });

  test("is found in a .json file by its context", () => {
    const taxonomy = parseTaxonomy(`\uFEFF${JSON.stringify(terms)}`, { format: "json", fileName: "a.json" });
    expect(taxonomy.leaves.map((leaf) => leaf.label)).toEqual(["oboe"]);
    expect(jsonLd(terms, "de").root.label).toBe("Instrumente");
  });

  test("keeps siblings in the order of the document", () => {
    const ids = ["c", "a", "b"].map((name) => `http://x.org/${name}`);
    const graph = [{ "@id": "http://x.org/all", "@type": `${skos}Concept` }].concat(
      ids.map((id) => ({
        "@id": id,
        "@type": `${skos}Concept`,
        [`${skos}broader`]: [{ "@id": "http://x.org/all" }],
      })) as never,
    );
    expect(jsonLd({ "@graph": graph }).leaves.map((leaf) => leaf.id)).toEqual(ids);
  });

  test.each([
    [
      { "@context": "https://x.org/context.jsonld" },
      'document.@context: the context "https://x.org/context.jsonld" is not fetched',
    ],
    [{ "@context": { a: { "@reverse": "x:y" } } }, 'document.@context.a: "@reverse" in a term is not read'],
    [{ "@context": { a: { "@id": "x:y", "@container": "@graph" } } }, '"@graph" in a term is not read'],
    [{ "@context": { a: 3 } }, "document.@context.a: expected the meaning of a term, got 3"],
    [{ "@reverse": {} }, "document.@reverse: @reverse is not read"],
    [{ "@id": 7 }, "document.@id: expected an IRI, got 7"],
    [{ "x:y": { "@value": {} } }, "document.x:y.@value: expected a text, got an object"],
    [{ "@type": 7 }, "document.@type: expected the name of a type, got 7"],
    [
      { "@graph": [{ "@id": "a:b", "@type": [null] }] },
      "document.@graph[0].@type: expected the name of a type, got null",
    ],
  ])("reports what it does not read: %j", (document, message) => {
    expect(() => jsonLd(document)).toThrow(message);
  });

  test("reads any JSON without failing in an unforeseen way, nested as deeply as it may be", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (document) => {
        try {
          parseTaxonomy(document, { format: "jsonld", fileName: "any.jsonld" });
        } catch (error) {
          expect(error).toBeInstanceOf(TaxonomyError);
        }
      }),
    );
    const key = `${skos}narrower`;
    const deep = [`{"${key}":`.repeat(5_000), '{"@id":"x:last"}', "}".repeat(5_000)].join("");
    expect(jsonLdDepth(deep)).toBe(5_000);
  });

  test("reads documents made of JSON-LD's own words without failing in an unforeseen way", () => {
    const key = fc.constantFrom(
      "@context",
      "@graph",
      "@id",
      "@type",
      "@value",
      "@list",
      "@language",
      "a",
      "b",
      "a:b",
      "_:c",
      "__proto__",
    );
    const { document } = fc.letrec<{ document: unknown }>((tie) => ({
      document: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(
          null,
          true,
          3,
          "a",
          "a:b",
          "_:c",
          "@id",
          "@type",
          "",
          `${skos}broader`,
          `${skos}Concept`,
        ),
        fc.array(tie("document"), { maxLength: 4 }),
        fc.dictionary(key, tie("document"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(document, (value) => {
        const { quads: found, problems } = quadsFromJsonLd(value);
        expect(found.every(({ subject }) => subject.termType !== "Literal")).toBe(true);
        for (const problem of problems) expect(problem.where).toMatch(/^document/);
      }),
      { numRuns: 500 },
    );
  });

  function jsonLdDepth(document: string): number {
    const taxonomy = parseTaxonomy(document, { format: "jsonld", fileName: "deep.jsonld" });
    return taxonomy.get("x:last").depth;
  }
});
