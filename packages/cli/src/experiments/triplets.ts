import { clusterBootstrapMeans, pairwiseSimilarity, tripletAccuracy, tripletAccuracyBy } from "@irec/metrics";
import {
  agreedTriplets,
  doktorski,
  publishedTinysolTriplets,
  type SimilarityRule,
  sharedInstruments,
  type Taxonomy,
  type TaxonomyNode,
  type TripletArrays,
  tinysolTerms,
  tripletSet,
} from "@irec/ontology";
import { quoted } from "../quoted.ts";
import { TRIPLET_RULES, type TripletCount, type TripletRow, type TripletRule } from "../results/results.ts";
import { SPACES } from "../store/embedding-store.ts";
import type { TextInput } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { termsOfLabels } from "./label-terms.ts";
import { namingFiles } from "./located-errors.ts";
import { INTERVAL_LEVEL } from "./resampling.ts";

/**
 * Does the text tower know instruments? An anchor's prompt must be closer to that of a near relative in the ontology than
 * to that of a far one; published and corrected rules side by side, before and after the projection to the joint space.
 */
export async function triplets(context: ExperimentContext): Promise<Outcome<TripletRow>> {
  const outcome = new OutcomeBuilder<TripletRow>();
  const tripletsOf = rememberingTriplets(context);
  for (const model of context.models) {
    const promptSets = [...new Set(SPACES.flatMap((space) => model.promptSets(space)))];
    if (promptSets.length === 0) {
      const reason = "the store has no text/<space>/<prompt set>.npy for it";
      outcome.skipped.push({ experiment: "triplets", model: model.name, reason });
    }
    for (const promptSet of promptSets) {
      for (const space of SPACES) {
        const part = { experiment: "triplets", model: model.name, space, promptSet } as const;
        await outcome.attempt(part, async () => {
          const text = await model.text(space, promptSet);
          const terms = termsOf(text, context.ontology);
          outcome.note({ experiment: "triplets", model: model.name }, lackedBy(context, terms, text.labels));
          const similarities = await namingFiles({ a: { file: text.path }, b: { file: text.path } }, () =>
            pairwiseSimilarity(text.matrix, text.matrix, { kind: context.similarity }),
          );
          for (const rule of rulesFor(context, terms)) {
            await outcome.attempt(part, async () => {
              const triplets = tripletsOf(terms, rule);
              if (triplets.arrays.length === 0) throw new NotServed(`its labels make no triplet by the rule ${rule}`);
              const row = { model: model.name, space, promptSet, rule };
              const scores = scoreRule(context, text.labels, similarities, triplets);
              context.outcomes?.triplets(row, text.labels, triplets.arrays, similarities);
              return { ...row, ...scores };
            });
          }
          return [];
        });
      }
    }
  }
  return outcome;
}

/** The ontology's node for each prompt. */
function termsOf(text: TextInput, ontology: Taxonomy): readonly TaxonomyNode[] {
  const terms = termsOfLabels(text.labels, ontology);
  if (terms.length < 3) throw new NotServed(`a triplet needs three labels, there are ${terms.length}`);
  return terms;
}

/** What to say of labels that cannot be asked for, because an ontology lacks them; undefined when none does. */
function lackedBy(
  context: ExperimentContext,
  terms: readonly TaxonomyNode[],
  labels: readonly string[],
): string | undefined {
  if (asksItself(context)) return undefined;
  const { missing } = sharedInstruments(context.tripletOntologies, { instruments: terms });
  if (missing.length === 0) return undefined;
  const lacked = missing.map((term) => quoted(labels[terms.indexOf(term)]!)).join(", ");
  const names = context.tripletOntologies.map((ontology) => ontology.name);
  const who = names.length === 1 ? `${names[0]} lacks` : `not all of ${names.join(", ")} have`;
  return `${who} ${lacked}; the triplets are of the other labels`;
}

/** Whether the triplets are those of the ontology in which labels are looked up, so that every label has its node. */
const asksItself = ({ ontology, tripletOntologies }: ExperimentContext): boolean =>
  tripletOntologies.length === 1 && tripletOntologies[0] === ontology;

/** The published rule is defined on TinySOL's 14 instruments and Doktorski's ontology only. */
function rulesFor(context: ExperimentContext, terms: readonly TaxonomyNode[]): readonly TripletRule[] {
  const isPublished =
    asksItself(context) &&
    context.ontology === doktorski &&
    terms.length === tinysolTerms.length &&
    tinysolTerms.every((term) => terms.includes(term));
  return isPublished ? TRIPLET_RULES : TRIPLET_RULES.filter((rule) => rule !== "published-2024");
}

/** The triplets of one rule over a list of terms. */
interface RuleTriplets {
  /** Indices into the list. */
  readonly arrays: TripletArrays;
  /** Shape [triplets]: the index of the first ontology's node at which anchor and positive meet. */
  readonly meetingNodes: Int32Array;
}

