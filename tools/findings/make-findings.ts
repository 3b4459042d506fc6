import { createHash } from "node:crypto";
import { holmCorrection } from "@irec/metrics";
import { sharedInstruments, tinysolTerms } from "@irec/ontology";
import { PUBLISHED_STUDY } from "../../packages/cli/src/results/published-study.ts";
import type { Results, TripletRow, TripletRule } from "../../packages/cli/src/results/results.ts";
import {
  anchorInterval,
  mean,
  rightTriplets,
  signFlipP,
  type TripletValues,
  totalsOfAnchors,
} from "./anchor-statistics.ts";
import { audioFindings, endsOf } from "./audio-findings.ts";
import { calibrate } from "./calibration.ts";
import type {
  ChanceRow,
  DatasetNumbers,
  Findings,
  HalvesRow,
  OntologySet,
  PairRow,
  PublishedRow,
  SensitivityRow,
  TripletTable,
} from "./findings.ts";
import { INSTRUMENT_DRAWS, instrumentIntervals } from "./instrument-bootstrap.ts";
import { labelPermutationP, PERMUTATIONS } from "./label-permutation.ts";
import { directionsOf, partOf, type Question, questionOf } from "./questions.ts";
import {
  DRAWS,
  MAIN_PROMPT_SET,
  type ReferenceRuns,
  SEED,
  STUDY_ONTOLOGY,
  type TextSimilarities,
} from "./reference-runs.ts";

/** Between models: the first less the second. */
const MODELS = ["music_laion_clap", "muscall"] as const;
const SPACES = ["pre_joint", "joint_space"] as const;

/** Every number of docs/findings.md. */
export async function makeFindings(runs: ReferenceRuns): Promise<Findings> {
  const study = runs.results.get(STUDY_ONTOLOGY)!;
  const main = runs.texts.filter(({ promptSet }) => promptSet === MAIN_PROMPT_SET);
  const ask = (ontology: string, rule: TripletRule, texts: readonly TextSimilarities[]) =>
    score(questionOf(runs, ontology, rule), texts, runs.results.get(ontology)!);
  const everyPrompt = (["published-2024", "lca"] as const).map((rule) => ask(STUDY_ONTOLOGY, rule, runs.texts));
  const ofMain = ({ promptSet }: { readonly promptSet: string }) => promptSet === MAIN_PROMPT_SET;
  const prompts = corrected(everyPrompt);
  const published = questionOf(runs, STUDY_ONTOLOGY, "published-2024");
  const mainPairs = pairsOf(main).map(({ first, second }) => [first, second] as const);
  const zeroShot = publishedZeroShot(study);
  const { dataset, audio, audioPairs, foldSplits } = await audioFindings(runs);

  return {
    method: {
      draws: DRAWS,
      instrumentDraws: INSTRUMENT_DRAWS,
      permutations: PERMUTATIONS,
      seed: SEED,
      inputs: inputsOf(runs),
    },
    dataset,
    main: corrected(
      everyPrompt.map(({ chance, pairs }) => ({ chance: chance.filter(ofMain), pairs: pairs.filter(ofMain) })),
    ),
    otherRules: corrected((["path", "wu-palmer"] as const).map((rule) => ask(STUDY_ONTOLOGY, rule, main))),
    ontologies: corrected([...runs.ontologies.keys()].map((ontology) => ask(ontology, "lca", main))),
    ontologySets: ontologySetsOf(runs),
    prompts,
    sensitivity: sensitivityOf(prompts.chance, zeroShot),
    directions: [...runs.ontologies].map(([ontology, taxonomies]) => {
      const directions = directionsOf(published, taxonomies);
      const count = (which: string) => directions.filter((direction) => direction === which).length;
      return {
        ontology,
        same: count("same"),
        reversed: count("reversed"),
        tied: count("tied"),
        notAsked: count("notAsked"),
      };
    }),
    halves: halvesOf(runs, published, main),
    calibration: (["published-2024", "lca"] as const).map((rule) =>
      calibrate(questionOf(runs, STUDY_ONTOLOGY, rule), mainPairs),
    ),
    zeroShot,
    zeroShotReferences: zeroShotReferences(dataset),
    audio,
    audioPairs,
    foldSplits,
  };
}

type UncorrectedChance = Omit<ChanceRow, "signFlipHolm" | "labelHolm">;
type UncorrectedPair = Omit<PairRow, "holm">;
interface Uncorrected {
  readonly chance: readonly UncorrectedChance[];
  readonly pairs: readonly UncorrectedPair[];
}

