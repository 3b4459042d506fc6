import { statSync } from "node:fs";
import { hubSettings } from "../hub/environment.ts";
import { cachedCheckpoint, cachedTokenizer, tokenizerRevision } from "./cached-model.ts";
import type { PulledFile } from "./pull-model.ts";
import { MODELS, type ModelEntry } from "./registry.ts";
import { shippedPath } from "./shipped-path.ts";

/** Every model, with what a reader decides by. */
export function modelList(): string {
  const rows = MODELS.map((model) => [model.name, sizeOf(model), whereIs(model), model.summary]);
  const table = [["name", "size", "here", "what it is"], ...rows];
  const widths = [0, 1, 2].map((i) => Math.max(...table.map((row) => row[i]!.length)));
  const lines = table.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
  return (
    `${lines.map((line) => line.trimEnd()).join("\n")}\n\n` +
    `The cache is ${hubSettings().cache}.\nirec models pull NAME fetches a model; irec models list --json says more.\n`
  );
}

/** Everything that is known of every model, for machines. */
export function modelListJson(): string {
  const all = MODELS.map((model) => ({ ...model, ...presence(model) }));
  return `${JSON.stringify(all, null, 2)}\n`;
}

interface Presence {
  /** Where the checkpoint is; null when it is not here. */
  readonly checkpoint: string | null;
  readonly vocabulary: string | null;
  /** Of the checkpoint. */
  readonly bytes: number | null;
}

function presence(model: ModelEntry): Presence {
  const { source, tokenizer } = model;
  if (source.kind === "shipped") {
    const checkpoint = shippedPath(source.checkpoint);
    return { checkpoint, vocabulary: shippedPath(source.tokenizer), bytes: statSync(checkpoint).size };
  }
  const checkpoint = source.kind === "hub" ? cachedCheckpoint(source, "main") : undefined;
  const vocabulary = tokenizer && cachedTokenizer(tokenizer, tokenizerRevision(model, "main"))?.folder;
  return {
    checkpoint: checkpoint ?? null,
    vocabulary: vocabulary ?? null,
    bytes: checkpoint === undefined ? null : statSync(checkpoint).size,
  };
}

function sizeOf(model: ModelEntry): string {
  const { bytes } = presence(model);
  if (bytes !== null) return megabytes(bytes);
  const gigabytes = model.source.kind === "hub" ? model.source.files[0].gigabytes : undefined;
  return gigabytes === undefined ? "?" : `${gigabytes} GB`;
}

function whereIs(model: ModelEntry): string {
  const { checkpoint, vocabulary } = presence(model);
  if (model.source.kind === "local") return "your own file";
  if (model.source.kind === "shipped") return "with irec";
  if (checkpoint === null) return "no";
  return vocabulary === null ? "without vocabulary" : "yes";
}

/** What a user accepts by downloading. */
export function modelTerms({ title, homepage, licence, citation, source }: ModelEntry): string {
  const advice = source.kind === "local" ? `${sentence(source.advice)}\n` : "";
  return `${title}, ${homepage}\nLicence: ${licence.name}, ${licence.url}\nPlease cite:\n${citation}\n${advice}`;
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** What `irec models pull` prints. */
export function pulledText({ name, source }: ModelEntry, pulled: readonly PulledFile[]): string {
  const lines = pulled.map((file) => {
    const what = `${file.name} of ${file.repository}`;
    const size = file.bytes === null ? "size unknown" : megabytes(file.bytes);
    if (file.state === "missing") return `${what}: ${size}, would be fetched`;
    if (file.state === "there") return `${what}: ${size}, was there already\n  ${file.path}`;
    const how = file.verified
      ? "with the hub's checksum"
      : `NOT VERIFIED, the hub has no checksum; sha256 ${file.sha256}`;
    return `${what}: ${size}, fetched, ${how}\n  ${file.path}`;
  });
  const missing = pulled.filter(({ state }) => state === "missing");
  const total = missing.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const end =
    source.kind === "shipped"
      ? `${name} comes with irec; there is nothing to fetch.`
      : missing.length > 0
        ? `${megabytes(total)} to fetch.`
        : source.kind === "local"
          ? `The vocabulary of ${name} is ready, for ${name}=PATH.`
          : `${name} is ready.`;
  return `${[...lines, end].join("\n")}\n`;
}

/** The same, for machines. */
export function pulledJson(pulled: readonly PulledFile[]): string {
  return `${JSON.stringify({ files: pulled }, null, 2)}\n`;
}

const megabytes = (bytes: number): string =>
  bytes < 1e5 ? `${bytes} bytes` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
