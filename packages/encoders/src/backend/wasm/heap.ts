import { type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";

/** What this package uses of TensorFlow.js' WebAssembly backend 4.22. */
export interface TfjsWasmBackend {
  readonly wasm: {
    HEAPU8: Uint8Array;
    readonly asm: {
      readonly memory: WebAssembly.Memory;
      malloc(bytes: number): number;
      free(pointer: number): void;
    };
    readonly tfjs: { getThreadsCount(): number };
    _malloc(bytes: number): number;
    _free(pointer: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** The memory in which the backend keeps its tensors. */
export class Heap {
  readonly backend: TfjsWasmBackend;

  constructor(backend: TfjsWasmBackend) {
    this.backend = backend;
  }

  /** Where the values of a tensor begin, in bytes. */
  pointer(tensor: TensorInfo): number {
    // Where the code of the backend allocated it, addresses above 2 GiB are negative.
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
  }

  /** A new tensor with arbitrary values. */
  output(shape: readonly number[], dtype: DataType = "float32"): TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  /** The values of a float32 tensor, in place: valid until anything is allocated, since the memory may move. */
  floats(tensor: TensorInfo): Float32Array {
    return new Float32Array(this.backend.wasm.HEAPU8.buffer, this.pointer(tensor), util.sizeFromShape(tensor.shape));
  }

  /** The values of an int32 tensor, in place: valid until anything is allocated. */
  integers(tensor: TensorInfo): Int32Array {
    return new Int32Array(this.backend.wasm.HEAPU8.buffer, this.pointer(tensor), util.sizeFromShape(tensor.shape));
  }

  dispose(tensor: TensorInfo): void {
    this.backend.disposeData(tensor.dataId);
  }

  /** Calls `use` with the beginning of so many bytes, which are free again when it returns. */
  withScratch<T>(bytes: number, use: (pointer: number) => T): T {
    const pointer = this.backend.wasm._malloc(bytes) >>> 0;
    try {
      return use(pointer);
    } finally {
      this.backend.wasm._free(pointer);
    }
  }
}
