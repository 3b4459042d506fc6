import { availableParallelism, cpus } from "node:os";
import type { SideResult, SuiteResult } from "./suite.ts";

/** The results as a Markdown table and one line for each suite on what limits it. */
export function report(results: readonly SuiteResult[]): string {
  const rows = results.flatMap((result) => {
    const [ours, ...peers] = result.sides;
    if (ours === undefined) return [[result.title, "", "", "", "", `not measured: ${result.skipped}`]];
    return peers.map((peer, i) => [
      i === 0 ? result.title : "",
      `${ours.name}: ${measured(ours)}`,
      `${peer.name}: ${measured(peer)}`,
      ratio(peer),
      i === 0 ? target(result) : "",
      i === 0 ? (met(result, ours, peer) ? "met" : "missed") : "",
    ]);
  });
  const header = ["what", "ours", "peer", "ratio", "target", ""];
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const limits = results.filter(({ sides }) => sides.length > 0).map(({ name, limit }) => `- ${name}: ${limit}`);
  return `${machine()}\n\n${lines.join("\n")}\n\nWhat limits each:\n\n${limits.join("\n")}\n`;
}

/** Node's version, the processor and how many cores it has. */
export function machine(): string {
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? "unknown"}`;
}

function measured({ medianSeconds, peakBytes }: SideResult): string {
  const time = medianSeconds < 1 ? `${round(medianSeconds * 1000)} ms` : `${round(medianSeconds)} s`;
  return peakBytes === undefined ? time : `${time}, ${Math.round(peakBytes / 1e6)} MB`;
}

/** With the quartiles, where there are enough turns to have any. */
function ratio({ ratio, quartiles, seconds }: SideResult): string {
  return `${round(ratio)} x${seconds.length < 5 ? "" : ` (${quartiles.map(round).join(" to ")})`}`;
}

function target({ targetRatio, targetPeakBytes }: SuiteResult): string {
  const speed = targetRatio >= 1 ? `at least ${targetRatio} x` : `at most ${round(1 / targetRatio)} times slower`;
  return targetPeakBytes === undefined ? speed : `${speed}, below ${Math.round(targetPeakBytes / 1e6)} MB`;
}

function met({ targetRatio, targetPeakBytes }: SuiteResult, ours: SideResult, peer: SideResult): boolean {
  return peer.ratio >= targetRatio && (targetPeakBytes === undefined || (ours.peakBytes ?? 0) < targetPeakBytes);
}

/** Three significant digits, without an exponent. */
function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
