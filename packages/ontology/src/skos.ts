import { ArgumentError, quote, type TaxonomyProblem } from "./errors.ts";
import { requireTaxonomyOptions, type Taxonomy, type TaxonomyOptions } from "./taxonomy.ts";
import { taxonomyOf } from "./taxonomy-from-rows.ts";
import type { TaxonomyEntry } from "./taxonomy-graph.ts";

/** A subject, predicate or object of RDF, as the RDF/JS libraries have it; other properties are ignored. */
export interface RdfTerm {
  /** `NamedNode` for an IRI, `BlankNode` or `Literal`; others are ignored. */
  readonly termType: string;
  /** The IRI, the name of the blank node or the text of the literal. */
  readonly value: string;
  /** The language tag of a literal; empty when it has none. */
  readonly language?: string;
}

/** One statement of RDF, as the RDF/JS libraries have it. */
export interface RdfQuad {
  readonly subject: RdfTerm;
  readonly predicate: RdfTerm;
  readonly object: RdfTerm;
}

/** How to read a SKOS vocabulary. */
export interface SkosOptions extends TaxonomyOptions {
  /** The language of labels and aliases, such as "en" or "pt-BR". Default: "en". Others are taken where it is missing. */
  readonly language?: string;
}

/**
 * The taxonomy of a SKOS vocabulary, from its statements: skos:broader and skos:narrower make the graph, skos:prefLabel (or
 * rdfs:label) in the language, else without one, else in the first of the others, the labels, skos:altLabel and
 * skos:hiddenLabel in the same language or in none the aliases. Ids are the IRIs; blank nodes are numbered, "_:1".
 *
 * A concept without a broader one stands under its schemes (skos:topConceptOf, skos:hasTopConcept, skos:inScheme). The scheme is
 * the root. Where there is none, or several, and more than one concept at the top, a root named `#root` is added.
 * skos:broaderTransitive, which follows from skos:broader, and matches to other vocabularies are not read.
 *
 * @param quads - as n3, rdf-parse, jsonld-streaming-parser or any RDF/JS library gives them, or `quadsFromJsonLd`
 * @throws {TaxonomyError} with every problem: no concepts, cycles, broader concepts that the vocabulary does not describe
 * @throws {ArgumentError} when the options lack the name or the source, or the statements are none
 * @see W3C 2009, "SKOS Simple Knowledge Organization System Reference"; rdf.js.org/data-model-spec
 */
export function taxonomyFromSkos(quads: Iterable<RdfQuad>, options: SkosOptions): Taxonomy {
  requireTaxonomyOptions(options);
  const { language = "en" } = options;
  if (typeof quads !== "object" || quads === null || typeof quads[Symbol.iterator] !== "function")
    throw new ArgumentError("quads", quads, "RDF statements { subject, predicate, object }, such as an array of them");
  const vocabulary = new Vocabulary();
  for (const quad of quads) vocabulary.add(quad);
  const { entries, problems } = vocabulary.entries(language.toLowerCase(), options.name);
  return taxonomyOf(entries, problems, options);
}

const skos = "http://www.w3.org/2004/02/skos/core#";
const rdfType = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const rdfsLabel = "http://www.w3.org/2000/01/rdf-schema#label";
const titles = ["http://purl.org/dc/terms/title", "http://purl.org/dc/elements/1.1/title"];

interface Labels {
  readonly preferred: RdfTerm[];
  readonly other: RdfTerm[];
  readonly fallback: RdfTerm[];
}

/** Collects what the statements say of concepts and schemes. */
class Vocabulary {
  readonly #ids = new Map<string, string>();
  readonly #concepts = new Set<string>();
  readonly #schemes = new Set<string>();
  /** What the vocabulary says something of, and does not only mention. */
  readonly #described = new Set<string>();
  readonly #broader = new Map<string, Set<string>>();
  readonly #schemesOf = new Map<string, Set<string>>();
  readonly #labels = new Map<string, Labels>();
  readonly #problems: TaxonomyProblem[] = [];

  add({ subject, predicate, object }: RdfQuad): void {
    const id = this.#id(subject);
    const property = predicate.value;
    if (id === undefined) return;
    this.#described.add(id);
    if (property === rdfType) {
      if (object.value === `${skos}Concept`) this.#concepts.add(id);
      if (object.value === `${skos}ConceptScheme`) this.#schemes.add(id);
    } else if (property === `${skos}broader`)
      this.#link(id, object, "skos:broader", (other) => this.#isBelow(id, other));
    else if (property === `${skos}narrower`)
      this.#link(id, object, "skos:narrower", (other) => this.#isBelow(other, id));
    else if (property === `${skos}inScheme` || property === `${skos}topConceptOf`)
      this.#link(id, object, "the scheme", (other) => this.#isIn(id, other));
    else if (property === `${skos}hasTopConcept`)
      this.#link(id, object, "skos:hasTopConcept", (other) => this.#isIn(other, id));
    else if (object.termType === "Literal") this.#label(id, property, object);
  }

