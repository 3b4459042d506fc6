import { audioset } from "./audioset.ts";
import { audiosetMatches, type MatchRelation } from "./audioset-matches.ts";
import { doktorski } from "./doktorski.ts";
import { ArgumentError, list, requireOptions } from "./errors.ts";
import { requireNodeOf, requireTaxonomy, type Taxonomy, type TaxonomyNode } from "./taxonomy.ts";

/** Which instruments to look for, and when two are the same. */
export interface SharedInstrumentsOptions {
  /** Nodes of `doktorski`. Default: its leaves. */
  readonly instruments?: readonly TaxonomyNode[];
  /** Which matches count as the same instrument. Default: `exact` and `close`. */
  readonly relations?: readonly MatchRelation[];
}

/** Instruments that several taxonomies have. */
export interface SharedInstruments {
  readonly taxonomies: readonly Taxonomy[];
  /** Nodes of `doktorski`, in the order given. */
  readonly instruments: readonly TaxonomyNode[];
  /** `terms[t][i]` is the node of instrument i in taxonomy t. */
  readonly terms: readonly (readonly TaxonomyNode[])[];
  /** The instruments that at least one of the taxonomies lacks, or cannot tell from another. */
  readonly missing: readonly TaxonomyNode[];
}

/**
 * The instruments of Doktorski's taxonomy that all of the taxonomies have, and where.
 *
 * `audioset` is looked up in `audiosetMatches`, every other taxonomy by spelling: the node that the name, the label or, in
 * their order, one of the aliases of the instrument means, and no other. Two instruments that lead to the same node are both
 * missing, so that every term stands for one instrument.
 *
 * @throws {ArgumentError} when there is no taxonomy, or a relation does not exist
 * @throws {UnknownTermError} when an instrument is a node of another taxonomy than `doktorski`
 * @example sharedInstruments([doktorski, audioset]).instruments.length // 40
 */
export function sharedInstruments(
  taxonomies: readonly Taxonomy[],
  options: SharedInstrumentsOptions = {},
): SharedInstruments {
  requireOptions(options, "{ instruments, relations }, both optional");
  const { instruments = doktorski.leaves, relations = ["exact", "close"] } = options;
  if (!Array.isArray(taxonomies) || taxonomies.length === 0)
    throw new ArgumentError(
      "taxonomies",
      taxonomies,
      "an array of at least one Taxonomy, such as [doktorski, audioset]",
    );
  for (const taxonomy of taxonomies) requireTaxonomy(taxonomy);
  for (const [position, instrument] of instruments.entries())
    requireNodeOf(doktorski, instrument, `instruments[${position}]`);
  const known: readonly MatchRelation[] = ["exact", "close", "broad", "narrow"];
  for (const relation of relations)
    if (!known.includes(relation)) throw new ArgumentError("relations", relation, `some of ${list(known)}`);

  const found = taxonomies.map((taxonomy) => distinct(instruments.map((node) => nodeOf(node, taxonomy, relations))));
  const isShared = instruments.map((_, i) => found.every((nodes) => nodes[i] !== undefined));
  return Object.freeze({
    taxonomies: Object.freeze([...taxonomies]),
    instruments: Object.freeze(instruments.filter((_, i) => isShared[i])),
    terms: Object.freeze(found.map((nodes) => Object.freeze(nodes.filter((_, i) => isShared[i]) as TaxonomyNode[]))),
    missing: Object.freeze(instruments.filter((_, i) => !isShared[i])),
  });
}

function nodeOf(
  instrument: TaxonomyNode,
  taxonomy: Taxonomy,
  relations: readonly MatchRelation[],
): TaxonomyNode | undefined {
  if (taxonomy === doktorski) return instrument;
  if (taxonomy === audioset) {
    const match = audiosetMatches.find(({ doktorski: id }) => id === instrument.id);
    return match !== undefined && relations.includes(match.relation) ? audioset.get(match.audioset) : undefined;
  }
  for (const spelling of [instrument.name, instrument.label, ...instrument.aliases]) {
    const nodes = taxonomy.findAll(spelling);
    if (nodes.length === 1) return nodes[0];
  }
  return undefined;
}

/** The same list without the nodes that stand in it several times. */
function distinct(nodes: readonly (TaxonomyNode | undefined)[]): (TaxonomyNode | undefined)[] {
  const times = new Map<TaxonomyNode | undefined, number>();
  for (const node of nodes) times.set(node, (times.get(node) ?? 0) + 1);
  return nodes.map((node) => (times.get(node) === 1 ? node : undefined));
}
