import { describeValue, list, quote, type TaxonomyProblem } from "./errors.ts";
import type { RdfQuad, RdfTerm } from "./skos.ts";

/**
 * The statements of a JSON-LD document, as far as vocabularies need it: contexts in the document (terms, prefixes, @vocab,
 * @base, @language, aliases of keywords, @type of ids, containers @language, @set and @list), @graph, nested nodes, and values
 * with @value. What stands under keys that the context does not define is left out, as JSON-LD has it.
 *
 * Not read, but reported: contexts that would have to be fetched or stand in the definition of a term, @reverse, @nest, @import
 * and other containers. A list counts as several values.
 *
 * @param document - parsed JSON
 * @see W3C 2020, "JSON-LD 1.1"
 * @example quadsFromJsonLd({ "@id": "a:b", "http://x/y": "z" }).quads[0].object.value // "z"
 */
export function quadsFromJsonLd(document: unknown): {
  readonly quads: readonly RdfQuad[];
  readonly problems: readonly TaxonomyProblem[];
} {
  const reader = new JsonLdReader();
  reader.read(document);
  return { quads: reader.quads, problems: reader.problems };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** What a key of the document means. */
interface TermDefinition {
  readonly iri: string | undefined;
  /** `@id`, `@vocab`, a data type, or undefined. */
  readonly type: string | undefined;
  readonly container: readonly string[];
  /** The language of strings; undefined: as the context says; null: none. */
  readonly language: string | null | undefined;
}

interface Context {
  readonly terms: ReadonlyMap<string, TermDefinition>;
  readonly vocab: string | undefined;
  readonly base: string | undefined;
  readonly language: string | undefined;
}

const noContext: Context = { terms: new Map(), vocab: undefined, base: undefined, language: undefined };

/** A node yet to be read, with what stands around it. */
interface Visit {
  readonly node: JsonObject;
  readonly context: Context;
  readonly place: string;
  readonly subject: RdfTerm;
}

class JsonLdReader {
  readonly quads: RdfQuad[] = [];
  readonly problems: TaxonomyProblem[] = [];
  #blanks = 0;
  /** A queue and no recursion: a document can be nested as deeply as its author likes. */
  readonly #queue: Visit[] = [];

  read(document: unknown): void {
    this.#values(document, noContext, "document", () => {});
    // Grows while it is walked through.
    for (const visit of this.#queue) this.#node(visit);
  }

  #node({ node, context, place, subject }: Visit): void {
    for (const [key, value] of Object.entries(node)) {
      const keyword = keywordOf(key, context);
      const at = `${place}.${key}`;
      if (keyword === "@graph" || keyword === "@included") this.#values(value, context, at, () => {});
      else if (keyword === "@type") this.#types(subject, value, context, at);
      else if (keyword === "@reverse" || keyword === "@nest")
        this.#report(at, `${keyword} is not read; write it the other way`);
      else if (keyword === undefined) this.#property(subject, key, value, context, at);
    }
  }

  #types(subject: RdfTerm, value: unknown, context: Context, at: string): void {
    for (const type of Array.isArray(value) ? value : [value]) {
      if (typeof type !== "string") this.#report(at, `expected the name of a type, got ${describeValue(type)}`);
      else this.#state(subject, rdfType, named(expanded(type, context, true) ?? type));
    }
  }

  #property(subject: RdfTerm, key: string, value: unknown, context: Context, at: string): void {
    const term = context.terms.get(key);
    const iri = term === undefined ? expanded(key, context, true) : term.iri;
    // A key without a meaning is no statement; so is one whose meaning is no IRI.
    if (iri === undefined || !iri.includes(":")) return;
    const state = (object: RdfTerm): void => this.#state(subject, iri, object);
    if (term?.container.includes("@language")) this.#languageMap(value, state, at);
    else this.#values(value, context, at, state, term);
  }

  #languageMap(value: unknown, state: (object: RdfTerm) => void, at: string): void {
    if (!isObject(value)) {
      this.#report(at, `expected texts by language, got ${describeValue(value)}`);
      return;
    }
    for (const [language, texts] of Object.entries(value)) {
      for (const text of Array.isArray(texts) ? texts : [texts]) {
        if (typeof text === "string") state(literal(text, language === "@none" ? "" : language));
        else if (text !== null) this.#report(`${at}.${language}`, `expected a text, got ${describeValue(text)}`);
      }
    }
  }

  /** States each value, or puts it into the queue when it is a node. */
  #values(
    given: unknown,
    context: Context,
    place: string,
    state: (object: RdfTerm) => void,
    term?: TermDefinition,
  ): void {
    const pending: (readonly [value: unknown, place: string])[] = [[given, place]];
    while (pending.length > 0) {
      const [value, at] = pending.pop()!;
      if (Array.isArray(value)) {
        for (let i = value.length - 1; i >= 0; i--) pending.push([value[i], `${at}[${i}]`]);
      } else if (isObject(value)) {
        const inner = this.#contextOf(value, context, at);
        const entry = (keyword: string): unknown => {
          const key = Object.keys(value).find((name) => keywordOf(name, inner) === keyword);
          return key === undefined ? undefined : value[key];
        };
        const listed = entry("@list") ?? entry("@set");
        const text = entry("@value");
        if (listed !== undefined) pending.push([listed, at]);
        else if (text !== undefined) {
          const language = entry("@language");
          if (typeof text === "object" && text !== null)
            this.#report(`${at}.@value`, `expected a text, got ${describeValue(text)}`);
          else if (text !== null) state(literal(String(text), typeof language === "string" ? language : ""));
        } else {
          const subject = this.#subject(entry("@id"), inner, at);
          if (subject === undefined) continue;
          state(subject);
          this.#queue.push({ node: value, context: inner, place: at, subject });
        }
      } else if (typeof value === "string") {
        if (term?.type === "@id" || term?.type === "@vocab")
          state(reference(expanded(value, context, term.type === "@vocab") ?? value));
        else state(literal(value, term?.language === undefined ? (context.language ?? "") : (term.language ?? "")));
      } else if (value !== null) {
        if (typeof value === "number" || typeof value === "boolean") state(literal(String(value), ""));
        else this.#report(at, `expected a value, got ${describeValue(value)}`);
      }
    }
  }

  #subject(id: unknown, context: Context, at: string): RdfTerm | undefined {
    // "#" cannot stand in the name of a blank node, so that these are none of the document's.
    if (id === undefined) return { termType: "BlankNode", value: `#${++this.#blanks}` };
    if (typeof id === "string") return reference(expanded(id, context, false) ?? id);
    this.#report(`${at}.@id`, `expected an IRI, got ${describeValue(id)}`);
    return undefined;
  }

  #state(subject: RdfTerm, predicate: string, object: RdfTerm): void {
    this.quads.push({ subject, predicate: named(predicate), object });
  }

  #report(where: string, message: string): void {
    this.problems.push({ kind: "field", message, where, line: undefined });
  }

  #contextOf(node: JsonObject, outer: Context, place: string): Context {
    if (!Object.hasOwn(node, "@context")) return outer;
    let context = outer;
    const given = node["@context"];
    for (const part of Array.isArray(given) ? given : [given]) {
      if (part === null) context = noContext;
      else if (isObject(part)) context = this.#extended(context, part, `${place}.@context`);
      else {
        const what = typeof part === "string" ? `the context ${quote(part)} is not fetched` : "expected a context";
        this.#report(`${place}.@context`, `${what}; put its content here, as an object`);
      }
    }
    return context;
  }

  #extended(outer: Context, given: JsonObject, place: string): Context {
    const setting = (keyword: string, otherwise: string | undefined): string | undefined => {
      const value = given[keyword];
      return value === null ? undefined : typeof value === "string" ? value : otherwise;
    };
    for (const keyword of ["@import", "@propagate"])
      if (Object.hasOwn(given, keyword)) this.#report(`${place}.${keyword}`, `${keyword} is not read`);
    const terms = new Map(outer.terms);
    const context = {
      terms,
      vocab: setting("@vocab", outer.vocab),
      base: setting("@base", outer.base),
      language: setting("@language", outer.language),
    };
    const definitions = Object.entries(given).filter(([key]) => !key.startsWith("@"));
    // Prefixes first: other definitions are made of them. As many rounds as prefixes are made of prefixes, then it is settled.
    for (let round = 0; round < mostPrefixSteps; round++) {
      const before = JSON.stringify([...terms]);
      for (const [key, definition] of definitions)
        terms.set(key, this.#definition(key, definition, context, place, round));
      if (JSON.stringify([...terms]) === before) break;
    }
    return context;
  }

  #definition(key: string, given: unknown, context: Context, place: string, round: number): TermDefinition {
    const plain = { type: undefined, container: [], language: undefined };
    if (given === null) return { iri: undefined, ...plain };
    if (typeof given === "string") return { iri: meaning(given, key, context), ...plain };
    if (!isObject(given)) {
      if (round === 0) this.#report(`${place}.${key}`, `expected the meaning of a term, got ${describeValue(given)}`);
      return { iri: undefined, ...plain };
    }
    const { "@id": id = key, "@type": type, "@container": container, "@language": language } = given;
    const containers = (Array.isArray(container) ? container : [container]).filter((one) => typeof one === "string");
    const unread = containers.filter((one) => !knownContainers.includes(one));
    const odd = ["@reverse", "@context", "@nest"].filter((keyword) => Object.hasOwn(given, keyword));
    if (round === 0 && unread.length + odd.length > 0)
      this.#report(`${place}.${key}`, `${list([...odd, ...unread])} in a term is not read`);
    return {
      iri: typeof id === "string" ? meaning(id, key, context) : undefined,
      type: typeof type === "string" ? type : undefined,
      container: containers,
      language: language === null || typeof language === "string" ? language : undefined,
    };
  }
}

