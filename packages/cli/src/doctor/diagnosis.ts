import { lstatSync, readdirSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import {
  type BackendReport,
  BackendUnavailableError,
  backendReport,
  backendSpeed,
  cacheFolder,
  nativeBuildFolder,
  type PassedOver,
} from "@irec/encoders";
import { readBuild } from "../backend-build/build-backend.ts";
import { packageVersions } from "../results/provenance.ts";

/** A backend that was tried, with its speed or the reason why it does not start. */
export type TriedBackend =
  | { readonly name: string; readonly starts: true; readonly gflops: number; readonly report: BackendReport }
  | {
      readonly name: string;
      readonly starts: false;
      readonly error: string;
      readonly passedOver: readonly PassedOver[];
    };

/** What `irec doctor` finds. */
export interface Diagnosis {
  readonly irec: string;
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly processors: number;
  readonly memoryBytes: number;
  /** The backend that models run on now; missing when the one that is asked for does not start. */
  readonly inUse?: BackendReport;
  /** Why there is none. */
  readonly error?: string;
  /** Each backend on its own. */
  readonly backends: readonly TriedBackend[];
  readonly cache: { readonly folder: string; readonly bytes: number };
  /** What would make it work, or faster; empty when nothing would. */
  readonly advice: readonly string[];
}

/** Starts and measures every backend, and says what could be better. */
export async function diagnose(): Promise<Diagnosis> {
  const used = await backendReport().then(
    (inUse) => ({ inUse }),
    (error: Error) => ({ error: error.message }),
  );
  const backends = [await tried("tensorflow"), await tried("wasm")];
  const folder = cacheFolder();
  return {
    irec: packageVersions()["@irec/cli"]!,
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    ...used,
    backends,
    cache: { folder, bytes: sizeOf(folder) },
    advice: adviceOn("inUse" in used ? used.inUse.name : undefined, backends),
  };
}

async function tried(name: "tensorflow" | "wasm"): Promise<TriedBackend> {
  try {
    return { name, starts: true, ...(await backendSpeed(name)) };
  } catch (error) {
    const passedOver = error instanceof BackendUnavailableError ? error.passedOver : [];
    return { name, starts: false, error: (error as Error).message, passedOver };
  }
}

function adviceOn(inUse: string | undefined, backends: readonly TriedBackend[]): string[] {
  const advice: string[] = [];
  const works = (wanted: string) => backends.some(({ name, starts }) => name === wanted && starts);
  const { IREC_BACKEND, IREC_THREADS } = process.env;
  if (inUse === undefined) {
    advice.push("the backend that is asked for does not start: change IREC_BACKEND or IREC_THREADS, or unset them");
  }
  if (!works("tensorflow")) {
    const built = readBuild(nativeBuildFolder()) !== undefined;
    advice.push(
      built
        ? "the native backend was built but does not load: irec backend build --force builds it again"
        : "irec backend build makes the native backend, on which models run several times faster",
    );
  } else if (inUse === "wasm") {
    advice.push(`IREC_BACKEND is ${IREC_BACKEND}: without it, the native backend is used, which is faster`);
  }
  if (inUse !== undefined && IREC_THREADS && Number(IREC_THREADS) < availableParallelism()) {
    advice.push(`IREC_THREADS is ${IREC_THREADS}, of ${availableParallelism()} processors`);
  }
  return advice;
}

/** Bytes of all files below a folder; 0 when there is none. */
function sizeOf(path: string): number {
  try {
    const entry = lstatSync(path);
    if (!entry.isDirectory()) return entry.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0; // not there, or gone in the meantime
  }
}
