import { anchorInterval, mean, rightTriplets, signFlipP } from "./anchor-statistics.ts";
import { instrumentIntervals } from "./instrument-bootstrap.ts";
import { permutations } from "./label-permutation.ts";
import type { Question } from "./questions.ts";
import type { TextSimilarities } from "./reference-runs.ts";

/** Random assignments of prompts to instruments, for each pair of models or spaces. */
const TRIALS = 250;
/** Resamples and sign patterns in each of them. */
const TRIAL_DRAWS = 499;

/** How often each procedure finds something at 5 % where there is nothing: shares of trials. */
export interface Calibration {
  readonly ontology: string;
  readonly rule: string;
  /** Accuracies against a half. */
  readonly chance: FalseAlarms;
  /** Differences of two embeddings on the same triplets. */
  readonly pairs: FalseAlarms;
}

interface FalseAlarms {
  readonly trials: number;
  readonly anchorInterval: number;
  readonly instrumentInterval: number;
  readonly signFlip: number;
  /** Sign-flip test and interval over instruments say the same. */
  readonly signFlipAndInstruments: number;
}

/**
 * Prompts change places at random, the same for both sides of a pair, so that neither knows instruments while all similarities
 * stay what they are.
 * @param pairs - the embeddings whose differences are tested
 */
export function calibrate(
  question: Question,
  pairs: readonly (readonly [TextSimilarities, TextSimilarities])[],
): Calibration {
  const assignments = [...permutations(question, TRIALS)];
  const under = (text: TextSimilarities) =>
    assignments.map((labelOf) => rightTriplets(question, text.similarities, labelOf));
  const texts = [...new Set(pairs.flat())];
  const right = new Map(texts.map((text) => [text, under(text)]));
  const differences = pairs.flatMap(([a, b]) =>
    right.get(a)!.map((values, i) => values.map((value, t) => value - right.get(b)![i]![t]!)),
  );
  return {
    ontology: question.ontology,
    rule: question.rule,
    chance: falseAlarms(question, [...right.values()].flat(), 0.5),
    pairs: falseAlarms(question, differences, 0),
  };
}

function falseAlarms(question: Question, trials: readonly Float64Array[], expected: number): FalseAlarms {
  const excludes = ([low, high]: readonly [number, number]) => low > expected || high < expected;
  const byAnchors = trials.map((values) => excludes(anchorInterval(question, values, TRIAL_DRAWS)));
  const byInstruments = instrumentIntervals(question, trials, TRIAL_DRAWS).map(excludes);
  const bySigns = trials.map((values) => signFlipP(question, values, expected, TRIAL_DRAWS) <= 0.05);
  const share = (alarms: readonly boolean[]) => mean(alarms.map(Number));
  return {
    trials: trials.length,
    anchorInterval: share(byAnchors),
    instrumentInterval: share(byInstruments),
    signFlip: share(bySigns),
    signFlipAndInstruments: share(bySigns.map((alarm, i) => alarm && byInstruments[i]!)),
  };
}