  entries(
    language: string,
    rootName: string,
  ): { readonly entries: readonly TaxonomyEntry[]; readonly problems: readonly TaxonomyProblem[] } {
    const problems = [...this.#problems];
    if (this.#concepts.size === 0 && problems.length === 0) {
      const message = "no concepts: nothing is a skos:Concept or has a skos:broader or skos:narrower one";
      problems.push({ kind: "no-root", message, where: "", line: undefined });
    }
    const schemes = [...this.#schemes];
    const entries: TaxonomyEntry[] = [];
    for (const id of this.#concepts) {
      if (this.#schemes.has(id)) continue;
      const broader = [...(this.#broader.get(id) ?? [])];
      if (!this.#described.has(id) && broader.length === 0) {
        const message = `${quote(id)} is the broader or a narrower concept of another, but the vocabulary does not describe it`;
        problems.push({ kind: "missing-parent", message, where: "", line: undefined });
      }
      const parents = broader.length > 0 ? broader : [...(this.#schemesOf.get(id) ?? schemes.slice(0, 1))];
      entries.push({ id, parents, where: `concept ${quote(id)}`, ...this.#spellings(id, language) });
    }
    // A scheme without concepts of its own would be a leaf, and so an instrument.
    const aboveSomething = new Set(entries.flatMap((entry) => entry.parents));
    const used = schemes.filter((id) => aboveSomething.has(id));
    const all = [...used.map((id) => ({ id, parents: [], ...this.#spellings(id, language) })), ...entries];
    const tops = all.filter((entry) => entry.parents.length === 0);
    // Only cycles at the top leave none; they are reported as cycles.
    if (tops.length < 2) return { entries: all, problems };
    const root = { id: "#root", parents: [], name: rootName, label: rootName, aliases: [] };
    const below = all.map((entry) => (entry.parents.length === 0 ? { ...entry, parents: [root.id] } : entry));
    return { entries: [root, ...below], problems };
  }

  /** The id of a node: its IRI, or for a blank node a number that depends on the order of the statements only. */
  #id({ termType, value }: RdfTerm): string | undefined {
    if (termType === "NamedNode") return value;
    if (termType !== "BlankNode") return undefined;
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = `_:${this.#ids.size + 1}`;
    this.#ids.set(value, id);
    return id;
  }

  #link(id: string, object: RdfTerm, property: string, join: (other: string) => void): void {
    const other = this.#id(object);
    if (other === undefined) {
      const message = `${property} of ${quote(id)}: expected a concept or scheme, got the text ${quote(object.value)}`;
      this.#problems.push({ kind: "field", message, where: "", line: undefined });
    } else join(other);
  }

  #isBelow(narrow: string, broad: string): void {
    this.#concepts.add(narrow).add(broad);
    addTo(this.#broader, narrow, broad);
  }

  #isIn(concept: string, scheme: string): void {
    this.#concepts.add(concept);
    this.#described.add(concept);
    this.#schemes.add(scheme);
    addTo(this.#schemesOf, concept, scheme);
  }

  #label(id: string, property: string, text: RdfTerm): void {
    const labels = this.#labels.get(id) ?? { preferred: [], other: [], fallback: [] };
    if (property === `${skos}prefLabel`) labels.preferred.push(text);
    else if (property === `${skos}altLabel` || property === `${skos}hiddenLabel`) labels.other.push(text);
    else if (property === rdfsLabel || titles.includes(property)) labels.fallback.push(text);
    else return;
    this.#labels.set(id, labels);
  }

  #spellings(id: string, language: string): Pick<TaxonomyEntry, "name" | "label" | "aliases"> {
    const { preferred = [], other = [], fallback = [] } = this.#labels.get(id) ?? {};
    const [first, ...more] = inLanguage(preferred.length > 0 ? preferred : fallback, language);
    const label = first?.value ?? localName(id);
    const spoken = first?.language?.toLowerCase() ?? "";
    const aliases = other.filter((text) => fits(text, language) || (text.language ?? "").toLowerCase() === spoken);
    return { name: label, label, aliases: [...more, ...aliases].map((text) => text.value) };
  }
}

/** The labels of the language, else those without one, else those of the first language in alphabetical order. */
function inLanguage(labels: readonly RdfTerm[], language: string): readonly RdfTerm[] {
  const tag = (text: RdfTerm): string => (text.language ?? "").toLowerCase();
  const filled = labels.filter((text) => text.value.trim() !== "");
  const tags = [...new Set(filled.map(tag))].sort();
  const chosen =
    tags.find((other) => other === language) ??
    tags.find((other) => other.startsWith(`${language}-`)) ??
    tags.find((other) => other === language.split("-")[0]) ??
    tags[0]; // no language sorts before every other
  return filled.filter((text) => tag(text) === chosen);
}

/** Whether a label is in the language, or in none. */
function fits(text: RdfTerm, language: string): boolean {
  const tag = (text.language ?? "").toLowerCase();
  return tag === "" || tag === language || tag.startsWith(`${language}-`);
}

/** What stands after the last "#" or "/" of an IRI; the whole of it when that is nothing. */
function localName(iri: string): string {
  return /[^#/]+(?=[#/]*$)/.exec(iri)?.[0] ?? iri;
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}
