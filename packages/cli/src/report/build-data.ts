import { argmax } from "@irec/metrics";
import ndarray from "ndarray";
import type { TripletIndices } from "../outcomes/outcome-files.ts";
import type { RunOutcomes } from "../outcomes/read-outcomes.ts";
import type { ClassificationScores, Results } from "../results/results.ts";
import { packedFloats, packedIntegers, quantised } from "./packing.ts";
import type {
  ClipScores,
  ConfusionEntry,
  ConfusionSource,
  ReportClips,
  ReportData,
  TextSimilarities,
  TripletEntry,
  TripletList,
} from "./report-data.ts";
import { type RunOntology, runOntology } from "./run-ontology.ts";

/** How much of a page its parts may take, in numbers: about 1.8 MB of similarities, 0.5 MB of triplets, 0.5 MB of texts. */
const LIMITS = { clipScores: 900_000, triplets: 120_000, textSimilarities: 48_000 } as const;

/** All that the page's script needs of a run. */
export async function reportData(results: Results, outcomes: RunOutcomes | undefined): Promise<ReportData> {
  const { experiments, dataset, models } = results;
  const perClass = [...(experiments["zero-shot"] ?? []), ...(experiments["audio-only"] ?? [])];
  const named = runOntology(
    results,
    dataset?.labels ?? [],
    [
      perClass.flatMap((row) => row.perClass.map(({ label }) => label)),
      (experiments.triplets ?? []).flatMap((row) => row.perAnchor.map(({ label }) => label)),
      (outcomes?.scores ?? []).flatMap(({ labels }) => labels),
      (outcomes?.triplets ?? []).flatMap(({ labels }) => labels),
    ].flat(),
  );
  const promptSets = [
    ...new Set([...(experiments["zero-shot"] ?? []), ...(experiments.triplets ?? [])].map((row) => row.promptSet)),
  ];
  const places: Places = {
    label: named.labelPlace,
    model: placesOf(models),
    promptSet: placesOf(promptSets),
  };
  return {
    models,
    promptSets,
    labels: named.labels,
    ontology: named.ontology,
    confusions: confusions(results, places),
    ...(await tripletData(results, outcomes, named, places)),
    clips: await clipData(outcomes, places),
    majority: dataset === null ? null : dataset.majorityBaseline,
  };
}

/** Where a name is in a list. */
type PlaceOf = (name: string) => number;
interface Places {
  readonly label: PlaceOf;
  readonly model: PlaceOf;
  readonly promptSet: PlaceOf;
}

function placesOf(names: readonly string[]): PlaceOf {
  const places = new Map(names.map((name, i) => [name, i]));
  return (name) => places.get(name)!;
}

function confusions({ experiments }: Results, places: Places): readonly ConfusionEntry[] {
  const entry = (source: ConfusionSource, row: ClassificationScores): ConfusionEntry => ({
    ...source,
    labels: row.perClass.map(({ label }) => places.label(label)),
    counts: row.confusion.flat(),
  });
  return [
    ...(experiments["zero-shot"] ?? []).map((row) =>
      entry({ answers: "prompts", model: places.model(row.model), promptSet: places.promptSet(row.promptSet) }, row),
    ),
    ...(experiments["audio-only"] ?? []).map((row) =>
      entry({ answers: "prototypes", model: places.model(row.model), space: row.space, rule: row.rule }, row),
    ),
  ];
}

