import {
  argmax,
  type BootstrapResamples,
  bootstrapRatio,
  bootstrapResamples,
  mistakeSeverity,
  pairwiseSimilarity,
} from "@irec/metrics";
import { type Taxonomy, type TaxonomyNode, tripletSet } from "@irec/ontology";
import ndarray from "ndarray";
import type { OntologyMapRow, OntologyNodeScore, TripletsAtNode, ZeroShotAtNode } from "../results/analysis-rows.ts";
import { SPACES, type Space } from "../store/embedding-store.ts";
import type { ModelInputs } from "../store/model-inputs.ts";
import { NotServed } from "../store/not-served.ts";
import { meanOf, recalls } from "./answer-scores.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { termsOfLabels } from "./label-terms.ts";
import { namingFiles } from "./located-errors.ts";
import { definedInterval, intervalOf, type Resampling } from "./resampling.ts";
import { textOfLabels } from "./text-of-labels.ts";
import { wholeAudio } from "./whole-audio.ts";

/**
 * Where in the ontology does a model fail? Per node: triplets that meet there, recall below it, answers that stay within it,
 * mistakes that are made at it, and how bad they are. A row a model, for its first prompt set.
 */
export async function ontologyMap(context: ExperimentContext): Promise<Outcome<OntologyMapRow>> {
  const outcome = new OutcomeBuilder<OntologyMapRow>();
  for (const model of context.models) {
    const promptSet = [...model.promptSets("joint_space"), ...model.promptSets("pre_joint")][0];
    if (promptSet === undefined) {
      const reason = "the store has no text/<space>/<prompt set>.npy for it";
      outcome.skipped.push({ experiment: "ontology-map", model: model.name, reason });
      continue;
    }
    const part = { experiment: "ontology-map", model: model.name, promptSet } as const;
    await outcome.attempt(part, async () => {
      const labels = await labelsOf(model, promptSet);
      const terms = termsOfLabels(labels, context.ontology);
      const tree = new LabelTree(context.ontology, terms);
      const triplets = await tripletsByNode(context, model, promptSet, terms);
      const answered = await answers(context, model, promptSet, tree).catch((error: unknown) => {
        if (!(error instanceof NotServed) || triplets.size === 0) throw error;
        outcome.note(part, error.message);
        return undefined;
      });
      return {
        model: model.name,
        promptSet,
        failingBranch: answered === undefined ? null : failingBranch(tree, answered),
        mistakeSeverity: answered?.severity ?? null,
        mistakeSeverityInterval: answered?.severityInterval ?? null,
        nodes: tree.nodes.map((node): OntologyNodeScore => {
          const zeroShot = answered?.byNode.get(node);
          return {
            node: node.id,
            label: node.label,
            parents: node.parents.map(({ id }) => id),
            height: tree.height(node),
            labels: tree.termsBelow(node).length,
            clips: zeroShot?.clips ?? 0,
            triplets: triplets.get(node) ?? [],
            zeroShot: zeroShot?.scores ?? null,
          };
        }),
      };
    });
  }
  return outcome;
}

async function labelsOf(model: ModelInputs, promptSet: string): Promise<readonly string[]> {
  const space = SPACES.find((one) => model.promptSets(one).includes(promptSet)) as Space;
  return (await model.text(space, promptSet)).labels;
}

/** The part of an ontology that lies above some of its terms. */
class LabelTree {
  /** Terms and their ancestors, parents first. */
  readonly nodes: readonly TaxonomyNode[];
  readonly #ontology: Taxonomy;
  readonly #below = new Map<TaxonomyNode, TaxonomyNode[]>();
  readonly #heights = new Map<TaxonomyNode, number>();

