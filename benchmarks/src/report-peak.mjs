// Loaded with `node --import` into the process that is measured: at its end it writes its peak memory, in bytes, into
// the file that IREC_PEAK_FILE names.
import { readFileSync, writeFileSync } from "node:fs";

process.on("exit", () => writeFileSync(process.env.IREC_PEAK_FILE, String(peakBytes())));

/**
 * On Linux VmHWM, because getrusage's ru_maxrss there starts at the size of the process that spawned this one: it
 * survives exec. Elsewhere ru_maxrss (Node gives it in kibibytes on every system).
 */
function peakBytes() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
