import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Checkpoint, ContrastiveTrainer, Schedule, TokenizerFiles } from "@irec/encoders";
import { withFileLock } from "../../download/file-lock.ts";
import { type Encoders, withEncoders } from "../../encoders.ts";
import { InputError } from "../../errors.ts";
import { onInterrupt } from "../../interrupt.ts";
import { cachedTokenizer } from "../../models/cached-model.ts";
import { modelNamed } from "../../models/registry.ts";
import { turn } from "../../npy/byte-source.ts";
import type { CommonConfig, TrainContext } from "../training-kind.ts";
import { removePartial, writeWhole } from "../write-whole.ts";
import { Batches } from "./batches.ts";
import { type ContrastiveConfig, contrastiveConfigJson } from "./contrastive-config.ts";
import { beginRunFolder, namedTexts, openRunFolder, RUN_FILES, requireNothingToLose } from "./run-folder.ts";
import { RunLog } from "./run-log.ts";
import { checkpointBytes, type RunState, requireSameRun, restoreFrom, runStateOf } from "./run-state.ts";
import { listPairs, type PairSet, tokenizePairs } from "./training-data.ts";
import { epochText, summaryText, timeLeft } from "./training-text.ts";
import { planValidation, selectionValue, type ValidationPlan, validate } from "./validation.ts";
import { KEPT, NOTHING_TRAINED } from "./what-is-kept.ts";

/** While a step is computed, a lock gives no sign of life. */
const LONGEST_STEP_MS = 15 * 60_000;

/**
 * Trains a MusCALL-style model, or goes on with it where the last checkpoint was taken, to the same bytes.
 * @returns a summary for the user
 */
export async function trainContrastive(
  config: ContrastiveConfig,
  common: CommonConfig,
  context: TrainContext,
): Promise<string> {
  return await withEncoders(async (encoders) => {
    const files = await tokenizerOf(encoders, config, common);
    const isNew = await openRunFolder(common.out);
    const onWait = () => context.say("Another process trains into this folder; waiting for it.");
    return await withFileLock(
      join(common.out, ".lock"),
      async () => {
        removePartial(common.out);
        return await trainIn(encoders, files, config, common, context);
      },
      { onWait, timing: { stale: LONGEST_STEP_MS } },
    ).catch((error: unknown) => {
      if (isNew) removeIfEmpty(common.out);
      throw error;
    });
  });
}

async function trainIn(
  encoders: Encoders,
  files: TokenizerFiles,
  config: ContrastiveConfig,
  common: CommonConfig,
  context: TrainContext,
): Promise<string> {
  const { out, seed } = common;
  const checkpointPath = join(out, RUN_FILES.checkpoint);
  const earlier = existsSync(checkpointPath) ? await encoders.openCheckpointFile(checkpointPath) : undefined;
  let run: Run | undefined;
  try {
    const before = earlier === undefined ? undefined : runStateOf(earlier);
    if (earlier === undefined) await requireNothingToLose(out, config, seed);
    run = await prepare(encoders, files, config, common, context);
    const fresh: RunState = {
      ...run.identity,
      epoch: 0,
      step: 0,
      lossSum: 0,
      best: null,
      finished: false,
      logBytes: 0,
    };
    if (before !== undefined) requireSameRun(out, before, run.identity);
    const hasBest = before?.best == null || existsSync(join(out, RUN_FILES.best));
    if (before?.finished) {
      if (!hasBest) throw goneBest(out, before);
      context.say(`This run is complete; nothing was left to do.`);
      return summaryText(config, before, run.stepsPerEpoch, out);
    }
    if (earlier === undefined) beginRunFolder(common, files, config);
    else await restoreFrom(encoders, earlier as Checkpoint, run.trainer);
    if (!hasBest)
      context.say(`${RUN_FILES.best} is gone: the best epoch is chosen among those that are still to come.`);
    return await loop(encoders, run, { ...(before ?? fresh), ...(hasBest ? {} : { best: null }) }, context);
  } finally {
    await earlier?.close();
    run?.trainer.dispose();
  }
}

/** The best model of a run that is complete was removed: no checkpoint has it, unless it was the last one. */
function goneBest(out: string, { best, epoch }: RunState): InputError {
  return new InputError(
    join(out, RUN_FILES.best),
    `is gone, and this run is complete: it was the model of epoch ${best!.epoch}. ${RUN_FILES.checkpoint} has that of the ` +
      `last epoch, ${epoch}, and can be used as a model; to train anew, delete the folder or choose another --out.`,
  );
}