async function tripletData(
  { experiments }: Results,
  outcomes: RunOutcomes | undefined,
  ontology: RunOntology,
  places: Places,
): Promise<Pick<ReportData, "triplets" | "tripletLists" | "textSimilarities">> {
  const tripletLists: TripletList[] = [];
  const textSimilarities: TextSimilarities[] = [];
  const known = new Map<string, number | null>();
  let numbers = 0;
  const once = async (key: readonly unknown[], make: () => Promise<number | null>) => {
    const text = JSON.stringify(key);
    if (!known.has(text)) known.set(text, await make());
    return known.get(text)!;
  };
  const triplets: TripletEntry[] = [];
  for (const row of experiments.triplets ?? []) {
    const { model, promptSet, space, rule } = row;
    const found = outcomes?.triplets.find(
      (one) =>
        one.row.model === model && one.row.space === space && one.row.promptSet === promptSet && one.row.rule === rule,
    );
    const list =
      found === undefined
        ? null
        : await once([rule, found.labels], async () => {
            tripletLists.push(tripletList(found.labels, await found.triplets(), ontology, places));
            return tripletLists.length - 1;
          });
    const similarities =
      found === undefined
        ? null
        : await once([model, promptSet, space], async () => {
            const labels = found.labels.length;
            if (numbers + labels ** 2 > LIMITS.textSimilarities) return null;
            numbers += labels ** 2;
            textSimilarities.push({ labels, float64: packedFloats((await found.similarities()).data) });
            return textSimilarities.length - 1;
          });
    triplets.push({
      model: places.model(model),
      promptSet: places.promptSet(promptSet),
      space,
      rule,
      triplets: row.triplets,
      correct: row.correct,
      ties: row.ties,
      interval: [row.microInterval.low, row.microInterval.high],
      perNode: row.perNode.flatMap((n) => {
        const place = ontology.nodePlace(n.node);
        return place === undefined ? [] : [[place, n.triplets, n.correct, n.ties] as const];
      }),
      perAnchor: row.perAnchor.map((a) => [places.label(a.label), a.triplets, a.correct, a.ties] as const),
      list,
      similarities,
    });
  }
  return { triplets, tripletLists, textSimilarities };
}

function tripletList(
  labels: readonly string[],
  { anchors, positives, negatives }: TripletIndices,
  ontology: RunOntology,
  places: Places,
): TripletList {
  const total = anchors.length;
  const step = Math.max(1, Math.ceil(total / LIMITS.triplets));
  const kept: number[] = [];
  for (let t = 0; t < total; t += step) kept.push(anchors[t]!, positives[t]!, negatives[t]!);
  return {
    labels: labels.map(places.label),
    total,
    step,
    places: packedIntegers(kept),
    meeting: labels.flatMap((a) => labels.map((b) => ontology.meeting(a, b))),
  };
}

async function clipData(outcomes: RunOutcomes | undefined, places: Places): Promise<ReportClips | null> {
  const entries = (outcomes?.scores ?? []).flatMap((entry) =>
    entry.row.experiment === "zero-shot" ? [{ ...entry, row: entry.row }] : [],
  );
  if (outcomes?.clips === undefined || entries.length === 0) return null;
  const { ids, labels } = outcomes.clips;
  const perClip = entries.reduce((sum, entry) => sum + entry.labels.length, 0);
  const step = Math.max(1, Math.ceil((ids.length * perClip) / LIMITS.clipScores));
  const everyStep = <T>(list: readonly T[]) => list.filter((_, i) => i % step === 0);
  const scores: ClipScores[] = [];
  for (const entry of entries) {
    const width = entry.labels.length;
    const { data } = await entry.similarities();
    const clips = Math.ceil(ids.length / step);
    const kept = new Float64Array(clips * width);
    for (let clip = 0; clip < clips; clip++) {
      kept.set(data.subarray(clip * step * width, (clip * step + 1) * width), clip * width);
    }
    scores.push({
      model: places.model(entry.row.model),
      promptSet: places.promptSet(entry.row.promptSet),
      labels: entry.labels.map(places.label),
      similarities: quantised(kept),
      nearest: packedIntegers(argmax(ndarray(kept, [clips, width]))),
    });
  }
  return {
    total: ids.length,
    step,
    ids: everyStep(ids),
    labels: packedIntegers(everyStep(labels).map(places.label)),
    scores,
  };
}
