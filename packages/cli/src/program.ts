import { Command } from "commander";
import { addBackend } from "./commands/backend.ts";
import { addCompare } from "./commands/compare.ts";
import { addDatasets } from "./commands/datasets.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEmbed } from "./commands/embed.ts";
import { addEvaluate } from "./commands/evaluate.ts";
import { addModels } from "./commands/models.ts";
import { addPrompts } from "./commands/prompts.ts";
import { addReport } from "./commands/report.ts";
import { addTrain } from "./commands/train.ts";
import { addTriplets } from "./commands/triplets.ts";
import { EXIT_CODES } from "./errors.ts";
import { packageVersions } from "./results/provenance.ts";

/**
 * The whole command line of `irec`.
 * @param args - what the user typed, for the provenance of a run
 */
export function createProgram(args: readonly string[] = []): Command {
  const program = new Command("irec")
    .description(
      "Evaluates two-tower music-text models on musical instruments: does audio, text or the joint space fail?",
    )
    .version(packageVersions()["@irec/cli"]!)
    .option("--debug", "print a stack trace with an error")
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .showHelpAfterError("(irec <command> --help shows the options and examples)")
    .addHelpText("after", `\nExit codes:\n${exitCodeLines()}`);
  addEvaluate(program, args);
  addCompare(program, args);
  addReport(program);
  addEmbed(program);
  addTriplets(program);
  addModels(program);
  addTrain(program);
  addDatasets(program);
  addPrompts(program);
  addBackend(program);
  addDoctor(program);
  return program;
}

function exitCodeLines(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`)
    .join("\n");
}
