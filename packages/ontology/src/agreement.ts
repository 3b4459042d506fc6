import { ArgumentError, requireOptions } from "./errors.ts";
import { type KendallCounts, kendallCounts, kendallTauB } from "./kendall.ts";
import { type SharedInstrumentsOptions, sharedInstruments } from "./shared-instruments.ts";
import { type SimilarityRule, similarityMatrix } from "./similarity.ts";
import type { Taxonomy, TaxonomyNode } from "./taxonomy.ts";
import { emptyTriplets, reachOf, requireMinGap, type TripletArrays } from "./triplets.ts";

/** What to compare two taxonomies on. */
export interface AgreementOptions extends SharedInstrumentsOptions {
  /** Default: `lca`. */
  readonly rule?: SimilarityRule;
}

/** How far two taxonomies agree on which instruments are alike. */
export interface Agreement {
  /** The instruments that both have, as nodes of `doktorski`. */
  readonly instruments: readonly TaxonomyNode[];
  readonly rule: SimilarityRule;
  /** Kendall's tau-b between the similarities of all pairs of instruments; undefined when one taxonomy ties all pairs. */
  readonly tau: number | undefined;
  /**
   * Over all choices of an anchor and two further instruments, which of the two is more like the anchor: `concordant` when
   * both taxonomies say the same, `discordant` when they say the opposite, tied when one or both cannot tell.
   */
  readonly triplets: KendallCounts;
  /** concordant / (concordant + discordant): of the triplets that both decide; undefined when there is none. */
  readonly share: number | undefined;
}

/**
 * Compares two taxonomies on the instruments that both have.
 *
 * @throws as `sharedInstruments` and `similarityMatrix` do
 * @example ontologyAgreement(doktorski, hornbostelSachs).instruments.length // 97
 */
export function ontologyAgreement(a: Taxonomy, b: Taxonomy, options: AgreementOptions = {}): Agreement {
  requireOptions(options, "{ rule, instruments, relations }, all of them optional");
  const { rule = "lca" } = options;
  const { instruments, terms } = sharedInstruments([a, b], options);
  const n = instruments.length;
  const [first, second] = [a, b].map((taxonomy, t) => similarityMatrix(taxonomy, terms[t]!, rule).levels) as [
    Int32Array,
    Int32Array,
  ];
  const triplets = { concordant: 0, discordant: 0, firstTied: 0, secondTied: 0, bothTied: 0 };
  for (let anchor = 0; anchor < n; anchor++) {
    const others = (levels: Int32Array): Int32Array =>
      levels.subarray(anchor * n, anchor * n + n).filter((_, i) => i !== anchor);
    const counts = kendallCounts(others(first), others(second));
    for (const key of Object.keys(triplets) as (keyof KendallCounts)[]) triplets[key] += counts[key];
  }
  const above = (levels: Int32Array): Int32Array => levels.filter((_, k) => k % n > Math.floor(k / n));
  const decided = triplets.concordant + triplets.discordant;
  return Object.freeze({
    instruments,
    rule,
    tau: kendallTauB(kendallCounts(above(first), above(second))),
    triplets: Object.freeze(triplets),
    share: decided === 0 ? undefined : triplets.concordant / decided,
  });
}

/** Which triplets several taxonomies have to agree on. */
export interface AgreedTripletsOptions extends AgreementOptions {
  /** As for `tripletSet`; every taxonomy whose word counts has to see at least this gap. Default 0. */
  readonly minGap?: number;
  /**
   * `all`: every taxonomy finds the positive more similar. `no-objection`: at least one does, and none finds the
   * negative more similar; so those that tie the two have no say. Default: `all`.
   */
  readonly consent?: "all" | "no-objection";
}

/** Triplets that several taxonomies agree on, in the form that `tripletCsv` takes. */
export interface AgreedTriplets {
  readonly taxonomies: readonly Taxonomy[];
  /** The instruments that all of them have, as nodes of `doktorski`, to which the triplets point. */
  readonly terms: readonly TaxonomyNode[];
  /** The instruments that one of them lacks. */
  readonly missing: readonly TaxonomyNode[];
  readonly arrays: TripletArrays;
}

/**
 * The triplets of the instruments that all of the taxonomies have and on which the taxonomies agree: the most defensible
 * questions that can be asked of an encoder. In the order of `tripletSet`.
 *
 * @throws as `sharedInstruments`, `similarityMatrix` and `tripletSet` do
 * @example agreedTriplets([doktorski, hornbostelSachs], { instruments: tinysolTerms }).arrays.length // 686
 */
export function agreedTriplets(taxonomies: readonly Taxonomy[], options: AgreedTripletsOptions = {}): AgreedTriplets {
  requireOptions(options, "{ rule, minGap, consent, instruments, relations }, all of them optional");
  const { rule = "lca", minGap = 0, consent = "all" } = options;
  requireMinGap(minGap);
  if (consent !== "all" && consent !== "no-objection")
    throw new ArgumentError("consent", consent, '"all" or "no-objection"');
  const shared = sharedInstruments(taxonomies, options);
  const n = shared.instruments.length;
  const views = taxonomies.map((taxonomy, t): View => {
    const { levels, scale } = similarityMatrix(taxonomy, shared.terms[t]!, rule);
    return { levels, reach: reachOf(scale, minGap) };
  });
  const anchors: number[] = [];
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let anchor = 0; anchor < n; anchor++) {
    for (let positive = 0; positive < n; positive++) {
      if (positive === anchor) continue;
      for (let negative = 0; negative < n; negative++) {
        if (negative === anchor || negative === positive) continue;
        if (!agree(views, anchor * n + positive, anchor * n + negative, consent)) continue;
        anchors.push(anchor);
        positives.push(positive);
        negatives.push(negative);
      }
    }
  }
  const arrays = emptyTriplets(anchors.length, n);
  arrays.anchors.set(anchors);
  arrays.positives.set(positives);
  arrays.negatives.set(negatives);
  return Object.freeze({
    taxonomies: shared.taxonomies,
    terms: shared.instruments,
    missing: shared.missing,
    arrays,
  });
}

/** The similarities in one taxonomy, as ranks, and per rank of a positive the highest rank of a negative. */
interface View {
  readonly levels: Int32Array;
  readonly reach: Int32Array;
}

function agree(views: readonly View[], positive: number, negative: number, consent: "all" | "no-objection"): boolean {
  let inFavour = 0;
  for (const { levels, reach } of views) {
    if (levels[negative]! <= reach[levels[positive]!]!) inFavour++;
    else if (consent === "all" || levels[negative]! > levels[positive]!) return false;
  }
  return inFavour > 0;
}
