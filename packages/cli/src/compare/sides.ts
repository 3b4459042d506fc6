import { UsageError } from "../errors.ts";
import type { RunOutcomes } from "../outcomes/read-outcomes.ts";
import { quoted } from "../quoted.ts";

/** A model of a run, perhaps with one prompt set only. */
export interface Side {
  readonly run: RunOutcomes;
  readonly model: string;
  /** Undefined: each prompt set against the one of the same name. */
  readonly promptSet: string | undefined;
}

/** Which models and prompt sets are compared. */
export interface SideChoice {
  readonly modelA?: string | undefined;
  readonly modelB?: string | undefined;
  readonly promptsA?: string | undefined;
  readonly promptsB?: string | undefined;
}

/**
 * What is compared with what. Of two runs: the models that are named, or the only one of each, or those of the same name. Of one
 * run: the models that are named, or every two of them; or two prompt sets of each model.
 * @throws {UsageError} when nothing is left, or a name is unknown
 */
export function pairsOfSides(a: RunOutcomes, b: RunOutcomes, choice: SideChoice): readonly (readonly [Side, Side])[] {
  for (const [run, model] of [[a, choice.modelA] as const, [b, choice.modelB] as const]) {
    if (model !== undefined && !run.models.includes(model)) {
      throw new UsageError(`${run.run} has no model ${quoted(model)}; it has ${run.models.join(", ")}.`);
    }
  }
  const { promptsA, promptsB } = choice;
  for (const [run, promptSet] of [[a, promptsA] as const, [b, promptsB] as const]) {
    const known = promptSetsOf(run);
    if (promptSet !== undefined && !known.includes(promptSet)) {
      throw new UsageError(`${run.run} has no prompt set ${quoted(promptSet)}; it has ${known.join(", ") || "none"}.`);
    }
  }
  if ((promptsA === undefined) !== (promptsB === undefined)) {
    throw new UsageError("--prompts-a and --prompts-b are given together: a prompt set of each side.");
  }
  const pairs = modelPairs(a, b, choice).map(([modelA, modelB]): readonly [Side, Side] => [
    { run: a, model: modelA, promptSet: promptsA },
    { run: b, model: modelB, promptSet: promptsB },
  ]);
  if (a === b && promptsA === promptsB && pairs.every(([one, other]) => one.model === other.model)) {
    throw new UsageError(
      pairs.length === 0 || choice.modelA === undefined
        ? `${a.run} has a single model; give a second run, or two prompt sets of it with --prompts-a and --prompts-b.`
        : "a model of a run is compared with itself; name two models, two prompt sets or two runs.",
    );
  }
  return pairs;
}

function modelPairs(a: RunOutcomes, b: RunOutcomes, { modelA, modelB, promptsA, promptsB }: SideChoice) {
  if (modelA !== undefined && modelB !== undefined) return [[modelA, modelB] as const];
  if (a === b && promptsA === promptsB) {
    const named = modelA ?? modelB;
    const every = a.models.flatMap((one, i) => a.models.slice(i + 1).map((other) => [one, other] as const));
    if (named === undefined) return every;
    return a.models
      .filter((model) => model !== named)
      .map((model) => (modelA === undefined ? ([model, named] as const) : ([named, model] as const)));
  }
  if (modelA !== undefined) return [[modelA, counterpart(modelA, b, "--model-b")] as const];
  if (modelB !== undefined) return [[counterpart(modelB, a, "--model-a"), modelB] as const];
  if (a.models.length === 1 && b.models.length === 1) return [[a.models[0]!, b.models[0]!] as const];
  const shared = a.models.filter((model) => b.models.includes(model));
  if (shared.length > 0) return shared.map((model) => [model, model] as const);
  throw new UsageError(
    `the runs share no model: ${a.run} has ${a.models.join(", ")}, ${b.run} has ${b.models.join(", ")}. ` +
      "Name one of each with --model-a and --model-b.",
  );
}

/** The model of the other run that belongs to a named one. */
function counterpart(model: string, run: RunOutcomes, option: string): string {
  if (run.models.includes(model)) return model;
  if (run.models.length === 1) return run.models[0]!;
  throw new UsageError(`${run.run} has no model ${quoted(model)}; choose with ${option}: ${run.models.join(", ")}.`);
}

function promptSetsOf({ scores, triplets }: RunOutcomes): readonly string[] {
  const ofScores = scores.flatMap(({ row }) => (row.experiment === "zero-shot" ? [row.promptSet] : []));
  return [...new Set([...ofScores, ...triplets.map(({ row }) => row.promptSet)])];
}
