import type { BackendChoice } from "@irec/encoders";
import { type Command, Option } from "commander";
import { UsageError } from "../errors.ts";
import { printable } from "../printable.ts";
import { writeText } from "../text-output.ts";
import type { TrainingKindName } from "../training/config.ts";
import { path } from "./shared-options.ts";

interface TrainFlags {
  readonly config?: string;
  readonly out?: string;
  readonly backend?: BackendChoice;
  readonly printDefaultConfig?: string | true;
  readonly quiet?: boolean;
}

/** Adds `irec train` to the program. */
export function addTrain(program: Command): void {
  program
    .command("train")
    .summary("train a MusCALL-style model, or only projections on stored embeddings")
    .description(
      "Trains what a configuration describes and writes a run folder. Whatever stops it, the same command continues from " +
        "the last checkpoint, to the same bytes as if nothing had happened.",
    )
    .option("-c, --config <file>", "the configuration, a JSON file; its paths start at its own folder", path)
    .option("-o, --out <dir>", "the run folder, in the place of the configuration's", path)
    .addOption(
      new Option("--backend <name>", "what computes (default: $IREC_BACKEND, else the fastest that starts)").choices([
        "auto",
        "tensorflow",
        "wasm",
      ]),
    )
    .option("--print-default-config [kind]", "print a whole configuration, to be changed and used")
    .option("-q, --quiet", "no progress on stderr")
    .addHelpText(
      "after",
      `
Kinds of training (the field "kind" of the configuration):
  contrastive  both towers and their projections of a MusCALL-style model, on clips and captions
  projection   projection heads alone, on the pre-joint embeddings of a store; writes a new model into a store
  triplets     the text projection, by the triplets of an ontology; likewise

The run folder of contrastive training has config.json, log.csv, checkpoint.safetensors (where the same command continues) and best.safetensors
with the tokenizer's files beside it, which irec loads as a model.

Examples:
  $ irec train --print-default-config contrastive > train.json
  $ irec train --config train.json
  $ irec train --print-default-config projection > heads.json
  $ irec models check runs/contrastive/best.safetensors`,
    )
    .action(run);
}

// What follows is loaded when it is needed, so that `irec --help` stays quick.

async function run(flags: TrainFlags): Promise<void> {
  const { defaultConfigText, readTrainConfig, TRAINING_KINDS } = await import("../training/config.ts");
  if (flags.printDefaultConfig !== undefined) {
    const kind = flags.printDefaultConfig === true ? "contrastive" : flags.printDefaultConfig;
    if (!TRAINING_KINDS.includes(kind as TrainingKindName)) {
      throw new UsageError(`--print-default-config: "${kind}" is none of: ${TRAINING_KINDS.join(", ")}.`);
    }
    return await writeText([await defaultConfigText(kind as TrainingKindName)], undefined);
  }
  if (flags.config === undefined) {
    throw new UsageError(
      "--config FILE is missing. irec train --print-default-config > FILE writes one to start from.",
    );
  }
  const { barProgress } = await import("../bar-progress.ts");
  const { silentProgress } = await import("../progress.ts");
  const training = await readTrainConfig(flags.config, { out: flags.out });
  const summary = await training.run({
    backend: flags.backend,
    progress: flags.quiet ? silentProgress : barProgress(process.stderr),
    say: (line) => flags.quiet || process.stderr.write(printable(`${line}\n`)),
  });
  await writeText([printable(summary)], undefined);
}
