import { join, relative } from "node:path";
import { pairwiseSimilarity } from "@irec/metrics";
import { type Taxonomy, tinysolTerms } from "@irec/ontology";
import { evaluate } from "../../packages/cli/src/evaluate.ts";
import { readNpyMatrix } from "../../packages/cli/src/npy/npy-file.ts";
import { ontologiesOf } from "../../packages/cli/src/ontology-choice.ts";
import { ONTOLOGY_NAMES } from "../../packages/cli/src/ontology-names.ts";
import { readOntology } from "../../packages/cli/src/read-ontology.ts";
import type { Results } from "../../packages/cli/src/results/results.ts";
import type { Space } from "../../packages/cli/src/store/embedding-store.ts";

/** Resamples of every interval, in the evaluations and beyond. */
export const DRAWS = 10_000;
export const SEED = 0;

/** The study's ontology, in which the published rule is defined. */
export const STUDY_ONTOLOGY = "doktorski";

/** "A {x} track", with which the study asks its triplets. */
export const MAIN_PROMPT_SET = "muscall_prompt";

/** What the study's public data says, evaluated with each ontology. */
export interface ReferenceRuns {
  /** The folder that has `published/`. */
  readonly folder: string;
  /** By the name of the ontology. */
  readonly results: ReadonlyMap<string, Results>;
  readonly ontologies: ReadonlyMap<string, readonly Taxonomy[]>;
  readonly texts: readonly TextSimilarities[];
}

/** The similarities of the prompts of one set with each other. */
export interface TextSimilarities {
  readonly model: string;
  readonly space: Space;
  readonly promptSet: string;
  /** Shape [14, 14], row-major, in the order of `tinysolTerms`. */
  readonly similarities: Float64Array;
}

/**
 * Evaluates the reference data as `irec evaluate --draws 10000` does: every prompt set with the study's ontology, and the main
 * one with each of the others.
 */
export async function evaluateReference(folder: string): Promise<ReferenceRuns> {
  const results = new Map<string, Results>();
  const ontologies = new Map<string, readonly Taxonomy[]>();
  const embeddings = join(folder, "published/model_embeddings");
  for (const name of ONTOLOGY_NAMES) {
    const { ontology } = await readOntology(name);
    ontologies.set(name, ontologiesOf(ontology));
    results.set(
      name,
      await evaluate({
        ...(name === STUDY_ONTOLOGY ? {} : { promptSets: [MAIN_PROMPT_SET] }),
        embeddings,
        groundTruth: groundTruthOf(folder),
        ontology,
        experiments: name === STUDY_ONTOLOGY ? ["audio-only", "triplets"] : ["triplets"],
        seed: SEED,
        draws: DRAWS,
        nameInput: (path) => relative(folder, path),
      }),
    );
  }
  return { folder, results, ontologies, texts: await readTexts(embeddings, results.get(STUDY_ONTOLOGY)!) };
}

/** The study's one-hot table. */
export const groundTruthOf = (folder: string): string => join(folder, "published/tinysol_groundtruth_reordered.csv");

/** The prompts that an evaluation scored; its rows are in the order of the ground truth, which is that of `tinysolTerms`. */
async function readTexts(embeddings: string, { experiments }: Results): Promise<TextSimilarities[]> {
  const scored = experiments.triplets!.filter(({ rule }) => rule === "lca");
  return await Promise.all(
    scored.map(async ({ model, space, promptSet }) => {
      const matrix = await readNpyMatrix(join(embeddings, model, "text", space, `${promptSet}.npy`));
      if (matrix.shape[0] !== tinysolTerms.length) throw new Error(`${promptSet} has ${matrix.shape[0]} rows`);
      return { model, space, promptSet, similarities: pairwiseSimilarity(matrix, matrix).data as Float64Array };
    }),
  );
}
