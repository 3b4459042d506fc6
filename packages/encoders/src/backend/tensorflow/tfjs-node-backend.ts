import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";

/** The part that is used here of tfjs-node's binding, its only C++ module. */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
}

/** An attribute of a TensorFlow operation; `type` is one of the binding's `TF_ATTR_*`. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly boolean[] | readonly number[] | readonly string[];
}

/** The part that is used here of the backend that tfjs-node registers: it runs any operation of TensorFlow by its name. */
export interface TfjsNodeBackend {
  readonly binding: TensorflowBinding;
  executeSingleOutput(name: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
  /** Hands the values of tensors over to TensorFlow; tfjs-node keeps the JavaScript array until an operation needs it. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
}
