import type { Tensor } from "@tensorflow/tfjs-core";
import { DamagedCheckpointError } from "../checkpoint/errors.ts";
import { BATCH_NORM_EPSILON } from "../layers/batch-norm.ts";
import type { Parameter } from "../layers/parameters.ts";
import type { NameMap } from "./read-parameters.ts";

/**
 * The same `read`, which refuses running variances of a batch normalisation that have no root: NaN or infinity would come
 * of them, far from their cause.
 * @param file - for messages, as `names`
 */
export function requireVariances(
  file: string,
  names: NameMap,
  read: (wanted: Parameter) => Promise<Tensor>,
): (wanted: Parameter) => Promise<Tensor> {
  return async (wanted) => {
    const tensor = await read(wanted);
    if (!wanted.name.endsWith(".running_var")) return tensor;
    const values = tensor.dataSync<"float32">();
    // As it is added on a backend, in float32.
    const epsilon = Math.fround(BATCH_NORM_EPSILON);
    const channel = values.findIndex((value) => !(Math.fround(value + epsilon) > 0));
    if (channel < 0) return tensor;
    tensor.dispose();
    const fault = `has the variance ${values[channel]} for channel ${channel}, expected 0 or more; copy or download it again`;
    throw new DamagedCheckpointError({ file, tensor: names.stored(wanted.name)[0] }, fault);
  };
}
