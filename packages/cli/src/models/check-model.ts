import type { BackendChoice, LoadedTwoTower, LoadOptions, ModelHealth, SelfTestResult } from "@irec/encoders";
import { type Encoders, withEncoders } from "../encoders.ts";

/** What the command line can say about a checkpoint. */
export type LoadSettings = Pick<LoadOptions, "allowOpaque" | "textHeads" | "sampleRate" | "clipSeconds" | "hopLength">;

/** Options of `checkModel`. */
export interface CheckOptions {
  readonly settings: LoadSettings;
  /** A folder with the vocabulary, or tokenizer.json; else the files beside the checkpoint. */
  readonly tokenizer?: string | undefined;
  /** Only this backend; else every one that starts. */
  readonly backend?: BackendChoice | undefined;
  /** Told what is being done. */
  readonly say: (line: string) => void;
}

/** What `irec models check` found. */
export interface ModelCheck {
  readonly file: string;
  readonly model: string;
  readonly backend: string;
  /** Milliseconds from the path to the model being ready. */
  readonly loadMilliseconds: number;
  readonly hasTokenizer: boolean;
  readonly health: ModelHealth;
  readonly comparisons: readonly SelfTestResult[];
  /** Why another backend was not compared; undefined when it was. */
  readonly notCompared: string | undefined;
  /** Whether health and comparisons are all in order. */
  readonly passed: boolean;
}

/** Loads a model, looks at its health, and tests its computing. */
export async function checkModel(file: string, options: CheckOptions): Promise<ModelCheck> {
  return await withEncoders((encoders) => check(encoders, file, options));
}

async function check(encoders: Encoders, file: string, { settings, tokenizer, backend, say }: CheckOptions) {
  const files = tokenizer === undefined ? {} : { tokenizer: await encoders.readTokenizerFiles(tokenizer) };
  const options = { ...settings, ...files };
  say(`loading ${file}`);
  const started = performance.now();
  const model = await encoders.loadTwoTower(file, { ...options, ...(backend && { backend }) });
  const loadMilliseconds = Math.round(performance.now() - started);
  let other: LoadedTwoTower | undefined;
  let notCompared: string | undefined;
  try {
    if (model.backendName === "wasm")
      notCompared = backend === "wasm" ? "only wasm was asked for" : "tensorflow does not start";
    else if (backend === "tensorflow") notCompared = "only tensorflow was asked for";
    else {
      say("loading it on wasm, to compare");
      other = await encoders.loadTwoTower(file, { ...options, backend: "wasm", healthCheck: false });
    }
    const comparisons = await encoders.selfTest(model, { other, onProgress: say });
    return {
      file,
      model: model.architecture,
      backend: model.backendName,
      loadMilliseconds,
      hasTokenizer: model.tokenizer !== undefined,
      health: model.health,
      comparisons,
      notCompared,
      passed: model.health.warnings.length === 0 && comparisons.every(({ passed }) => passed),
    };
  } finally {
    model.dispose();
    other?.dispose();
  }
}
