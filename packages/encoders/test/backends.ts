import { describe } from "vitest";
import type { Backend } from "../src/backend/backend.ts";
import { openWasmBackend } from "../src/backend/wasm/open.ts";

/** The backends that run here, each started when a test first asks for it. */
const available: Record<string, () => Promise<Backend>> = { wasm: openWasmBackend };

/** The same tests once for each backend that runs here; the function gets what opens it. */
export function onEveryBackend(tests: (open: () => Promise<Backend>) => void): void {
  for (const [name, open] of Object.entries(available)) describe(`on ${name}`, () => tests(open));
}
