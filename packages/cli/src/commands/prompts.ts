import { existsSync } from "node:fs";
import type { Command } from "commander";
import { EXIT_CODES, UsageError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { PromptSet } from "../prompts/prompt-set.ts";
import { writeText } from "../text-output.ts";
import { integer, list, path, seed } from "./shared-options.ts";

interface SetFlags {
  readonly labels?: readonly string[];
  readonly seed: number;
  readonly json?: boolean;
}

interface LintFlags extends SetFlags {
  readonly tokenizer?: string;
  readonly contextLength: number;
}

/** Adds `irec prompts` with its commands to the program. */
export function addPrompts(program: Command): void {
  const prompts = program
    .command("prompts")
    .summary("the texts that stand for labels: list them, show them, find what is wrong with them")
    .description(
      "A prompt set has one text for each label, or several, whose embeddings are averaged. The study's are built in; " +
        "your own come from a JSON file.",
    );
  withSetOptions(
    prompts.command("list").summary("every built-in prompt set").option("--json", "print all as a prompt file"),
  ).action(runList);
  withSetOptions(
    prompts
      .command("show")
      .summary("the prompts of one set")
      .argument("<set>", "such as muscall_prompt, or a prompt file", path)
      .option("--json", "print it as a prompt file, to be changed and used"),
  ).action(runShow);
  withSetOptions(
    prompts
      .command("lint")
      .summary("find prompts that are cut, name another label, still have the label's words, or are there twice")
      .description(
        "Looks for prompts that mean something else than their label. " +
          `Exit code ${EXIT_CODES.input.code} when something is wrong.`,
      )
      .argument("<file|set>", "a prompt file, or the name of a built-in set", path)
      .option(
        "--tokenizer <dir>",
        "vocab.json and merges.txt, or tokenizer.json: counts the tokens that are lost",
        path,
      )
      .option("--context-length <n>", "tokens that the text tower reads", integer(2, 2 ** 20), 77)
      .option("--json", "print the faults as JSON"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ irec prompts show definition --json > mine.json
  $ irec prompts lint mine.json --tokenizer roberta-base/`,
    )
    .action(runLint);
}

function withSetOptions(command: Command): Command {
  return command
    .option("--labels <names>", "fill the templates of built-in sets with these instead of TinySOL's", list)
    .option("--seed <n>", "seed of the random sentences of built-in sets", seed, 0);
}

// What follows is loaded when it is needed, so that `irec --help` stays quick.

async function runList({ json, ...options }: SetFlags): Promise<void> {
  const { builtInPromptSets } = await import("../prompts/built-in.ts");
  const sets = builtInPromptSets(options);
  if (json) return await printAsFile(sets);
  const { promptSetList } = await import("../prompts/prompt-text.ts");
  await writeText([printable(promptSetList(sets))], undefined);
}

async function runShow(named: string, { json, ...options }: SetFlags, command: Command): Promise<void> {
  const sets = await promptSetsOf(named, options, command);
  if (json) return await printAsFile(sets);
  const { promptSetText } = await import("../prompts/prompt-text.ts");
  const texts = sets.map((set) => (sets.length === 1 ? "" : `${set.name}\n`) + promptSetText(set));
  await writeText([printable(texts.join("\n"))], undefined);
}

async function printAsFile(sets: readonly PromptSet[]): Promise<void> {
  const { promptFileText } = await import("../prompts/prompt-file.ts");
  await writeText([promptFileText(sets)], undefined);
}

async function runLint(named: string, flags: LintFlags, command: Command): Promise<void> {
  const { tokenizer, contextLength, json, ...options } = flags;
  const { lintPrompts } = await import("../prompts/lint.ts");
  const { lintText } = await import("../prompts/prompt-text.ts");
  const sets = await promptSetsOf(named, options, command);
  const countTokens = tokenizer === undefined ? undefined : await counter(tokenizer);
  const faults = lintPrompts(sets, { countTokens, contextLength });
  const shown = json
    ? `${JSON.stringify(faults, null, 2)}\n`
    : printable(lintText(sets, faults, tokenizer !== undefined));
  await writeText([shown], undefined);
  if (faults.length > 0) process.exitCode = EXIT_CODES.input.code;
}

async function counter(tokenizer: string) {
  const { withEncoders } = await import("../encoders.ts");
  const { tokenCounter } = await import("../prompts/count-tokens.ts");
  return await withEncoders((encoders) => tokenCounter(encoders, tokenizer));
}

/** A prompt file by its path, else a built-in set by its name. */
async function promptSetsOf(
  named: string,
  options: Omit<SetFlags, "json">,
  command: Command,
): Promise<readonly PromptSet[]> {
  if (/\.json$|[/\\]/i.test(named) || existsSync(named)) {
    for (const name of ["labels", "seed"] as const) {
      if (command.getOptionValueSource(name) === "cli") {
        throw new UsageError(`--${name} is for built-in prompt sets; ${named} is a file, and has its own.`);
      }
    }
    const { readPromptFile } = await import("../prompts/prompt-file.ts");
    return await readPromptFile(named);
  }
  const { builtInPromptSet } = await import("../prompts/built-in.ts");
  return [builtInPromptSet(named, options)];
}