const rdfType = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const knownContainers = ["@language", "@set", "@list"];

/** Prefixes are made of prefixes once or twice, not this often; a circle of them ends here. */
const mostPrefixSteps = 8;

const keywords = [
  "@context",
  "@graph",
  "@id",
  "@included",
  "@index",
  "@language",
  "@list",
  "@nest",
  "@reverse",
  "@set",
  "@type",
  "@value",
];

/** The keyword that a key is, or is another name for. */
function keywordOf(key: string, context: Context): string | undefined {
  if (keywords.includes(key)) return key;
  const iri = context.terms.get(key)?.iri;
  return iri !== undefined && keywords.includes(iri) ? iri : undefined;
}

/** What a term of a context means. A term that is defined as itself would mean itself for ever. */
function meaning(text: string, key: string, context: Context): string | undefined {
  if (text === key && !text.includes(":")) return context.vocab === undefined ? undefined : context.vocab + text;
  return expanded(text, context, true);
}

/** The IRI that a text stands for: of a term, of a prefix, of @vocab or of @base; undefined when nothing says. */
function expanded(text: string, context: Context, isVocabulary: boolean): string | undefined {
  if (keywords.includes(text)) return text;
  if (isVocabulary && context.terms.has(text)) return context.terms.get(text)!.iri;
  const colon = text.indexOf(":");
  if (colon >= 0) {
    const prefix = text.slice(0, colon);
    const rest = text.slice(colon + 1);
    const iri = rest.startsWith("//") || prefix === "_" ? undefined : context.terms.get(prefix)?.iri;
    return iri === undefined ? text : iri + rest;
  }
  if (isVocabulary) return context.vocab === undefined ? undefined : context.vocab + text;
  return context.base === undefined ? text : resolved(text, context.base);
}

/** A reference relative to a base, without the climbing of "../", which no vocabulary needs. */
function resolved(text: string, base: string): string {
  const whole = base.replace(/#.*$/, "");
  if (text === "" || text.startsWith("#")) return whole + text;
  if (text.startsWith("/")) return whole.replace(/^([^:]+:\/\/[^/]*).*$/, "$1") + text;
  return whole.slice(0, whole.lastIndexOf("/") + 1) + text;
}

function reference(iri: string): RdfTerm {
  return iri.startsWith("_:") ? { termType: "BlankNode", value: iri.slice(2) } : named(iri);
}

function named(iri: string): RdfTerm {
  return { termType: "NamedNode", value: iri };
}

function literal(value: string, language: string): RdfTerm {
  return { termType: "Literal", value, language };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
