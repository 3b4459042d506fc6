import { BYTES_PER_ELEMENT, isDtype } from "./dtype.ts";
import type { CheckpointLimits } from "./limits.ts";
import {
  Dict,
  kindOf,
  List,
  Opaque,
  PickleGlobal,
  type PickleHost,
  type PickleMachine,
  Tuple,
  type Unpickled,
  unpickle,
} from "./pickle.ts";
import { quoted } from "./quoted.ts";

/** A storage as a pickle names it. */
export interface StorageReference {
  readonly key: string;
  /** PyTorch's name of the element type; undefined for an untyped storage, which counts bytes. */
  readonly dtype: string | undefined;
  readonly elements: number;
  /** The part that is meant, in elements: only in files from before torch 1.6. */
  readonly view: { readonly offset: number; readonly elements: number } | undefined;
}

/** A tensor as a pickle describes it: integers, whose meaning is not checked yet. Lengths are in elements. */
export interface TensorLayout {
  readonly storage: StorageReference;
  /** PyTorch's name, of a type that is read or not. */
  readonly dtype: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Why its bytes are not its values, if they are not. */
  readonly refusal: string | undefined;
}

/** How many bytes a storage takes. */
export function bytesOfStorage({ dtype, elements }: StorageReference): number {
  if (dtype === undefined) return elements;
  return elements * (isDtype(dtype) ? BYTES_PER_ELEMENT[dtype] : COMPLEX_BYTES[dtype as keyof typeof COMPLEX_BYTES]);
}

/** Of the storages that are known and not read. */
const COMPLEX_BYTES = { complex64: 8, complex128: 16 };

/** Where a pickle has a tensor. */
export class PickledTensor {
  readonly layout: TensorLayout;

  constructor(layout: TensorLayout) {
    this.layout = layout;
  }
}

/** The storages that a pickle refers to, by key; the first reference of each. */
export type Storages = ReadonlyMap<string, StorageReference>;

/**
 * Reads a pickle that torch.save has written.
 * @param allowOpaque - an unknown Python object becomes a placeholder instead of an error
 */
export function unpickleTorch(
  bytes: Uint8Array,
  limits: CheckpointLimits,
  place: { readonly file: string; readonly position: number },
  allowOpaque: boolean,
): Unpickled & { readonly storages: Storages } {
  const storages = new Map<string, StorageReference>();
  const host: PickleHost = {
    global: (module, name) =>
      allowed.get(`${module} ${name}`) ?? (allowOpaque ? new Opaque(`${module}.${name}`) : undefined),
    persistent(id, machine) {
      const storage = storageReference(id, machine);
      const known = storages.get(storage.key);
      if (known === undefined) {
        machine.spend(1);
        storages.set(storage.key, storage);
      }
      return storage;
    },
    build: giveState,
  };
  return { ...unpickle(bytes, host, limits, place), storages };
}

/** An element type as a value: `torch.FloatStorage` or `torch.float32`. */
class TypeTag extends PickleGlobal {
  readonly dtype: string | undefined;

  constructor(name: string, dtype: string | undefined) {
    super(name);
    this.dtype = dtype;
  }
}

class NumpyDtype {
  readonly code: string;
  littleEndian = true;

  constructor(code: string) {
    this.code = code;
  }
}

const STORAGE_TYPES: Readonly<Record<string, string>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
  // Known, so that a tensor of them is refused by its name and not by that of its storage.
  ComplexFloatStorage: "complex64",
  ComplexDoubleStorage: "complex128",
};

type Call = (args: readonly unknown[], machine: PickleMachine) => unknown;

