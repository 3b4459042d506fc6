import type { Command } from "commander";
import { EXIT_CODES } from "../errors.ts";
import { printable } from "../printable.ts";
import { writeText } from "../text-output.ts";
import { list, path } from "./shared-options.ts";

interface JsonFlag {
  readonly json?: boolean;
}

interface PullFlags extends JsonFlag {
  readonly to?: string;
  readonly only?: readonly string[];
  readonly keepArchives?: boolean;
  readonly quiet?: boolean;
}

interface ClipFlags {
  readonly path?: string;
  readonly groundtruth?: string;
  readonly excludeRetuned?: boolean;
  readonly split?: string;
}

interface VerifyFlags extends ClipFlags, JsonFlag {
  readonly quiet?: boolean;
}

interface ClipsFlags extends ClipFlags {
  readonly out?: string;
}

/** Adds `irec datasets` with its commands to the program. */
export function addDatasets(program: Command): void {
  const datasets = program
    .command("datasets")
    .summary("fetch and check data sets: TinySOL, Medley-solos-DB, NSynth, IRMAS, or a folder of your own")
    .description(
      "Knows data sets of musical instruments: what they are, their licences and citations, where they are on the web and " +
        "on this machine, and which clip has which label.",
    );
  datasets
    .command("list")
    .summary("every data set that irec knows, and whether it is on this machine")
    .option("--json", "print everything as JSON")
    .action(runList);
  datasets
    .command("info")
    .summary("all that is known of a data set: labels, licence, files with their checksums")
    .argument("<name>", "such as tinysol")
    .option("--json", "print everything as JSON")
    .action(runInfo);
  datasets
    .command("cite")
    .summary("how to cite a data set, as BibTeX")
    .argument("<name>", "such as tinysol")
    .action(runCite);
  addPull(datasets);
  withClipOptions(
    datasets
      .command("verify")
      .summary("compare a data set on this machine with what is known of it")
      .description(
        "Compares a folder with published checksums, with those that were taken when it was unpacked, with the number of " +
          `clips, and looks for sound files that are missing or cut. Exit code ${EXIT_CODES.input.code} when something is wrong.`,
      )
      .argument("<name>", "such as tinysol")
      .option("--json", "print the findings as JSON")
      .option("-q, --quiet", "no progress on stderr"),
  ).action(runVerify);
  withClipOptions(
    datasets
      .command("clips")
      .summary("print the clips of a data set or a folder as CSV: id, path, label, fold, split")
      .argument("<name|folder>", "such as tinysol, or a folder of your own (./sounds)", path)
      .option("-o, --out <file>", "write here instead of to stdout; must not exist", path),
  )
    .addHelpText(
      "after",
      `
A folder of your own has its clips in folders that are named after their labels (violin/a4.wav), or a CSV (--groundtruth)
with the columns path and label, or the study's one-hot CSV.

Examples:
  $ irec datasets clips tinysol --exclude-retuned --out clips.csv
  $ irec datasets clips ./sounds --groundtruth labels.csv`,
    )
    .action(runClips);
}

function addPull(datasets: Command): void {
  datasets
    .command("pull")
    .summary("download a data set, check it and unpack it")
    .description(
      "Downloads a data set from where its authors publish it, compares it with the published checksums and unpacks it. " +
        "Whatever stops it, the same command continues; nothing half-made gets a name.",
    )
    .argument("<name>", "such as tinysol")
    .option("--to <dir>", "the data set's folder (default: in $IREC_DATA, else in ~/mir_datasets)", path)
    .option("--only <parts>", "only these of its files; irec datasets info lists them", list)
    .option("--keep-archives", "keep the archives that were unpacked")
    .option("--json", "print what was fetched as JSON")
    .option("-q, --quiet", "no progress on stderr")
    .addHelpText(
      "after",
      `
Environment:
  IREC_DATA                            the folder that holds data sets
  IREC_DATASETS_MIRROR                 a server that has the same files as <mirror>/<data set>/<file>
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY    as everywhere

Examples:
  $ irec datasets pull tinysol
  $ irec datasets pull nsynth --only test --to /data/nsynth`,
    )
    .action(runPull);
}