/** Makes the triplets of a list of terms once, however many prompt sets and spaces are scored on them. */
function rememberingTriplets(context: ExperimentContext) {
  const made = new Map<string, ReadonlyMap<TripletRule, RuleTriplets>>();
  return (terms: readonly TaxonomyNode[], rule: TripletRule): RuleTriplets => {
    const key = terms.map((term) => term.index).join(" ");
    const ofRules = made.get(key) ?? makeTriplets(context, terms);
    made.set(key, ofRules);
    return ofRules.get(rule)!;
  };
}

function makeTriplets(
  context: ExperimentContext,
  terms: readonly TaxonomyNode[],
): ReadonlyMap<TripletRule, RuleTriplets> {
  const ontology = context.tripletOntologies[0]!;
  const nodes = nodesOf(context, terms);
  const meeting = nodes.map((a) =>
    Int32Array.from(nodes, (b) => (a && b ? ontology.lowestCommonAncestor(a, b).index : ontology.root.index)),
  );
  return new Map(
    rulesFor(context, terms).map((rule) => {
      const arrays = rule === "published-2024" ? publishedTriplets(terms) : correctedTriplets(context, terms, rule);
      const meetingNodes = Int32Array.from(arrays.anchors, (anchor, t) => meeting[anchor]![arrays.positives[t]!]!);
      return [rule, { arrays, meetingNodes }];
    }),
  );
}

/** The node of each term in the first of the ontologies whose triplets are asked; undefined where one of them lacks it. */
function nodesOf(context: ExperimentContext, terms: readonly TaxonomyNode[]): readonly (TaxonomyNode | undefined)[] {
  if (asksItself(context)) return terms;
  const { instruments, terms: placed } = sharedInstruments(context.tripletOntologies, { instruments: terms });
  return terms.map((term) => placed[0]![instruments.indexOf(term)]);
}

function correctedTriplets(
  context: ExperimentContext,
  terms: readonly TaxonomyNode[],
  rule: SimilarityRule,
): TripletArrays {
  if (asksItself(context)) return tripletSet(context.ontology, { terms, rule }).toArrays();
  const agreed = agreedTriplets(context.tripletOntologies, { instruments: terms, rule });
  const row = agreed.terms.map((term) => terms.indexOf(term));
  return inRows(agreed.arrays, row);
}

/** The study's triplets point into its own order of instruments; these point into the order of `terms`. */
function publishedTriplets(terms: readonly TaxonomyNode[]): TripletArrays {
  const published = publishedTinysolTriplets();
  const row = tinysolTerms.map((term) => terms.indexOf(term));
  return inRows(published, row);
}

/** The same triplets, for each index its row. */
function inRows({ anchors, positives, negatives, length }: TripletArrays, row: readonly number[]): TripletArrays {
  return {
    anchors: anchors.map((i) => row[i]!),
    positives: positives.map((i) => row[i]!),
    negatives: negatives.map((i) => row[i]!),
    length,
  };
}

function scoreRule(
  { tripletOntologies, seed, draws }: ExperimentContext,
  labels: readonly string[],
  similarities: ReturnType<typeof pairwiseSimilarity>,
  { arrays, meetingNodes }: RuleTriplets,
): Omit<TripletRow, "model" | "space" | "promptSet" | "rule"> {
  const ontology = tripletOntologies[0]!;
  const accuracy = tripletAccuracy(similarities, arrays);
  const byNode = tripletAccuracyBy(similarities, arrays, meetingNodes, ontology.nodes.length);
  const anchors = [...labels.keys()].filter((i) => accuracy.perAnchor.total[i]! > 0);
  const clusters = {
    sums: anchors.map((i) => accuracy.perAnchor.correct[i]!),
    counts: anchors.map((i) => accuracy.perAnchor.total[i]!),
  };
  const { micro, macro } = clusterBootstrapMeans(clusters, undefined, { seed, draws, level: INTERVAL_LEVEL });
  const interval = ({ low, high, level }: typeof micro) => ({ low, high, level, unit: "anchor" }) as const;
  return {
    triplets: accuracy.total,
    correct: accuracy.correct,
    ties: accuracy.ties,
    micro: accuracy.micro,
    macro: accuracy.macro,
    microInterval: interval(micro),
    macroInterval: interval(macro),
    perAnchor: anchors.map((i) => ({ label: labels[i]!, ...countAt(accuracy.perAnchor, i) })),
    perNode: ontology.nodes
      .filter((node) => byNode.total[node.index]! > 0)
      .map((node) => ({ node: node.id, label: node.label, ...countAt(byNode, node.index) })),
  };
}

function countAt(
  counts: { readonly correct: ArrayLike<number>; readonly ties: ArrayLike<number>; readonly total: ArrayLike<number> },
  index: number,
): TripletCount {
  return { triplets: counts.total[index]!, correct: counts.correct[index]!, ties: counts.ties[index]! };
}