/** Every embedding on one question, against chance and against each other. */
function score(question: Question, texts: readonly TextSimilarities[], results: Results): Uncorrected {
  const { ontology, rule, anchors } = question;
  const right = new Map(texts.map((text) => [text, rightTriplets(question, text.similarities)]));
  const pairs = pairsOf(texts).map((pair) => ({
    ...pair,
    values: minus(right.get(pair.first)!, right.get(pair.second)!),
  }));
  const intervals = instrumentIntervals(question, [...right.values(), ...pairs.map(({ values }) => values)]);
  return {
    chance: texts.map((text, i) => {
      const row = resultsRow(results, text, rule);
      const values = right.get(text)!;
      const { sums } = totalsOfAnchors(question, values);
      if (row.perAnchor.some(({ correct }, a) => correct !== sums[a]) || row.triplets !== values.length) {
        throw new Error(`${ontology}, ${rule}, ${text.model}: the evaluation scores other triplets than these`);
      }
      return {
        ...{ ontology, rule, promptSet: text.promptSet, model: text.model, space: text.space },
        ...{ triplets: row.triplets, correct: row.correct, ties: row.ties, anchors: anchors.length },
        ...{ micro: row.micro, macro: row.macro },
        interval: endsOf(row.microInterval),
        macroInterval: endsOf(row.macroInterval),
        instrumentInterval: intervals[i]!,
        signFlipP: signFlipP(question, values, 0.5),
        labelP: labelPermutationP(question, text.similarities),
      };
    }),
    pairs: pairs.map(({ kind, first, second, values }, i) => ({
      ...{ ontology, rule, promptSet: first.promptSet, kind },
      first: { model: first.model, space: first.space },
      second: { model: second.model, space: second.space },
      difference: mean(values),
      interval: anchorInterval(question, values),
      instrumentInterval: intervals[texts.length + i]!,
      p: signFlipP(question, values, 0),
    })),
  };
}

const minus = (a: TripletValues, b: TripletValues): TripletValues => a.map((value, t) => value - b[t]!);

function resultsRow({ experiments }: Results, text: TextSimilarities, rule: TripletRule): TripletRow {
  return experiments.triplets!.find(
    (row) =>
      row.rule === rule && row.model === text.model && row.space === text.space && row.promptSet === text.promptSet,
  )!;
}

/** Joint less pre-joint of each model, and Music CLAP less MusCALL in each space, for each prompt set. */
function pairsOf(texts: readonly TextSimilarities[]) {
  const of = (promptSet: string, model: string, space: string) =>
    texts.find((text) => text.promptSet === promptSet && text.model === model && text.space === space)!;
  return [...new Set(texts.map(({ promptSet }) => promptSet))].flatMap((promptSet) => [
    ...MODELS.map((model) => ({
      kind: "projection" as const,
      first: of(promptSet, model, "joint_space"),
      second: of(promptSet, model, "pre_joint"),
    })),
    ...SPACES.map((space) => ({
      kind: "models" as const,
      first: of(promptSet, MODELS[0], space),
      second: of(promptSet, MODELS[1], space),
    })),
  ]);
}

/** A table of several questions; families are what one rule says against chance, and in each kind of pair. */
function corrected(parts: readonly Uncorrected[]): TripletTable {
  const chance = parts.flatMap((part) => part.chance);
  const pairs = parts.flatMap((part) => part.pairs);
  const rule = (row: { readonly rule: string }) => row.rule;
  const signFlipHolm = holmBy(chance, rule, (row) => row.signFlipP);
  const labelHolm = holmBy(chance, rule, (row) => row.labelP);
  const holm = holmBy(
    pairs,
    (row) => `${row.rule} ${row.kind}`,
    (row) => row.p,
  );
  return {
    chance: chance.map((row) => ({ ...row, signFlipHolm: signFlipHolm.get(row)!, labelHolm: labelHolm.get(row)! })),
    pairs: pairs.map((row) => ({ ...row, holm: holm.get(row)! })),
  };
}

function holmBy<Row>(
  rows: readonly Row[],
  familyOf: (row: Row) => string,
  pOf: (row: Row) => number,
): ReadonlyMap<Row, number> {
  const families = new Map<string, Row[]>();
  for (const row of rows) families.set(familyOf(row), [...(families.get(familyOf(row)) ?? []), row]);
  return new Map(
    [...families.values()].flatMap((family) => {
      const adjusted = holmCorrection(family.map(pOf));
      return family.map((row, i) => [row, adjusted[i]!] as const);
    }),
  );
}

function ontologySetsOf(runs: ReferenceRuns): OntologySet[] {
  const names = [...runs.ontologies.keys()];
  const triplets = names.map((name) => {
    const { anchors, positives, negatives } = questionOf(runs, name, "lca").triplets;
    return [anchors, positives, negatives].join(";");
  });
  return names.map((ontology, i) => {
    const { instruments, missing } = sharedInstruments(runs.ontologies.get(ontology)!, { instruments: tinysolTerms });
    return {
      ...{ ontology, instruments: instruments.length, lacks: missing.map(({ label }) => label) },
      sameTripletsAs: names.slice(0, i).filter((_, other) => triplets[other] === triplets[i]),
    };
  });
}