const functions: Readonly<Record<string, Call>> = {
  "collections OrderedDict": orderedDict,
  "torch._utils _rebuild_tensor": (args, machine) => tensor(args.slice(0, 4), machine),
  "torch._utils _rebuild_tensor_v2": (args, machine) => tensor(args, machine, undefined, args[6]),
  // Since torch 2.1, for types that have no storage class: the type comes as an argument.
  "torch._utils _rebuild_tensor_v3": (args, machine) => {
    const type = args[6];
    if (!(type instanceof TypeTag)) return machine.damaged(`makes a tensor of the type ${kindOf(type)}`);
    return tensor(args, machine, type.dtype, args[7]);
  },
  "torch._utils _rebuild_parameter": parameter,
  "torch._utils _rebuild_parameter_with_state": parameter,
  "torch Size": ([sizes], machine) =>
    sizes instanceof Tuple ? sizes : machine.damaged(`makes a torch.Size of ${kindOf(sizes)}`),
  "torch device": (args, machine) => {
    if (args.every((part) => typeof part === "string" || typeof part === "number")) return args.join(":");
    return machine.damaged(`makes a torch.device of ${args.map(kindOf).join(", ")}`);
  },
  "torch.serialization _get_layout": ([name], machine) =>
    typeof name === "string" ? name : machine.damaged(`makes a torch.layout of ${kindOf(name)}`),
  // NumPy 2 moved it.
  "numpy.core.multiarray scalar": numpyScalar,
  "numpy._core.multiarray scalar": numpyScalar,
  "numpy dtype": ([code], machine) => {
    if (typeof code === "string" && code.length <= 16) return new NumpyDtype(code);
    return machine.damaged(`makes a numpy.dtype of ${kindOf(code)}`);
  },
  "_codecs encode": latin1Bytes,
};

/** The allow-list, by module and name: everything that torch.save needs to describe tensors, and nothing else. */
const allowed: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ...Object.entries(functions).map(([key, call]): [string, PickleGlobal] => [
    key,
    new PickleGlobal(key.replace(" ", "."), call),
  ]),
  ...Object.entries(STORAGE_TYPES).map(([name, dtype]): [string, PickleGlobal] => [
    `torch ${name}`,
    new TypeTag(`torch.${name}`, dtype),
  ]),
  ["torch.storage UntypedStorage", new TypeTag("torch.storage.UntypedStorage", undefined)],
  ...[...Object.keys(BYTES_PER_ELEMENT), "complex32", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2"].map(
    (dtype): [string, PickleGlobal] => [`torch ${dtype}`, new TypeTag(`torch.${dtype}`, dtype)],
  ),
]);

function orderedDict(args: readonly unknown[], machine: PickleMachine): Dict {
  const dict = new Dict();
  if (args.length === 0) return dict;
  const pairs = args[0];
  if (args.length > 1 || !(pairs instanceof List))
    return machine.damaged("makes an OrderedDict of something else than pairs");
  // The list may be remembered and used again: each use is paid for.
  machine.spend(2 * pairs.items.length);
  for (const pair of pairs.items) {
    if (!(pair instanceof Tuple || pair instanceof List) || pair.items.length !== 2) {
      return machine.damaged("makes an OrderedDict of something else than pairs");
    }
    machine.setItem(dict, pair.items[0], pair.items[1]);
  }
  return dict;
}

/** Bytes, as protocol 2 writes them: each code point is one. */
function latin1Bytes([text, encoding]: readonly unknown[], machine: PickleMachine): Uint8Array {
  if (typeof text !== "string" || encoding !== "latin1")
    return machine.damaged("encodes something else than latin1 text");
  machine.spend(text.length);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return machine.damaged("encodes a character as latin1 that has no place in it");
    bytes[i] = code;
  }
  return bytes;
}

/** `('storage', type, key, location, elements)`, and before torch 1.6 a sixth item, the view. */
function storageReference(id: unknown, machine: PickleMachine): StorageReference {
  const [kind, type, key, location, elements, view] = id instanceof Tuple ? id.items : [];
  if (kind !== "storage" || typeof key !== "string" || typeof location !== "string") {
    return machine.damaged("refers to something outside of its pickle that is no storage");
  }
  if (!(type instanceof TypeTag)) return machine.damaged(`refers to a storage of the type ${kindOf(type)}`);
  const total = length(elements, "a storage's length", machine);
  if (view === undefined || view === null) return { key, dtype: type.dtype, elements: total, view: undefined };
  if (!(view instanceof Tuple) || view.items.length !== 3)
    return machine.damaged("refers to a strange view of a storage");
  const [offset, part] = view.items.slice(1).map((item) => length(item, "a storage view", machine)) as [number, number];
  if (offset + part > total)
    return machine.damaged(`has a storage view of ${part} elements from ${offset} on, of ${total}`);
  return { key, dtype: type.dtype, elements: total, view: { offset, elements: part } };
}

