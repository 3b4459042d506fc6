import type { TensorInfo } from "@tensorflow/tfjs-core";

/** A tensor of TensorFlow's, by the number that the binding gave it. */
export type TensorId = number;

/** What the binding says of a tensor that an operation made. */
export interface MadeTensor {
  readonly id: TensorId;
  readonly shape: number[];
  /** One of the binding's `TF_*` types. */
  readonly dtype: number;
}

/** An attribute of a TensorFlow operation; `type` is one of the binding's `TF_ATTR_*`. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly string[];
}

/** The part that is used here of tfjs-node's binding, its only C++ module. */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): TensorId;
  deleteTensor(id: TensorId): void;
  /** Runs an operation of TensorFlow by its name. */
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorId[],
    outputs: number,
  ): MadeTensor[];
}

/** The part that is used here of the backend that tfjs-node registers. */
export interface TfjsNodeBackend {
  readonly binding: TensorflowBinding;
  /** Hands the values of tensors over to TensorFlow; tfjs-node keeps the JavaScript array until an operation needs it. */
  getInputTensorIds(tensors: readonly TensorInfo[]): TensorId[];
  /** Makes a tensor of the engine out of one of TensorFlow's. */
  createOutputTensor(made: MadeTensor): TensorInfo;
}
