import type { ConfusionEntry, ReportData, TripletEntry } from "../report-data.ts";
import type { State } from "./state.ts";
import { unpackedFloats, unpackedIntegers, unquantised } from "./unpack.ts";

/** A triplet with its similarities, by places in the labels of the run. */
export interface ScoredTriplet {
  readonly anchor: number;
  readonly positive: number;
  readonly negative: number;
  /** Of anchor and positive, and of anchor and negative; NaN when they are not in the page. */
  readonly near: number;
  readonly far: number;
  /** Where anchor and positive meet in the ontology; -1 where that is not known. */
  readonly node: number;
}

/** The similarities of all clips to the prompts of one set. */
export interface SetOfScores {
  readonly labels: readonly number[];
  /** clips x labels. */
  readonly similarities: Float64Array;
  /** The column of each clip's nearest prompt. */
  readonly nearest: ArrayLike<number>;
  /** Largest rounding error. */
  readonly error: number;
}

/** The data of the page, unpacked when something asks for it. */
export class Run {
  readonly data: ReportData;
  /** Places in `data.ontology.nodes` of the children of each node. */
  readonly children: readonly (readonly number[])[];
  /** Places in `data.labels` of the labels at and below each node. */
  readonly labelsBelow: readonly ReadonlySet<number>[];
  readonly #triplets = new Map<TripletEntry, readonly ScoredTriplet[]>();
  readonly #scores = new Map<string, SetOfScores | undefined>();
  #clipLabels: ArrayLike<number> | undefined;

  constructor(data: ReportData) {
    this.data = data;
    const { nodes } = data.ontology;
    this.children = nodes.map((_, place) => [...nodes.keys()].filter((i) => nodes[i]!.parent === place));
    const below = nodes.map(({ term }) => new Set(term === undefined ? [] : [term]));
    for (let place = nodes.length - 1; place > 0; place--) {
      for (const label of below[place]!) below[nodes[place]!.parent]!.add(label);
    }
    this.labelsBelow = below;
  }

  label(place: number): string {
    return this.data.labels[place]!;
  }

  /** The row of the experiment triplets that the reader has chosen. */
  entry({ model, prompts, space, rule }: State): TripletEntry | undefined {
    const { models, promptSets, triplets } = this.data;
    return triplets.find(
      (row) =>
        models[row.model] === model &&
        promptSets[row.promptSet] === prompts &&
        row.space === space &&
        row.rule === rule,
    );
  }

  /** The confusion matrix that the reader has chosen. */
  confusion(state: State, answers = state.answers): ConfusionEntry | undefined {
    const { models, promptSets, confusions } = this.data;
    return confusions.find(
      (row) =>
        models[row.model] === state.model &&
        (row.answers === "prompts"
          ? answers === "prompts" && promptSets[row.promptSet] === state.prompts
          : row.rule === answers && row.space === state.space),
    );
  }

  /** The triplets behind a row; undefined when they are not in the page. */
  triplets(entry: TripletEntry): readonly ScoredTriplet[] | undefined {
    if (entry.list === null) return undefined;
    const known = this.#triplets.get(entry);
    if (known !== undefined) return known;
    const { labels, places, meeting } = this.data.tripletLists[entry.list]!;
    const width = labels.length;
    const packed = unpackedIntegers(places);
    const similarities =
      entry.similarities === null ? undefined : unpackedFloats(this.data.textSimilarities[entry.similarities]!.float64);
    const triplets: ScoredTriplet[] = [];
    for (let i = 0; i < packed.length; i += 3) {
      const [a, p, n] = [packed[i]!, packed[i + 1]!, packed[i + 2]!];
      triplets.push({
        anchor: labels[a]!,
        positive: labels[p]!,
        negative: labels[n]!,
        near: similarities?.[a * width + p] ?? Number.NaN,
        far: similarities?.[a * width + n] ?? Number.NaN,
        node: meeting[a * width + p]!,
      });
    }
    this.#triplets.set(entry, triplets);
    return triplets;
  }

  /** The label of each clip. */
  get clipLabels(): ArrayLike<number> {
    this.#clipLabels ??= unpackedIntegers(this.data.clips!.labels);
    return this.#clipLabels;
  }

  /** The similarities of the clips to a set of prompts; undefined when they are not in the page. */
  scores(model: string, promptSet: string): SetOfScores | undefined {
    const key = JSON.stringify([model, promptSet]);
    if (!this.#scores.has(key)) this.#scores.set(key, this.#unpack(model, promptSet));
    return this.#scores.get(key);
  }

  #unpack(model: string, promptSet: string): SetOfScores | undefined {
    const { models, promptSets, clips } = this.data;
    const found = clips?.scores.find((one) => models[one.model] === model && promptSets[one.promptSet] === promptSet);
    if (clips === null || found === undefined) return undefined;
    return {
      labels: found.labels,
      similarities: unquantised(found.similarities, clips.ids.length * found.labels.length),
      nearest: unpackedIntegers(found.nearest),
      error: found.similarities.step / 2,
    };
  }
}

/** Right where the positive is nearer, a tie where both are as near, wrong otherwise; as the run counts them. */
export function outcomeOf({ near, far }: ScoredTriplet): "right" | "wrong" | "tie" | "unknown" {
  if (Number.isNaN(near)) return "unknown";
  if (near === far) return "tie";
  return near > far ? "right" : "wrong";
}
