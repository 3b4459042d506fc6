import type { Backend, BackendChoice } from "./backend.ts";
import { BackendOptionError, BackendUnavailableError } from "./errors.ts";
import type { BackendReport, PassedOver } from "./report.ts";
import type { WasmOptions } from "./wasm/open.ts";

const choices: readonly BackendChoice[] = ["auto", "tensorflow", "wasm"];

export interface BackendOptions extends WasmOptions {
  /** Threads of one operation, from 1 to 1024; default: the environment variable `IREC_THREADS`, else all processors. */
  readonly threads?: number;
}

/** A started backend that says why it is the one. */
export interface OpenedBackend extends Backend {
  readonly report: BackendReport;
}

/**
 * Starts a backend: the one that is asked for, else the one that the environment variable `IREC_BACKEND` names, else
 * libtensorflow when it loads and WebAssembly when it does not. A backend is started once in a process, with the number of
 * threads of the first call.
 * @throws {BackendOptionError} for an unknown name or number of threads
 * @throws {BackendUnavailableError} when a backend that was asked for by name does not start
 */
export async function openBackend(choice?: BackendChoice, options: BackendOptions = {}): Promise<OpenedBackend> {
  const [source, wanted] = checkedChoice(choice);
  const threads = checkedThreads(options.threads);
  if (wanted === "wasm") return await openWasm(`${source} asks for it`, [], options);

  // Loaded when it is wanted: with WebAssembly, nothing of it costs anything.
  const { openTensorflowBackend } = await import("./tensorflow/node.ts");
  const native = await openTensorflowBackend(threads);
  if (native.backend !== undefined) {
    const { place, ...report } = native.report;
    const reason = wanted === "auto" ? `the fastest that there is, from ${place}` : `${source} asks for it`;
    return { ...native.backend, report: { ...report, reason } };
  }
  if (wanted === "tensorflow") throw unavailable(source, native.passedOver);
  return await openWasm("no native backend starts", native.passedOver, options);
}

/** Starts a backend as `openBackend` does, and says which one it is and why. */
export async function backendReport(choice?: BackendChoice, options?: BackendOptions): Promise<BackendReport> {
  return (await openBackend(choice, options)).report;
}

async function openWasm(
  reason: string,
  passedOver: readonly PassedOver[],
  options: WasmOptions,
): Promise<OpenedBackend> {
  const [{ openWasmBackend, wasmReport }, { version_core: core }, { version_wasm: wasm }] = await Promise.all([
    import("./wasm/open.ts"),
    import("@tensorflow/tfjs-core"),
    import("@tensorflow/tfjs-backend-wasm"),
  ]);
  const backend = await openWasmBackend(options);
  const { simd, threads } = wasmReport()!;
  const versions = { "tfjs-core": core, "tfjs-backend-wasm": wasm };
  return { ...backend, report: { name: "wasm", reason, threads, simd, versions, passedOver } };
}

function checkedChoice(choice: BackendChoice | undefined): [source: string, choice: BackendChoice] {
  const variable = process.env.IREC_BACKEND || undefined;
  const [source, value] = choice !== undefined ? ["the option backend", choice] : ["IREC_BACKEND", variable ?? "auto"];
  if (!choices.includes(value as BackendChoice)) {
    throw new BackendOptionError(source, value, `one of: ${choices.join(", ")}`);
  }
  return [source, value as BackendChoice];
}

function checkedThreads(option: number | undefined): number | undefined {
  const variable = process.env.IREC_THREADS || undefined;
  const value = option ?? (variable === undefined ? undefined : Number(variable));
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= 1024)) return value;
  const [source, given] = option === undefined ? ["IREC_THREADS", variable] : ["the option threads", option];
  throw new BackendOptionError(source, given, "a whole number from 1 to 1024");
}

function unavailable(source: string, passedOver: readonly PassedOver[]): BackendUnavailableError {
  const tried = passedOver.map(({ place, reason }) => `${place}: ${reason}`).join("; ");
  return new BackendUnavailableError(
    `${source} asks for tensorflow, which does not start (${tried}). Build it with: irec backend build; or use wasm`,
    passedOver,
  );
}
