import { BYTES_PER_ELEMENT, elementsOf, isDtype } from "./dtype.ts";
import {
  CheckpointLimitError,
  DamagedCheckpointError,
  StateDictError,
  UnsafeCheckpointError,
  UnsupportedCheckpointError,
} from "./errors.ts";
import { type LazyTensor, type Storage, spanOf } from "./lazy-tensor.ts";
import { type CheckpointLimits, enforce } from "./limits.ts";
import { Dict, kindOf, Opaque } from "./pickle.ts";
import { quoted, someOf } from "./quoted.ts";
import { PickledTensor, type StorageReference, type TensorLayout } from "./torch-pickle.ts";

/** What stands beside the tensors and is no structure: epoch, name, best score. */
export type MetadataValue = string | number | bigint | boolean | null;

/** The tensors that torch.load and load_state_dict would see, by name. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorLayout>;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
}

/** DistributedDataParallel writes it before every name. */
const PARALLEL_PREFIX = "module.";

/**
 * Finds the state dict in what was unpickled: the value of the key `state_dict`, else the object itself.
 * @param key - the name of the key
 * @throws {StateDictError} when there is none, or when there is anything else than tensors in it
 */
export function findStateDict(value: unknown, file: string, key: string): StateDict {
  if (!(value instanceof Dict)) {
    if (value instanceof Opaque) throw unsafe(value, file, "is the whole content of the file");
    throw new StateDictError(
      { file },
      `holds ${kindOf(value)}; expected a state dict, or a dict with one as ${quoted(key)}`,
    );
  }
  const inside = value.entries.get(key);
  if (inside instanceof Opaque) throw unsafe(inside, file, `stands where the state dict should be, as ${quoted(key)}`);
  if (inside !== undefined && !(inside instanceof Dict)) {
    throw new StateDictError({ file }, `has ${kindOf(inside)} as ${quoted(key)}; expected a state dict`);
  }
  const metadata = new Map<string, MetadataValue>();
  if (inside !== undefined) {
    for (const [name, item] of value.entries)
      if (typeof name === "string" && isMetadataValue(item)) metadata.set(name, item);
  }
  const tensors = new Map<string, TensorLayout>();
  for (const [name, item] of (inside ?? value).entries) {
    if (typeof name === "string" && item instanceof PickledTensor) tensors.set(name, item.layout);
    else if (item instanceof Opaque) throw unsafe(item, file, `is in the state dict, as ${quoted(String(name))}`);
    else throw notOnlyTensors(value, inside, name, item, file, key);
  }
  return { tensors, metadata };
}

/** A file of another layout: says where the tensors are, if they are one step away. */
function notOnlyTensors(
  whole: Dict,
  inside: Dict | undefined,
  name: unknown,
  item: unknown,
  file: string,
  key: string,
) {
  const holders = [...whole.entries]
    .filter(([, value]) => value instanceof Dict && [...value.entries.values()].some((v) => v instanceof PickledTensor))
    .map(([holder]) => String(holder));
  const wanted = inside === undefined && holders.length > 0;
  const hint = wanted ? `. Tensors are under ${someOf(holders)}: choose one with the option \`stateDictKey\`` : "";
  return new StateDictError(
    { file },
    `${inside === undefined ? `has no ${quoted(key)}, and is no state dict itself` : `has a strange ${quoted(key)}`}: ` +
      `its entry ${typeof name === "string" ? quoted(name) : kindOf(name)} is ${kindOf(item)}, expected a tensor${hint}`,
  );
}

/**
 * Drops the prefix `module.` where every name has it.
 * @throws {StateDictError} when only some have it: two models in one file, or a mixture that no strict load accepts
 */
export function withoutParallelPrefix<T>(tensors: ReadonlyMap<string, T>, file: string): ReadonlyMap<string, T> {
  const names = [...tensors.keys()];
  const [prefixed, bare] = [true, false].map((has) => names.filter((name) => name.startsWith(PARALLEL_PREFIX) === has));
  if (prefixed!.length === 0) return tensors;
  if (bare!.length > 0) {
    throw new StateDictError(
      { file },
      `mixes names with and without the prefix "${PARALLEL_PREFIX}": ${someOf(prefixed!, 2)} and ${someOf(bare!, 2)}`,
    );
  }
  return new Map([...tensors].map(([name, tensor]) => [name.slice(PARALLEL_PREFIX.length), tensor]));
}

/**
 * Checks a tensor of a pickle against its storage: type, shape, and that every element lies inside.
 * @param storageOf - the bytes that a reference means
 */
export function locateTensor(
  name: string,
  layout: TensorLayout,
  file: string,
  limits: CheckpointLimits,
  storageOf: (reference: StorageReference, place: { file: string; tensor: string }) => Storage,
): LazyTensor {
  const place = { file, tensor: name };
  const { dtype, shape, strides, storage: reference } = layout;
  if (!isDtype(dtype)) {
    throw new UnsupportedCheckpointError(place, `has the type ${dtype}; real numbers, integers and booleans are read`);
  }
  if (layout.refusal !== undefined) throw new UnsupportedCheckpointError(place, layout.refusal);
  if (strides.length !== shape.length) {
    throw new DamagedCheckpointError(place, `has ${shape.length} dimensions and ${strides.length} strides`);
  }
  const elements = elementsOf(shape);
  enforce(limits, "tensorElements", elements, "has this many elements", place);
  const storage = storageOf(reference, place);
  const size = BYTES_PER_ELEMENT[dtype];
  const available = reference.view?.elements ?? Math.floor(storage.byteLength / size);
  const offset = layout.offset + (reference.view?.offset ?? 0);
  const span = spanOf(shape, strides);
  if (span > 0 && !(layout.offset + span <= available && (offset + span) * size <= storage.byteLength)) {
    throw new DamagedCheckpointError(
      place,
      `reaches to element ${layout.offset + span} of its storage ${quoted(reference.key)}, which has ${available}`,
    );
  }
  if (elements > span && elements > limits.expandedElements) {
    throw new CheckpointLimitError(
      place,
      "expandedElements",
      limits.expandedElements,
      `repeats ${span} elements to ${elements}`,
    );
  }
  return { name, dtype, shape, strides, offset, storage };
}

function unsafe({ global }: Opaque, file: string, where: string): UnsafeCheckpointError {
  return new UnsafeCheckpointError({ file }, global, `the Python object ${quoted(global)} ${where}; expected tensors`);
}

function isMetadataValue(value: unknown): value is MetadataValue {
  return value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
}
