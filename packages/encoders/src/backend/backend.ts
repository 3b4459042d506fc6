import { setBackend, type Tensor, type TensorContainer, tensor, tidy } from "@tensorflow/tfjs-core";

/** The TensorFlow.js backends that the models run on: libtensorflow by tfjs-node, or WebAssembly. */
export type BackendName = "tensorflow" | "wasm";

/** Which backend to use: one by name, or the fastest that starts. */
export type BackendChoice = "auto" | BackendName;

/** A started backend. A model keeps the one that its weights are on. */
export interface Backend {
  readonly name: BackendName;
  /**
   * Runs `compute` on this backend, whichever the last one was, and frees all tensors that it made except for those it
   * returns. `compute` is synchronous, so that no other model's work comes between.
   * @internal
   */
  run<T extends TensorContainer>(compute: () => T): T;
  /**
   * A tensor of weights, which lives until it is disposed. The values are with the backend when this returns, so that the
   * array can be collected; it must not be written to again, since a backend may have kept it, unless `buffer` made it.
   * @internal
   */
  upload(values: Float32Array | Int32Array, shape: readonly number[]): Tensor;
  /** An array that `upload` copies, all of it or its beginning, so that it can be filled again and again. */
  buffer(elements: number): Float32Array<ArrayBuffer>;
}

/**
 * What a backend does in its own way.
 * @internal
 */
export interface BackendTraits {
  /** Hands the values of a new tensor over, where the backend would wait until they are first used. */
  readonly settle?: (uploaded: Tensor) => void;
  /** As `Backend.buffer`, where the backend keeps arrays that it can use as they are. */
  readonly buffer?: (elements: number) => Float32Array<ArrayBuffer>;
}

/**
 * The backend that is registered with the engine and started under a name.
 * @internal
 */
export function startedBackend(name: BackendName, { settle, buffer }: BackendTraits = {}): Backend {
  // Synchronous for a backend that has been started, though it returns a promise.
  const activate = () => void setBackend(name);
  return {
    name,
    run: (compute) => {
      activate();
      return tidy(compute);
    },
    upload: (values, shape) => {
      activate();
      const uploaded = tensor(values, [...shape], values instanceof Int32Array ? "int32" : "float32");
      settle?.(uploaded);
      return uploaded;
    },
    buffer: buffer ?? ((elements) => new Float32Array(elements)),
  };
}