function halvesOf(runs: ReferenceRuns, published: Question, texts: readonly TextSimilarities[]): HalvesRow[] {
  const directions = directionsOf(published, runs.ontologies.get(STUDY_ONTOLOGY)!);
  const [same, reversed] = (["same", "reversed"] as const).map((which) =>
    partOf(published, (t) => directions[t] === which),
  );
  const tested = texts.flatMap((text) =>
    [same!, reversed!].map((half) => {
      const values = rightTriplets(half, text.similarities);
      const correct = values.reduce((sum, value) => sum + value, 0);
      return {
        ...{ triplets: values.length, anchors: half.anchors.length, correct, accuracy: mean(values) },
        interval: anchorInterval(half, values),
        labelP: labelPermutationP(half, text.similarities),
      };
    }),
  );
  const holm = holmCorrection(tested.map(({ labelP }) => labelP));
  const halves = tested.map((half, i) => ({ ...half, labelHolm: holm[i]! }));
  return texts.map((text, i) => {
    const [inSame, inReversed] = [halves[2 * i]!, halves[2 * i + 1]!];
    const turned = rightTriplets(turnedRound(reversed!), text.similarities).reduce((sum, value) => sum + value, 0);
    return {
      ...{ model: text.model, space: text.space, same: inSame, reversed: inReversed },
      turned: (inSame.correct + turned) / (inSame.triplets + inReversed.triplets),
    };
  });
}

const turnedRound = (question: Question): Question => ({
  ...question,
  triplets: {
    ...question.triplets,
    positives: question.triplets.negatives,
    negatives: question.triplets.positives,
  },
});

function publishedZeroShot({ models }: Results): PublishedRow[] {
  const column = (name: (typeof PUBLISHED_STUDY.columns)[number]) => PUBLISHED_STUDY.columns.indexOf(name);
  return PUBLISHED_STUDY.tables
    .filter(({ experiment }) => experiment === "zero-shot")
    .flatMap((table) =>
      Object.entries(table.rows as Readonly<Record<string, readonly number[]>>).map(([promptSet, numbers]) => ({
        model: models.find((model) => (table.models as readonly string[]).includes(model))!,
        promptSet,
        top1: numbers[column("top-1")]!,
        f1Weighted: numbers[column("F1")]!,
        rocAuc: numbers[column("ROC-AUC")]!,
        averagePrecision: numbers[column("PR-AUC")]!,
      })),
    );
}

function zeroShotReferences({ majority, labels }: DatasetNumbers): Findings["zeroShotReferences"] {
  return {
    uniformTop1: 1 / labels,
    majorityTop1: majority,
    // Of the one label that is ever answered, precision is its share and recall 1; F1 of the others is 0.
    majorityF1Weighted: (majority * 2 * majority) / (1 + majority),
    rocAuc: 0.5,
    // The average precision of scores without order is the label's share; shares sum to 1.
    averagePrecision: 1 / labels,
  };
}

function sensitivityOf(chance: readonly ChanceRow[], zeroShot: readonly PublishedRow[]): SensitivityRow[] {
  const ofTriplets = chance.map((row) => ({ ...row, score: row.rule, value: row.micro }));
  const ofZeroShot = zeroShot.map((row) => ({ ...row, score: "zero-shot", space: "joint_space", value: row.top1 }));
  const groups = new Map<string, SensitivityValue[]>();
  for (const row of [...ofTriplets, ...ofZeroShot]) {
    const key = `${row.score} ${row.model} ${row.space}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) => {
    const [{ score, model, space }] = rows as [SensitivityValue];
    const values = rows.map(({ value }) => value);
    const sorted = rows.toSorted((a, b) => a.value - b.value);
    const centre = mean(values);
    const end = ({ promptSet, value }: SensitivityValue) => ({ promptSet, value });
    return {
      ...{ score, model, space, promptSets: rows.length, mean: centre },
      sd: Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)),
      worst: end(sorted[0]!),
      best: end(sorted.at(-1)!),
    };
  });
}

interface SensitivityValue {
  readonly score: string;
  readonly model: string;
  readonly space: string;
  readonly promptSet: string;
  readonly value: number;
}

function inputsOf({ results }: ReferenceRuns): Findings["method"]["inputs"] {
  const { inputs } = results.get(STUDY_ONTOLOGY)!.provenance;
  const lines = inputs.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  return { files: inputs.length, sha256: createHash("sha256").update(lines.join("")).digest("hex") };
}
