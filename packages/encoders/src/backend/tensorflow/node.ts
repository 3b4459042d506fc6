import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import * as core from "@tensorflow/tfjs-core";
import { type Backend, startedBackend } from "../backend.ts";
import type { BackendReport, PassedOver } from "../report.ts";
import { BUILD_FILES, NAPI_VERSION, nativeBuildFolder, TFJS_NODE_VERSION } from "./build-folder/node.ts";
import { registerFusedKernels } from "./kernels.ts";
import type { TensorflowBinding, TfjsNodeBackend } from "./tfjs-node-backend.ts";

/** Where a native backend may be, and how it is loaded from there; `load` registers it with the engine. */
interface Candidate {
  readonly place: string;
  /** @returns the file of the binding */
  load(): string;
}

/** A native backend that runs, or why there is none. */
export type NativeAttempt =
  | { readonly backend: Backend; readonly report: Omit<BackendReport, "reason"> & { readonly place: string } }
  | { readonly backend: undefined; readonly passedOver: readonly PassedOver[] };

const require = createRequire(import.meta.url);
const messagesWanted = process.env.TF_CPP_MIN_LOG_LEVEL !== undefined;
let attempted: Promise<NativeAttempt> | undefined;

/**
 * Starts libtensorflow: the native backend that `irec backend build` made, else an installed @tensorflow/tfjs-node.
 * Prints nothing, and tries once in a process: TensorFlow cannot be loaded again with other settings.
 * @param threads - for one operation; all processors when it is not given, unless `TF_NUM_INTRAOP_THREADS` says otherwise
 */
export function openTensorflowBackend(threads?: number): Promise<NativeAttempt> {
  attempted ??= attempt(threads);
  return attempted;
}

async function attempt(threads: number | undefined): Promise<NativeAttempt> {
  const passedOver: PassedOver[] = [];
  prepare(threads);
  for (const { place, load } of [builtBackend(nativeBuildFolder()), installedTfjsNode()]) {
    try {
      const binding = load();
      if (!(await core.setBackend("tensorflow"))) throw new Error("TensorFlow does not start");
      const started = core.backend() as unknown as TfjsNodeBackend;
      registerFusedKernels(started);
      return {
        backend: startedBackend("tensorflow", {
          settle: (uploaded) => void started.getInputTensorIds([uploaded]),
          buffer: copiedArray,
        }),
        report: {
          name: "tensorflow",
          threads: Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism(),
          versions: {
            "tfjs-core": core.version_core,
            "tfjs-node": TFJS_NODE_VERSION,
            tensorflow: started.binding.TF_Version,
          },
          binding,
          passedOver,
          place,
        },
      };
    } catch (error) {
      if (core.findBackendFactory("tensorflow") != null) core.removeBackend("tensorflow");
      passedOver.push({ place, reason: loaderWords(error) });
    }
  }
  return { backend: undefined, passedOver };
}

/**
 * An array that TensorFlow copies: it keeps those that begin at a multiple of 64 bytes, and this one begins 4 bytes behind a
 * multiple of 16, as which memory of Node is allocated.
 */
function copiedArray(elements: number): Float32Array<ArrayBuffer> {
  return new Float32Array(elements + 1).subarray(1);
}

/** What must be so before TensorFlow is loaded, since it reads the environment while it is. */
function prepare(threads: number | undefined): void {
  // Its notes on processors and oneDNN; what goes wrong comes as an exception anyway.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  if (threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(threads);
    process.env.TF_NUM_INTEROP_THREADS = "1"; // operations run one after the other
  }
  // tfjs-node calls these, for which Node 22 prints a warning and which Node 23 no longer has.
  const util = require("node:util") as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown) => value === undefined || value === null;
  util.isArray = Array.isArray;
}

function builtBackend(folder: string): Candidate {
  return {
    place: folder,
    load: () => {
      if (!existsSync(join(folder, BUILD_FILES.description))) throw new Error("not built");
      const binding = join(folder, BUILD_FILES.binding);
      const addon = require(join(folder, BUILD_FILES.loader)) as LoaderAddon;
      const loaded = quietly(addon, () => require(binding) as TensorflowBinding);
      // One core for both: the copy that tfjs-node would bring takes a third of a second and 140 MB.
      for (const standIn of BUILD_FILES.standIns) Object.assign(require(join(folder, standIn)), core);
      const kernels = require(join(folder, BUILD_FILES.tfjsNode, "dist/nodejs_kernel_backend.js")) as {
        NodeJSKernelBackend: new (binding: TensorflowBinding, packageName: string) => core.KernelBackend;
      };
      require(join(folder, BUILD_FILES.tfjsNode, "dist/register_all_kernels.js"));
      // Made here: the engine would print why a backend cannot be made.
      const made = new kernels.NodeJSKernelBackend(loaded, "@tensorflow/tfjs-node");
      core.registerBackend("tensorflow", () => made);
      addon.release();
      return binding;
    },
  };
}

/** What `irec backend build` compiles beside the binding; see `BUILD_FILES`. */
interface LoaderAddon {
  hush(): void;
  restore(): void;
  release(): void;
}

/** Keeps standard error silent during `load`, unless the user has asked TensorFlow for its messages. */
function quietly<T>(addon: LoaderAddon, load: () => T): T {
  if (messagesWanted) return load();
  addon.hush();
  try {
    return load();
  } finally {
    addon.restore();
  }
}

function installedTfjsNode(): Candidate {
  return {
    place: "@tensorflow/tfjs-node",
    load: () => {
      let manifest: string;
      try {
        manifest = require.resolve("@tensorflow/tfjs-node/package.json");
      } catch {
        throw new Error("not installed");
      }
      const binding = join(manifest, "..", "lib", `napi-v${NAPI_VERSION}`, "tfjs_binding.node");
      if (!existsSync(binding)) throw new Error("installed without its binding: its installer did not get TensorFlow");
      // Registers its backend with the engine, which all copies of tfjs-core in a process share.
      require("@tensorflow/tfjs-node");
      return binding;
    },
  };
}

/** The first line of what the loader said: Node adds the stack of requires. */
function loaderWords(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!;
}
