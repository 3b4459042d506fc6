/** What we use of n3, which has no types of its own. */
declare module "n3" {
  import type { RdfQuad } from "@irec/ontology";

  /** A parser of RDF in Turtle and its kin; synchronous without a callback. */
  class Parser {
    constructor(options: { readonly format?: string; readonly baseIRI?: string });
    /** @throws {Error} on the first fault, " on line 7." at the end of its message */
    parse(text: string): RdfQuad[];
  }

  const n3: { readonly Parser: typeof Parser };
  export default n3;
}
