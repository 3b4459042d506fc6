import type { LengthPolicyName } from "../audio/length-policies.ts";
import type { ModelHealth } from "../models/health.ts";
import type { NodeLoadOptions } from "../models/node.ts";
import type { Waveform } from "../two-tower.ts";

/** What a worker loads when it starts: the options that can be sent, which functions cannot. */
export interface WorkerModel {
  readonly from: string;
  readonly options: NodeLoadOptions;
}

/** A part of the inputs; the worker answers with its number. */
export type Task = { readonly part: number; readonly batchSize?: number } & Inputs;

/** What is to be embedded. */
export type Inputs =
  | { readonly kind: "audio"; readonly clips: readonly Waveform[]; readonly lengthPolicy?: LengthPolicyName }
  | { readonly kind: "text"; readonly texts: readonly string[] };

/** Rows of both spaces, row-major. */
export interface Rows {
  readonly preJoint: Float32Array;
  readonly joint: Float32Array;
  /** Of texts only. */
  readonly lostTokens?: Int32Array;
}

/** What a worker answers: how far loading is, that it is ready, the rows of a part, or what went wrong (part -1: loading). */
export type Answer =
  | { readonly kind: "loading"; readonly done: number; readonly total: number }
  | { readonly kind: "ready"; readonly health: ModelHealth }
  | { readonly kind: "rows"; readonly part: number; readonly rows: Rows }
  | { readonly kind: "error"; readonly part: number; readonly error: Record<string, unknown> };