/** Everything that stays the same from the first step to the last. */
interface Run {
  readonly config: ContrastiveConfig;
  readonly out: string;
  readonly trainer: ContrastiveTrainer;
  readonly batches: Batches;
  readonly train: PairSet;
  readonly validation: PairSet;
  readonly plan: ValidationPlan;
  readonly stepsPerEpoch: number;
  readonly identity: Pick<RunState, "config" | "seed" | "backend" | "data">;
}

async function prepare(
  encoders: Encoders,
  files: TokenizerFiles,
  config: ContrastiveConfig,
  common: CommonConfig,
  { backend, say }: TrainContext,
): Promise<Run> {
  const { out, seed, file } = common;
  const sources = config.data;
  const listed = {
    train: await listPairs(sources.train, config),
    validation: await listPairs(sources.validation, config),
  };
  const count = listed.train.pairs.length;
  const { batchSize, epochs } = config;
  if (count < batchSize) {
    const problem = `is ${batchSize}, and there are ${count} clips to train on; take at most as many`;
    throw new InputError(file, `config.batchSize: ${problem}.`);
  }
  const held = listed.validation.pairs.length;
  if (held < 2) throw new InputError(file, `config.data.validation: has ${held} clip; the loss needs 2 at least.`);
  const stepsPerEpoch = Math.floor(count / batchSize);
  const tokenizer = encoders.clipBpe(files);
  const { startFrom, model, optimiser, loss } = config;
  const trainer = await asConfigError(encoders, common, config, () =>
    encoders.createContrastiveTrainer({
      config: startFrom === undefined ? { vocabularySize: tokenizer.vocabularySize, ...model } : model,
      seed,
      loss,
      optimiser,
      schedule: scheduleOf(encoders, config, stepsPerEpoch * epochs),
      ...(backend === undefined ? {} : { backend }),
      ...(startFrom === undefined ? {} : { checkpoint: startFrom }),
    }),
  );
  const { sampleRate, vocabularySize, contextLength } = trainer.config;
  if (vocabularySize !== tokenizer.vocabularySize) {
    const problem = `has ${tokenizer.vocabularySize} ids, and the model's token embedding has ${vocabularySize} rows`;
    throw new InputError(file, `config.tokenizer: ${problem}.`);
  }
  const { augmentation } = config;
  if (augmentation !== undefined) {
    await asConfigError(encoders, common, config, async () => encoders.requireAugmentation(augmentation, sampleRate));
  }
  const train = tokenizePairs(sources.train, listed.train, tokenizer, contextLength);
  const validation = tokenizePairs(sources.validation, listed.validation, tokenizer, contextLength);
  for (const remark of [...train.remarks, ...validation.remarks]) say(remark);
  if (held < batchSize) {
    say(
      `There are ${held} clips for validation, less than a batch of ${batchSize}: its loss is of one batch of ${held}.`,
    );
  }
  say(
    `${count} clips to train on, ${held} for validation; ${stepsPerEpoch} steps of ${batchSize} clips an epoch; ` +
      `on ${trainer.backendName}.`,
  );
  const trained = new Set(train.pairs.map(({ path }) => path));
  const both = validation.pairs.filter(({ path }) => trained.has(path)).length;
  if (both > 0) {
    say(
      `${both} of the ${held} clips for validation are trained on, too: scores on them say nothing about other clips.`,
    );
  }
  return {
    config,
    out,
    trainer,
    batches: new Batches(encoders, trainer, config, seed),
    train,
    validation,
    plan: planValidation(held, { batchSize, retrievalClips: config.validation.retrievalClips, seed }),
    stepsPerEpoch,
    identity: {
      config: contrastiveConfigJson(config),
      seed,
      backend: trainer.backendName,
      data: { train: train.sha256, validation: validation.sha256, tokenizer: digestOf(files) },
    },
  };
}

/** What @irec/encoders has against a configuration, as an error about the field of the file. */
async function asConfigError<T>(
  encoders: Encoders,
  { file }: CommonConfig,
  { optimiser }: ContrastiveConfig,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof encoders.TrainingConfigError)) throw error;
    const isOf = (part: object) => Object.hasOwn(part, error.field.replace(/\[.*/, ""));
    const place = isOf(encoders.muscallConfig) ? "config.model" : isOf(optimiser) ? "config.optimiser" : "config";
    throw new InputError(file, `${place}.${error.message}.`, { cause: error });
  }
}

