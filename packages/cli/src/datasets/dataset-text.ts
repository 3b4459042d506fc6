import type { DatasetFile, DatasetModule } from "./dataset.ts";
import { datasetPlaces, presentFolder } from "./locate.ts";
import type { PulledFile } from "./pull.ts";
import { DATASETS } from "./registry.ts";
import type { Verification } from "./verify.ts";

/** Every data set, with what a reader decides by. */
export function datasetList(): string {
  const rows = DATASETS.map((dataset) => [
    dataset.name,
    dataset.clipCount === undefined ? "" : String(dataset.clipCount),
    String(dataset.labels.length),
    dataset.licence.name,
    presentFolder(dataset) ?? "not here",
  ]);
  return (
    `${columns([["name", "clips", "labels", "licence", "on this machine"], ...rows])}\n` +
    `irec datasets info NAME says more; irec datasets pull NAME fetches it.\n`
  );
}

export function datasetListJson(): string {
  return `${JSON.stringify(DATASETS.map(facts), null, 2)}\n`;
}

export function datasetInfoJson(dataset: DatasetModule): string {
  return `${JSON.stringify({ ...facts(dataset), looksIn: datasetPlaces(dataset) }, null, 2)}\n`;
}

function facts({ readClips, ...dataset }: DatasetModule) {
  return { ...dataset, here: presentFolder({ ...dataset, readClips }) ?? null };
}

/** All that is known of a data set. */
export function datasetInfo(dataset: DatasetModule): string {
  const { title, version, summary, homepage, licence, citation, labels, clipCount, files } = dataset;
  const here = presentFolder(dataset);
  return [
    `${title} ${version}: ${summary}.`,
    "",
    ...(clipCount === undefined ? [] : [`clips     ${clipCount}`]),
    `labels    ${labels.join(", ")}`,
    `licence   ${licence.name}, ${licence.url}`,
    `homepage  ${homepage}`,
    `here      ${here ?? `no; looked in ${datasetPlaces(dataset).join(" and ")}`}`,
    "",
    ...(files.length === 0
      ? ["It ships with irec."]
      : ["Files, by the names that --only takes:", ...files.map(fileLine)]),
    "",
    citation,
    "",
  ].join("\n");
}

function fileLine({ key, fileName, bytes, checksum }: DatasetFile): string {
  const size = bytes === undefined ? "" : `, ${bytes} bytes`;
  const sum =
    checksum === undefined ? "no checksum is known" : `${checksum.algorithm} ${checksum.digest} (${checksum.source})`;
  return `  ${key}: ${fileName}${size}, ${sum}`;
}

/** What a user accepts by downloading. */
export function termsText({ title, version, licence, homepage, citation }: DatasetModule): string {
  return `${title} ${version}, ${homepage}\nLicence: ${licence.name}, ${licence.url}\nPlease cite:\n${citation}\n`;
}

export function pulledText(folder: string, pulled: readonly PulledFile[]): string {
  const lines = pulled.map(({ path, found, verified, sha256 }) => {
    if (found) return `${path}: was there already`;
    if (verified) return `${path}: fetched, with its published checksum`;
    return `${path}: fetched; NOT VERIFIED, since no checksum was published; its download has the sha256 ${sha256}`;
  });
  return `${lines.join("\n")}\n${folder} is ready.\n`;
}

export function verificationText({ folder, findings, passed, clipsPerLabel }: Verification): string {
  const marks = { good: "ok", bad: "WRONG", unknown: "?" };
  const counts = Object.entries(clipsPerLabel).map(([label, count]) => ["", label, String(count)]);
  return (
    `${folder}\n${columns(findings.map(({ what, state, message }) => [marks[state], what, message]))}` +
    `${counts.length === 0 ? "" : `\n${columns(counts)}`}\n${passed ? "Nothing is wrong." : "Something is wrong; see above."}\n`
  );
}

/** Rows of cells under one another; the last column is as wide as it is. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]!.length))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
