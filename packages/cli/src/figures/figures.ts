import type { Taxonomy } from "@irec/ontology";
import type { Results } from "../results/results.ts";
import { attributionBars, attributionSteps } from "./attribution-bars.ts";
import { confusionMatrices } from "./confusion-matrix.ts";
import type { Figure } from "./figure.ts";
import { negatedPrompts } from "./negated-prompts.ts";
import { ontologyMaps } from "./ontology-map.ts";
import { audioOnlyPairs, zeroShotPairs } from "./pair-histograms.ts";
import { promptHeatMaps } from "./prompt-heat-map.ts";
import { similarityHistogram } from "./similarity-histogram.ts";
import { topTwoDifference } from "./top-two-difference.ts";
import { tripletRules } from "./triplet-rules.ts";

/**
 * Every figure that results have the numbers for: the study's first, then ours.
 * @param ontology - in which labels are looked up, for their order; they stay as they come when it is left out
 */
export function figuresOf(results: Results, ontology?: Taxonomy): readonly Figure[] {
  return withOwnNames([
    ...similarityHistogram(results),
    ...zeroShotPairs(results),
    ...audioOnlyPairs(results),
    ...topTwoDifference(results),
    ...confusionMatrices(results, ontology),
    ...promptHeatMaps(results, ontology),
    ...negatedPrompts(results),
    ...tripletRules(results),
    ...attributionBars(results),
    ...attributionSteps(results),
    ...ontologyMaps(results),
  ]);
}

/** Models whose names differ only in what a file name cannot hold, or in case, get a number. */
function withOwnNames(figures: readonly Figure[]): readonly Figure[] {
  const taken = new Set<string>();
  return figures.map((figure) => {
    let name = figure.name;
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${figure.name}-${i}`;
    taken.add(name.toLowerCase());
    return { ...figure, name };
  });
}
