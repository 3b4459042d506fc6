import type { Diagnosis, TriedBackend } from "./diagnosis.ts";

/** A diagnosis for a terminal. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { irec, node, platform, arch, processors, memoryBytes, inUse, error, backends, cache, advice } = diagnosis;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const lines: [string, string][] = [
    ["irec", irec],
    ["Node", `${node} on ${platform} ${arch}`],
    ["machine", `${processors} processor${processors === 1 ? "" : "s"}, ${gigabytes(memoryBytes)} of memory`],
    ["cache", `${cache.folder}, ${gigabytes(cache.bytes)}`],
  ];
  if (inUse === undefined) {
    lines.push(["backend", `none: ${error}`]);
  } else {
    lines.push(["backend", `${inUse.name}: ${inUse.reason}`]);
    lines.push(["threads", String(inUse.threads)]);
    lines.push([
      "versions",
      Object.entries(inUse.versions)
        .map((entry) => entry.join(" "))
        .join(", "),
    ]);
    if (inUse.binding !== undefined) lines.push(["binding", inUse.binding]);
  }
  for (const backend of backends) lines.push([backend.name, outcome(backend)]);
  const table = lines.map(([name, value]) => `${name.padEnd(11)} ${value}\n`).join("");
  const better = advice.map((line) => `- ${line}\n`).join("");
  return `${table}\n${advice.length === 0 ? "Nothing to improve.\n" : `What to do:\n${better}`}`;
}

function outcome(backend: TriedBackend): string {
  if (!backend.starts) {
    const reasons = backend.passedOver.map(({ place, reason }) => `${place}: ${reason}`).join("; ");
    return `does not start: ${reasons || backend.error}`;
  }
  const { gflops, report } = backend;
  const simd = report.simd === undefined ? "" : report.simd ? ", with SIMD" : ", without SIMD: slow";
  const threads = `${report.threads} thread${report.threads === 1 ? "" : "s"}`;
  return `${gflops.toFixed(0)} GFLOP/s in a matrix product, ${threads}${simd}`;
}
