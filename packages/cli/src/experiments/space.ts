import {
  anisotropy,
  collapse,
  effectiveRank,
  hubness,
  pairwiseSimilarity,
  UndefinedMetricError,
  uniformity,
} from "@irec/metrics";
import ndarray, { type NdArray } from "ndarray";
import { turn } from "../npy/byte-source.ts";
import type { SpaceRow } from "../results/analysis-rows.ts";
import { SPACES } from "../store/embedding-store.ts";
import { NotServed } from "../store/not-served.ts";
import { type ExperimentContext, type Outcome, OutcomeBuilder } from "./experiment.ts";
import { amongDirections } from "./located-errors.ts";
import { wholeAudio } from "./whole-audio.ts";

/**
 * How do audio and text fill their spaces, before and after the projection? Isotropy, uniformity, rank, hubs, and whether a tower
 * has collapsed, so that what it is given makes no difference.
 */
export async function space(context: ExperimentContext): Promise<Outcome<SpaceRow>> {
  const outcome = new OutcomeBuilder<SpaceRow>();
  for (const model of context.models) {
    for (const where of SPACES) {
      const part = { experiment: "space", model: model.name, space: where } as const;
      await outcome.attempt(part, async () => {
        const { path, matrix } = await wholeAudio(model, where, context.groundTruth?.labels ?? []);
        const found = await namingRows(path, () => diagnose(matrix));
        return { model: model.name, space: where, modality: "audio", promptSet: null, ...found };
      });
      for (const promptSet of model.promptSets(where)) {
        await outcome.attempt({ ...part, promptSet }, async () => {
          const { path, matrix } = await model.text(where, promptSet);
          const found = await namingRows(path, () => diagnose(matrix));
          return { model: model.name, space: where, modality: "text", promptSet, ...found };
        });
      }
    }
  }
  return outcome;
}

const namingRows = <T>(file: string, run: () => Promise<T>): Promise<T> =>
  amongDirections({ embeddings: { file }, a: { file }, b: { file } }, run);

/** With more rows than this, pairs are made of evenly spaced ones. */
const MOST_COMPARED = 400;
/** The neighbourhood that the literature on hubs reports; a quarter of the others where there are few. */
const NEIGHBOURS = 10;

async function diagnose(all: NdArray): Promise<Omit<SpaceRow, "model" | "space" | "modality" | "promptSet">> {
  const [rows, dimensions] = all.shape as [number, number];
  if (rows < 2) throw new NotServed("a space needs two embeddings, there is 1");
  const some = evenlySpaced(all, Math.min(rows, MOST_COMPARED));
  const compared = some.shape[0]!;
  const ranks = rankOf(some);
  await turn();
  const { spread, duplicates, lowestCosine, highestCosine } = collapse(some);
  const even = uniformity(some);
  await turn();
  const neighbours = Math.max(1, Math.min(NEIGHBOURS, Math.floor((compared - 1) / 4)));
  const { skewness, antiHubShare, hubShare } = hubness(pairwiseSimilarity(some, some), {
    k: neighbours,
    excludeSelf: true,
  });
  return {
    rows,
    dimensions,
    compared,
    anisotropy: anisotropy(all),
    uniformity: even,
    effectiveRank: ranks?.effectiveRank ?? null,
    participationRatio: ranks?.participationRatio ?? null,
    topShare: ranks?.topShare ?? null,
    spread,
    duplicates,
    lowestCosine,
    highestCosine,
    hubs: { neighbours, skewness, antiHubShare, hubShare },
  };
}

function rankOf(rows: NdArray) {
  try {
    return effectiveRank(rows);
  } catch (error) {
    if (error instanceof UndefinedMetricError) return undefined;
    throw error;
  }
}

function evenlySpaced(all: NdArray, count: number): NdArray {
  const [rows, size] = all.shape as [number, number];
  if (count === rows) return all;
  const data = new Float64Array(count * size);
  for (let i = 0; i < count; i++) {
    const row = Math.floor((i * rows) / count);
    for (let k = 0; k < size; k++) data[i * size + k] = all.get(row, k);
  }
  return ndarray(data, [count, size]);
}