  constructor(ontology: Taxonomy, terms: readonly TaxonomyNode[]) {
    this.#ontology = ontology;
    for (const term of terms) {
      for (const node of [term, ...ontology.ancestors(term)]) {
        this.#below.set(node, [...(this.#below.get(node) ?? []), term]);
      }
    }
    this.nodes = ontology.nodes.filter((node) => this.#below.has(node));
  }

  /** The terms at or below a node. */
  termsBelow(node: TaxonomyNode): readonly TaxonomyNode[] {
    return this.#below.get(node) ?? [];
  }

  /** Edges on the longest way down to a term. */
  height(node: TaxonomyNode): number {
    const known = this.#heights.get(node);
    if (known !== undefined) return known;
    const children = node.children.filter((child) => this.#below.has(child));
    const height = children.length === 0 ? 0 : 1 + Math.max(...children.map((child) => this.height(child)));
    this.#heights.set(node, height);
    return height;
  }

  meeting(a: TaxonomyNode, b: TaxonomyNode): TaxonomyNode {
    return this.#ontology.lowestCommonAncestor(a, b);
  }
}

/** Triplets by lowest common ancestor, at the node where anchor and positive meet; intervals by drawing anchors. */
async function tripletsByNode(
  { ontology, similarity: kind, seed, draws }: ExperimentContext,
  model: ModelInputs,
  promptSet: string,
  terms: readonly TaxonomyNode[],
): Promise<ReadonlyMap<TaxonomyNode, readonly TripletsAtNode[]>> {
  const { anchors, positives, negatives, length } = tripletSet(ontology, { terms }).toArrays();
  const found = new Map<TaxonomyNode, TripletsAtNode[]>();
  if (length === 0) return found;
  const resamples = bootstrapResamples(terms.length, { seed, draws });
  for (const space of SPACES.filter((one) => model.promptSets(one).includes(promptSet))) {
    const { path, matrix, labels } = await model.text(space, promptSet);
    if (labels.length !== terms.length) continue;
    const similarities = await namingFiles({ a: { file: path }, b: { file: path } }, () =>
      pairwiseSimilarity(matrix, matrix, { kind }),
    );
    const counts = new Map<TaxonomyNode, { correct: Float64Array; total: Float64Array }>();
    for (let t = 0; t < length; t++) {
      const [anchor, positive, negative] = [anchors[t]!, positives[t]!, negatives[t]!];
      const node = ontology.lowestCommonAncestor(terms[anchor]!, terms[positive]!);
      const count = counts.get(node) ?? {
        correct: new Float64Array(terms.length),
        total: new Float64Array(terms.length),
      };
      counts.set(node, count);
      count.total[anchor]! += 1;
      if (similarities.get(anchor, positive) > similarities.get(anchor, negative)) count.correct[anchor]! += 1;
    }
    for (const [node, { correct, total }] of counts) {
      const drawn = bootstrapRatio(correct, resamples, total);
      const [right, all] = [sum(correct), sum(total)];
      const entry = {
        space,
        triplets: all,
        correct: right,
        accuracy: right / all,
        interval: intervalOf(drawn, "anchor"),
      };
      found.set(node, [...(found.get(node) ?? []), entry]);
    }
  }
  return found;
}

interface Answered {
  readonly severity: number | null;
  readonly severityInterval: ReturnType<typeof intervalOf>;
  readonly byNode: ReadonlyMap<TaxonomyNode, { readonly clips: number; readonly scores: ZeroShotAtNode }>;
}

/** @throws {NotServed} without audio and text in the joint space */
async function answers(
  context: ExperimentContext,
  model: ModelInputs,
  promptSet: string,
  tree: LabelTree,
): Promise<Answered> {
  const audio = await wholeAudio(model, "joint_space", context.groundTruth?.labels ?? []);
  const text = await textOfLabels(model, "joint_space", promptSet, audio);
  const { classes } = audio;
  const given = await namingFiles({ a: { file: audio.path }, b: { file: text.path } }, () =>
    argmax(pairwiseSimilarity(audio.matrix, text.matrix, { kind: context.similarity })),
  );
  const terms = termsOfLabels(audio.labels, context.ontology);
  const meetings = terms.map((a) => terms.map((b) => (a === b ? a : tree.meeting(a, b))));
  const heights = ndarray(
    Float64Array.from(meetings.flatMap((row, i) => row.map((node, j) => (i === j ? 0 : tree.height(node))))),
    [terms.length, terms.length],
  );
  const { perItem } = mistakeSeverity(classes, given, heights);
  const resampling = context.clipResampling.of(audio.units);
  const ofLabels = recalls(given, classes, resampling);
  const wrong = classes.map((own, clip) => Number(given[clip] !== own));
  const severity = ratioOrNone(perItem, wrong, resampling.resamples);

  const byNode = new Map<TaxonomyNode, { clips: number; scores: ZeroShotAtNode }>();
  for (const node of tree.nodes) {
    const below = new Set(tree.termsBelow(node));
    const labels = [...terms.keys()].filter((c) => below.has(terms[c]!));
    if (labels.length === 0) continue;
    const isBelow = new Set(labels);
    const own = classes.map((c) => Number(isBelow.has(c)));
    const within = own.map((isOwn, clip) => isOwn * Number(isBelow.has(given[clip]!)));
    const here = own.map((_, clip) => wrong[clip]! * Number(meetings[classes[clip]!]![given[clip]!] === node));
    const scores = atNode(
      {
        recall: meanOf(labels.map((c) => ofLabels[c]!)),
        withinBranch: bootstrapRatio(within, resampling.resamples, own),
        mistakesHere: bootstrapRatio(here, resampling.resamples, own),
        severity: ratioOrNone(
          perItem.map((height, clip) => height * own[clip]!),
          wrong.map((isWrong, clip) => isWrong * own[clip]!),
          resampling.resamples,
        ),
      },
      resampling,
    );
    byNode.set(node, { clips: sum(own), scores });
  }
  return { severity: severity?.estimate ?? null, severityInterval: intervalOf(severity, resampling.unit), byNode };
}

type Distribution = ReturnType<typeof bootstrapRatio>;

function atNode(
  drawn: {
    readonly recall: Distribution;
    readonly withinBranch: Distribution;
    readonly mistakesHere: Distribution;
    readonly severity: Distribution | undefined;
  },
  { unit }: Resampling,
): ZeroShotAtNode {
  return {
    recall: drawn.recall.estimate,
    withinBranch: drawn.withinBranch.estimate,
    mistakesHere: drawn.mistakesHere.estimate,
    mistakeSeverity: drawn.severity?.estimate ?? null,
    intervals: {
      recall: definedInterval(drawn.recall, unit),
      withinBranch: definedInterval(drawn.withinBranch, unit),
      mistakesHere: definedInterval(drawn.mistakesHere, unit),
      mistakeSeverity: intervalOf(drawn.severity, unit),
    },
  };
}

/** The mean height of mistakes; undefined when there are none. */
function ratioOrNone(
  heights: Float64Array,
  wrong: Int32Array,
  resamples: BootstrapResamples,
): Distribution | undefined {
  return wrong.includes(1) ? bootstrapRatio(heights, resamples, wrong) : undefined;
}

/** The branch of several labels, but not of all, that answers stay in least; the highest of several. */
function failingBranch(tree: LabelTree, { byNode }: Answered): string | null {
  const all = Math.max(...tree.nodes.map((node) => tree.termsBelow(node).length));
  let failing: { readonly id: string; readonly share: number } | undefined;
  for (const node of tree.nodes) {
    const labels = tree.termsBelow(node).length;
    const share = byNode.get(node)?.scores.withinBranch;
    if (share === undefined || labels < 2 || labels === all) continue;
    if (failing === undefined || share < failing.share) failing = { id: node.id, share };
  }
  return failing?.id ?? null;
}

function sum(values: Float64Array | Int32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