async function loop(encoders: Encoders, run: Run, from: RunState, { progress, say }: TrainContext): Promise<string> {
  const { config, out, trainer, batches, train, plan, stepsPerEpoch } = run;
  const { batchSize, epochs, checkpoints, validation } = config;
  let state = from;
  const log = RunLog.open(join(out, RUN_FILES.log), state.logBytes);
  const save = (kept = KEPT) => {
    log.flush(kept);
    state = { ...state, logBytes: log.bytes };
    writeWhole(join(out, RUN_FILES.checkpoint), checkpointBytes(encoders, trainer, state), kept);
  };
  // Between two turns of the event loop a step is made or not, so what is saved here is always whole.
  const forget = onInterrupt(() => save());
  if (state.epoch + state.step > 0)
    say(`Continuing behind epoch ${state.epoch}, step ${state.step} of ${stepsPerEpoch}.`);
  const started = performance.now();
  let epochsHere = 0;
  try {
    // From here on results have a checkpoint beside them, and a disk that is too small says so before hours of training.
    if (from.logBytes === 0) save(NOTHING_TRAINED);
    while (!state.finished) {
      const epoch = state.epoch;
      const order = batches.order(train.pairs.length, epoch);
      const held = plan.batches.reduce((sum, rows) => sum + rows.length, 0) + plan.retrieval.length;
      const stretch = progress.start(`epoch ${epoch + 1}/${epochs}`, stepsPerEpoch * batchSize + held, {
        unit: "clips",
        done: state.step * batchSize,
      });
      try {
        while (state.step < stepsPerEpoch) {
          const rows = order.subarray(state.step * batchSize, (state.step + 1) * batchSize);
          const made = await trainer.step(await batches.training(train, rows, epoch));
          log.step(epoch + 1, made);
          state = { ...state, step: state.step + 1, lossSum: state.lossSum + made.loss };
          stretch.advance(batchSize);
          const due = checkpoints.everySteps !== undefined && made.step % checkpoints.everySteps === 0;
          if (due && state.step < stepsPerEpoch) save();
          await turn();
        }
        const scores = await validate(trainer, batches, run.validation, plan, (clips) => stretch.advance(clips));
        const meanLoss = state.lossSum / stepsPerEpoch;
        const value = selectionValue(validation.metric, scores);
        const isBest = state.best === null || value > state.best.value;
        if (isBest) writeBest(encoders, run, epoch + 1);
        log.epoch(epoch + 1, trainer.stepsDone, meanLoss, scores);
        const best = isBest ? { epoch: epoch + 1, value, scores } : state.best!;
        const isStale = validation.patience !== undefined && epoch + 1 - best.epoch >= validation.patience;
        state = { ...state, epoch: epoch + 1, step: 0, lossSum: 0, best, finished: isStale || epoch + 1 === epochs };
        save();
        stretch.end();
        epochsHere += 1;
        const seconds = ((performance.now() - started) / 1000 / epochsHere) * (epochs - epoch - 1);
        say(epochText(epoch + 1, epochs, meanLoss, scores, isBest) + timeLeft(state.finished ? 0 : seconds));
      } finally {
        stretch.end();
      }
    }
  } finally {
    forget();
    log.close();
  }
  return summaryText(config, state, stepsPerEpoch, out);
}

function writeBest(encoders: Encoders, { out, trainer }: Run, epoch: number): void {
  const metadata = { ...trainer.modelMetadata(), "irec.epoch": String(epoch) };
  writeWhole(join(out, RUN_FILES.best), encoders.writeSafetensors(trainer.modelState(), metadata), KEPT);
}

function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

function digestOf(files: TokenizerFiles): string {
  return createHash("sha256")
    .update(JSON.stringify(namedTexts(files)))
    .digest("hex");
}

/** The vocabulary that the configuration names, else that of CLIP out of the cache that Hugging Face's tools share. */
async function tokenizerOf(
  encoders: Encoders,
  { tokenizer }: ContrastiveConfig,
  { file }: CommonConfig,
): Promise<TokenizerFiles> {
  const source = modelNamed("muscall")!.tokenizer!;
  const folder = tokenizer ?? cachedTokenizer(source, "main")?.folder;
  if (folder !== undefined && existsSync(folder)) return await encoders.readTokenizerFiles(folder);
  const problem =
    tokenizer === undefined ? "is left out, and CLIP's vocabulary is not on this machine" : `there is no ${tokenizer}`;
  throw new InputError(
    file,
    `config.tokenizer: ${problem}. irec models pull muscall fetches it (vocab.json and merges.txt of ${source.repository}).`,
  );
}

function scheduleOf(encoders: Encoders, { schedule }: ContrastiveConfig, totalSteps: number): Schedule {
  if (schedule.kind === "muscall") return encoders.muscallSchedule(totalSteps);
  return schedule.kind === "linear-warmup-cosine" ? { ...schedule, totalSteps } : schedule;
}
