import type { BackendName } from "./backend.ts";

/** A place where a native backend was looked for, and why it is not the one in use. */
export interface PassedOver {
  /** A folder or a package. */
  readonly place: string;
  /** What the loader said. */
  readonly reason: string;
}

/** Which backend runs, and why. */
export interface BackendReport {
  readonly name: BackendName;
  /** One sentence without a full stop. */
  readonly reason: string;
  /** How many threads an operation may use. */
  readonly threads: number;
  /** Versions of what computes: `tfjs-core`, and `tensorflow` and `tfjs-node`, or `tfjs-backend-wasm`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Whether WebAssembly computes four numbers at a time; several times slower without. */
  readonly simd?: boolean;
  /** File of the native binding, when that is in use. */
  readonly binding?: string;
  /** Native backends that were not used; empty when the first one runs, or when they were not asked for. */
  readonly passedOver: readonly PassedOver[];
}
