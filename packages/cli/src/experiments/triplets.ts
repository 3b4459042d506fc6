import { clusterBootstrapMean, pairwiseSimilarity, tripletAccuracy, tripletAccuracyBy } from "@irec/metrics";
import {
  publishedTinysolTriplets,
  type Taxonomy,
  type TaxonomyNode,
  type TripletArrays,
  tinysolTerms,
  tripletSet,
} from "@irec/ontology";
import { TRIPLET_RULES, type TripletCount, type TripletRow, type TripletRule } from "../results/results.ts";
import { SPACES } from "../store/embedding-store.ts";
import type { ModelInputs, TextInput } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { type ExperimentContext, INTERVAL_LEVEL, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { namingFiles } from "./located-errors.ts";

/**
 * Does the text tower know instruments? An anchor's prompt must be closer to that of a near relative in the ontology than
 * to that of a far one; published and corrected rules side by side, before and after the projection to the joint space.
 */
export async function triplets(context: ExperimentContext): Promise<Outcome<TripletRow>> {
  const outcome = new OutcomeBuilder<TripletRow>();
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
          return await Promise.all(
            rulesFor(terms).map((rule) => scoreRule(context, model, text, { space, rule, terms })),
          );
        });
      }
    }
  }
  return outcome;
}

/** The ontology's node for each prompt. */
function termsOf(text: TextInput, ontology: Taxonomy): readonly TaxonomyNode[] {
  const terms = text.labels.map((label) => {
    try {
      return ontology.find(label);
    } catch (error) {
      throw new NotServed((error as Error).message);
    }
  });
  const twice = terms.findIndex((term, i) => terms.indexOf(term) !== i);
  if (twice !== -1) {
    const first = text.labels[terms.indexOf(terms[twice]!)];
    throw new NotServed(`"${first}" and "${text.labels[twice]}" are the same instrument`);
  }
  if (terms.length < 3) throw new NotServed(`a triplet needs three labels, there are ${terms.length}`);
  return terms;
}

/** The published rule is defined on TinySOL's 14 instruments only. */
function rulesFor(terms: readonly TaxonomyNode[]): readonly TripletRule[] {
  const isTinysol = terms.length === tinysolTerms.length && tinysolTerms.every((term) => terms.includes(term));
  return isTinysol ? TRIPLET_RULES : TRIPLET_RULES.filter((rule) => rule !== "published-2024");
}

function tripletsOf(ontology: Taxonomy, terms: readonly TaxonomyNode[], rule: TripletRule): TripletArrays {
  if (rule !== "published-2024") return tripletSet(ontology, { terms, rule }).toArrays();
  const published = publishedTinysolTriplets();
  const row = tinysolTerms.map((term) => terms.indexOf(term));
  const inRows = (indices: TripletArrays["anchors"]) => indices.map((i) => row[i]!);
  return {
    anchors: inRows(published.anchors),
    positives: inRows(published.positives),
    negatives: inRows(published.negatives),
    length: published.length,
  };
}

async function scoreRule(
  context: ExperimentContext,
  model: ModelInputs,
  text: TextInput,
  { space, rule, terms }: Pick<TripletRow, "space" | "rule"> & { readonly terms: readonly TaxonomyNode[] },
): Promise<TripletRow> {
  const { ontology, similarity, seed, draws } = context;
  const arrays = tripletsOf(ontology, terms, rule);
  const similarities = await namingFiles({ a: text.path, b: text.path }, () =>
    pairwiseSimilarity(text.matrix, text.matrix, { kind: similarity }),
  );
  const accuracy = tripletAccuracy(similarities, arrays);
  const anchored = terms.map((_, i) => i).filter((i) => accuracy.perAnchor.total[i]! > 0);
  const clusters = {
    sums: anchored.map((i) => accuracy.perAnchor.correct[i]!),
    counts: anchored.map((i) => accuracy.perAnchor.total[i]!),
  };
  const options = { seed, draws, level: INTERVAL_LEVEL };
  const interval = (average: "micro" | "macro") => {
    const { low, high, level } = clusterBootstrapMean(clusters, undefined, { ...options, average });
    return { low, high, level, unit: "anchor" } as const;
  };
  return {
    model: model.name,
    space,
    promptSet: text.promptSet,
    rule,
    triplets: accuracy.total,
    correct: accuracy.correct,
    ties: accuracy.ties,
    micro: accuracy.micro,
    macro: accuracy.macro,
    microInterval: interval("micro"),
    macroInterval: interval("macro"),
    perAnchor: anchored.map((i) => ({ label: text.labels[i]!, ...countAt(accuracy.perAnchor, i) })),
    perNode: perNode(ontology, terms, arrays, similarities),
  };
}

/** Accuracy by the node of the ontology at which anchor and positive meet. */
function perNode(
  ontology: Taxonomy,
  terms: readonly TaxonomyNode[],
  arrays: TripletArrays,
  similarities: ReturnType<typeof pairwiseSimilarity>,
): TripletRow["perNode"] {
  const meeting = new Map<string, TaxonomyNode>();
  const groups = new Int32Array(arrays.length);
  for (let t = 0; t < arrays.length; t++) {
    const pair = `${arrays.anchors[t]} ${arrays.positives[t]}`;
    let node = meeting.get(pair);
    if (node === undefined) {
      node = ontology.lowestCommonAncestor(terms[arrays.anchors[t]!]!, terms[arrays.positives[t]!]!);
      meeting.set(pair, node);
    }
    groups[t] = node.index;
  }
  const counts = tripletAccuracyBy(similarities, arrays, groups, ontology.nodes.length);
  return ontology.nodes
    .filter((node) => counts.total[node.index]! > 0)
    .map((node) => ({ node: node.id, label: node.label, ...countAt(counts, node.index) }));
}

function countAt(
  counts: { readonly correct: ArrayLike<number>; readonly ties: ArrayLike<number>; readonly total: ArrayLike<number> },
  index: number,
): TripletCount {
  return { triplets: counts.total[index]!, correct: counts.correct[index]!, ties: counts.ties[index]! };
}
