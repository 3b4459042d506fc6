import { describe } from "vitest";
import type { Backend } from "../src/backend/backend.ts";
import { openBackend } from "../src/backend/node.ts";
import { openTensorflowBackend } from "../src/backend/tensorflow/node.ts";

/**
 * `IREC_TEST_BACKENDS`, such as "wasm,tensorflow", says which backends must be tested; one of them that does not start fails
 * the tests. Without it, those that start here are.
 */
const required = process.env.IREC_TEST_BACKENDS?.split(",");
const native = (await openTensorflowBackend()).backend !== undefined;
const names = (required ?? (native ? ["wasm", "tensorflow"] : ["wasm"])) as ("wasm" | "tensorflow")[];

/** The same tests once for each backend that runs here; the function gets what opens it. */
export function onEveryBackend(tests: (open: () => Promise<Backend>, name: string) => void): void {
  for (const name of names) describe(`on ${name}`, () => tests(() => openBackend(name), name));
}

/** Tests of what only the native backend has; left out where it does not run and is not required. */
export function onTensorflow(tests: (open: () => Promise<Backend>) => void): void {
  describe.runIf(names.includes("tensorflow"))("on tensorflow", () => tests(() => openBackend("tensorflow")));
}
