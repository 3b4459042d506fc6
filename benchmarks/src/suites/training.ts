import { join } from "node:path";
import { LineProcess } from "../line-process.ts";
import { benchmarks, peer } from "../process.ts";
import type { Side, Suite } from "../suite.ts";
import type { TrainingAnswer, TrainingProcessSettings } from "../training-process.ts";

const MODULES = ["torch", "safetensors"];

/**
 * Largest difference of two losses of one step. The first ones are 1e-5 apart; then weights whose gradient is nearly zero go
 * different ways, since AdamW makes whole steps of rounding.
 */
const AGREEMENT = 0.02;

const IN_STEP =
  "products, forward and backward; then batch normalisations and AdamW, operation by operation: in a dozen passes over 41 million weights, of which torch needs eight, in place.";
const IN_WASM =
  "products in SIMD of four numbers, which WebAssembly multiplies and adds in two steps, are two thirds of it; torch has sixteen, in one.";

/** A step on so many pairs: spectrograms and token ids to changed weights. */
function trainingSuite(
  name: string,
  settings: Omit<TrainingProcessSettings, "model">,
  facts: Pick<Suite, "targetRatio" | "repeats" | "limit">,
): Suite {
  const { backend, threads, pairs } = settings;
  const place = backend === "wasm" ? "WebAssembly" : "native";
  const threadsTitle = threads === 1 ? "one thread" : `${threads} threads`;
  return {
    name,
    title: `${place}: a training step of MusCALL on ${pairs} pairs, ${threadsTitle}`,
    ...facts,
    needs: ["python"],
    needsModules: MODULES,
    async prepare({ folder, python, say }) {
      say(`${name}: making a MusCALL of the published size`);
      const model = join(folder, `${name}.safetensors`);
      const started: LineProcess<TrainingAnswer>[] = [];
      const close = async () => {
        for (const one of started) await one.close();
      };
      const losses: number[] = [];
      const side = async (what: string, command: string, args: readonly string[]): Promise<Side> => {
        const child = await LineProcess.start<TrainingAnswer>(command, args);
        started.push(child);
        let step = 0;
        const run = async () => {
          const { seconds, loss } = await child.run();
          losses[step] ??= loss;
          const difference = Math.abs(losses[step]! - loss);
          if (!(difference <= AGREEMENT)) throw new Error(`the loss of ${what} is ${difference} away in step ${step}`);
          step += 1;
          return { seconds };
        };
        // The first steps make buffers and compile.
        for (let i = 0; i < 2; i++) await run();
        return { name: what, run };
      };
      try {
        const own = [`${benchmarks}dist/training-process.js`, JSON.stringify({ ...settings, model })];
        const ours = await side("@irec/encoders", process.execPath, own);
        const torch = await side("torch", python!, [peer("training.py"), model, String(pairs), String(threads)]);
        return { ours, peers: [torch], close };
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

/** Contrastive training of a MusCALL of the published size. */
export const training: readonly Suite[] = [
  trainingSuite(
    "native-train",
    { backend: "tensorflow", threads: 1, pairs: 8 },
    { targetRatio: 1 / 2, repeats: 9, limit: IN_STEP },
  ),
  trainingSuite(
    "native-train-2",
    { backend: "tensorflow", threads: 2, pairs: 8 },
    { targetRatio: 1 / 2, repeats: 9, limit: IN_STEP },
  ),
  trainingSuite(
    "wasm-train",
    { backend: "wasm", threads: 1, pairs: 8 },
    { targetRatio: 1 / 2, repeats: 5, limit: IN_WASM },
  ),
];