/** Which clips. */
function withClipOptions(command: Command): Command {
  return command
    .option("--path <dir>", "its folder (default: in $IREC_DATA, else in ~/mir_datasets)", path)
    .option("-g, --groundtruth <file>", "a CSV that says which clip has which label, instead of the usual one", path)
    .option("--exclude-retuned", "tinysol: without the 640 notes that were retuned or resampled by computer")
    .option("--split <name>", "only this official split, such as test");
}

// What follows is loaded when it is needed, so that `irec --help` stays quick.

async function runList({ json }: JsonFlag): Promise<void> {
  const { datasetList, datasetListJson } = await import("../datasets/dataset-text.ts");
  await writeText([json ? datasetListJson() : printable(datasetList())], undefined);
}

async function runInfo(name: string, { json }: JsonFlag): Promise<void> {
  const { datasetInfo, datasetInfoJson } = await import("../datasets/dataset-text.ts");
  const { datasetNamed } = await import("../datasets/registry.ts");
  const dataset = datasetNamed(name);
  await writeText([json ? datasetInfoJson(dataset) : printable(datasetInfo(dataset))], undefined);
}

async function runCite(name: string): Promise<void> {
  const { datasetNamed } = await import("../datasets/registry.ts");
  await writeText([`${datasetNamed(name).citation}\n`], undefined);
}

async function runPull(name: string, { to, quiet, json, ...flags }: PullFlags): Promise<void> {
  const { datasetNamed } = await import("../datasets/registry.ts");
  const { datasetPlaces } = await import("../datasets/locate.ts");
  const { termsText, pulledText } = await import("../datasets/dataset-text.ts");
  const { pullDataset } = await import("../datasets/pull.ts");
  const { barProgress } = await import("../bar-progress.ts");
  const dataset = datasetNamed(name);
  const folder = to ?? datasetPlaces(dataset)[0]!;
  const say = (line: string) => process.stderr.write(printable(`${line}\n`));
  if (!quiet) say(termsText(dataset));
  const pulled = await pullDataset(dataset, {
    ...flags,
    folder,
    mirror: process.env.IREC_DATASETS_MIRROR || undefined,
    ...(quiet ? {} : { say, progress: barProgress(process.stderr) }),
  });
  const shown = json
    ? `${JSON.stringify({ folder, files: pulled }, null, 2)}\n`
    : printable(pulledText(folder, pulled));
  await writeText([shown], undefined);
}

async function runVerify(name: string, flags: VerifyFlags): Promise<void> {
  const { datasetNamed } = await import("../datasets/registry.ts");
  const { findDataset } = await import("../datasets/locate.ts");
  const { verificationText } = await import("../datasets/dataset-text.ts");
  const { verifyDataset } = await import("../datasets/verify.ts");
  const { barProgress } = await import("../bar-progress.ts");
  const dataset = datasetNamed(name);
  const verification = await verifyDataset(dataset, findDataset(dataset, flags.path), {
    ...clipOptions(flags),
    ...(flags.quiet ? {} : { progress: barProgress(process.stderr) }),
  });
  const json = `${JSON.stringify(verification, null, 2)}\n`;
  await writeText([flags.json ? json : printable(verificationText(verification))], undefined);
  if (!verification.passed) process.exitCode = EXIT_CODES.input.code;
}

async function runClips(nameOrFolder: string, flags: ClipsFlags): Promise<void> {
  const { readClips } = await import("../datasets/read-clips.ts");
  const { clipsCsv } = await import("../datasets/clips-csv.ts");
  await writeText(clipsCsv(await readClips(nameOrFolder, { ...clipOptions(flags), path: flags.path })), flags.out);
}

const clipOptions = ({ groundtruth, excludeRetuned, split }: ClipFlags) => ({
  groundTruth: groundtruth,
  excludeRetuned,
  split,
});