function tensor(args: readonly unknown[], machine: PickleMachine, dtype?: string, metadata?: unknown): PickledTensor {
  const [storage, offset, shape, strides] = args;
  if (!isStorageReference(storage)) return machine.damaged(`makes a tensor of ${kindOf(storage)} instead of a storage`);
  const type = dtype ?? storage.dtype;
  if (type === undefined) return machine.damaged("makes a tensor without a type");
  machine.spend(1);
  return new PickledTensor({
    storage,
    dtype: type,
    offset: length(offset, "a tensor's offset", machine),
    shape: lengths(shape, "a tensor's shape", machine),
    strides: lengths(strides, "a tensor's strides", machine),
    // Lazily negated or conjugated: the bytes are not the values.
    refusal:
      metadata instanceof Dict && [...metadata.entries.values()].some((value) => value !== false)
        ? `has the tensor metadata ${[...metadata.entries.keys()].map(String).map(quoted).join(", ")}`
        : undefined,
  });
}

function isStorageReference(value: unknown): value is StorageReference {
  return typeof value === "object" && value !== null && "elements" in value && "key" in value;
}

function parameter([data]: readonly unknown[], machine: PickleMachine): PickledTensor {
  return data instanceof PickledTensor ? data : machine.damaged(`makes a parameter of ${kindOf(data)}`);
}

function lengths(value: unknown, what: string, machine: PickleMachine): number[] {
  if (!(value instanceof Tuple)) return machine.damaged(`has ${kindOf(value)} as ${what}`);
  if (value.items.length > machine.limits.tensorRank)
    return machine.exceeds("tensorRank", `has ${what} with dimensions`);
  return value.items.map((item) => length(item, what, machine));
}

function length(value: unknown, what: string, machine: PickleMachine): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return machine.damaged(`has ${typeof value === "number" ? value : kindOf(value)} in ${what}; expected a count`);
}

/** States that are written and mean nothing for the values, and the byte order of a NumPy type. */
function giveState(object: unknown, state: unknown, machine: PickleMachine): boolean {
  // OrderedDict: attributes, such as `_metadata` of a state dict.
  if (object instanceof Dict) return state instanceof Dict;
  if (!(object instanceof NumpyDtype)) return false;
  const order = state instanceof Tuple ? state.items[1] : undefined;
  if (typeof order !== "string" || !["<", ">", "|", "="].includes(order)) machine.damaged("has a strange numpy.dtype");
  object.littleEndian = order !== ">";
  return true;
}

function numpyScalar([type, bytes]: readonly unknown[], machine: PickleMachine): unknown {
  if (!(type instanceof NumpyDtype)) return machine.damaged(`makes a NumPy number of the type ${kindOf(type)}`);
  const read = NUMPY_READERS[type.code];
  // Strings, dates and records: harmless, and of no use here.
  if (read === undefined) return new Opaque(`numpy.dtype(${type.code})`);
  if (!(bytes instanceof Uint8Array) || bytes.length !== Number(type.code.slice(1))) {
    return machine.damaged(`makes a NumPy number ${type.code} of ${kindOf(bytes)}`);
  }
  const value = read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), type.littleEndian);
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const NUMPY_READERS: Readonly<Record<string, (view: DataView, little: boolean) => number | bigint | boolean>> = {
  f8: (view, little) => view.getFloat64(0, little),
  f4: (view, little) => view.getFloat32(0, little),
  i8: (view, little) => view.getBigInt64(0, little),
  i4: (view, little) => view.getInt32(0, little),
  i2: (view, little) => view.getInt16(0, little),
  i1: (view) => view.getInt8(0),
  u8: (view, little) => view.getBigUint64(0, little),
  u4: (view, little) => view.getUint32(0, little),
  u2: (view, little) => view.getUint16(0, little),
  u1: (view) => view.getUint8(0),
  b1: (view) => view.getUint8(0) !== 0,
};
