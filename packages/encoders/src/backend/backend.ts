import { setBackend, type TensorContainer, tidy } from "@tensorflow/tfjs-core";

/** The TensorFlow.js backends that the models run on: libtensorflow by tfjs-node, or WebAssembly. */
export type BackendName = "tensorflow" | "wasm";

/** A started backend. A model keeps the one that its weights are on. */
export interface Backend {
  readonly name: BackendName;
  /**
   * Runs `compute` on this backend, whichever the last one was, and frees all tensors that it made except for those it
   * returns. `compute` is synchronous, so that no other model's work comes between.
   */
  run<T extends TensorContainer>(compute: () => T): T;
}

/** The backend that is registered with the engine and started under a name. */
export function startedBackend(name: BackendName): Backend {
  return {
    name,
    run: (compute) => {
      // Synchronous for a backend that has been started, though it returns a promise.
      void setBackend(name);
      return tidy(compute);
    },
  };
}
