import type { LoadedTwoTower } from "@irec/encoders";
import type { Encoders } from "../encoders.ts";
import { type Progress, silentProgress } from "../progress.ts";
import type { Plans } from "./make-plans.ts";
import type { EmbedOptions, EmbedRequest } from "./request.ts";

/** Loads the model when something is to be computed, and once. */
export class ModelOnDemand {
  readonly #encoders: Encoders;
  readonly #request: EmbedRequest;
  readonly #plans: Plans;
  readonly #options: EmbedOptions;
  #loading: Promise<LoadedTwoTower> | undefined;

  constructor(encoders: Encoders, request: EmbedRequest, plans: Plans, options: EmbedOptions) {
    this.#encoders = encoders;
    this.#request = request;
    this.#plans = plans;
    this.#options = options;
  }

  get(): Promise<LoadedTwoTower> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async dispose(): Promise<void> {
    const model = await this.#loading?.catch(() => undefined);
    model?.dispose();
  }

  async #load(): Promise<LoadedTwoTower> {
    const { model, backend, jobs } = this.#request;
    const { signal, say, progress = silentProgress } = this.#options;
    let bar: ReturnType<Progress["start"]> | undefined;
    let before = 0;
    try {
      return await this.#encoders.loadTwoTower(model.checkpoint, {
        ...model.loadOptions,
        name: model.name,
        tokenizer: this.#plans.vocabulary ?? null,
        ...(backend && { backend }),
        ...(jobs && { jobs }),
        ...(signal && { signal }),
        onProgress(done, total) {
          bar ??= progress.start(`loading ${model.name}`, total, { unit: "bytes" });
          bar.advance(done - before);
          before = done;
        },
        onWarning: (warning) => say?.(`warning: ${model.name}: ${warning}`),
      });
    } finally {
      bar?.end();
    }
  }
}
