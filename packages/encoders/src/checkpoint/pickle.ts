import { CheckpointLimitError, DamagedCheckpointError, UnsafeCheckpointError } from "./errors.ts";
import type { CheckpointLimits } from "./limits.ts";
import { quoted } from "./quoted.ts";

/** What is inside a pickle, and where the next one would begin. */
export interface Unpickled {
  /** A number, string, boolean, null, bigint, Uint8Array, one of the classes below, or what the host has made. */
  readonly value: unknown;
  readonly end: number;
}

/** Gives a pickle's names their meaning; nothing else can be reached from a pickle. */
export interface PickleHost {
  /** What `module.name` stands for; undefined when it is not on the allow-list. */
  global(module: string, name: string): PickleGlobal | Opaque | undefined;
  /** What a persistent id stands for. */
  persistent(id: unknown, machine: PickleMachine): unknown;
  /** Gives an object its state; false when the object takes none. */
  build(object: unknown, state: unknown, machine: PickleMachine): boolean;
}

/** A name on the allow-list: a tag, or a function of ours that stands in for Python's. */
export class PickleGlobal {
  readonly name: string;
  readonly call: ((args: readonly unknown[], machine: PickleMachine) => unknown) | undefined;

  constructor(name: string, call?: PickleGlobal["call"]) {
    this.name = name;
    this.call = call;
  }
}

/** Stands where an object was that nothing is known of, except what it would have been made with. */
export class Opaque {
  readonly global: string;

  constructor(global: string) {
    this.global = global;
  }
}

/** How many containers are inside one another here: at least one, this one. */
abstract class Container {
  depth = 1;
}

/** A Python tuple. */
export class Tuple extends Container {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    super();
    this.items = items;
  }
}

/** A Python list. */
export class List extends Container {
  readonly items: unknown[] = [];
}

/** A Python set or frozenset. */
export class PySet extends Container {
  readonly items: unknown[] = [];
}

/** A Python dict or OrderedDict. A Map, in which `__proto__` is a key as any other. */
export class Dict extends Container {
  readonly entries = new Map<unknown, unknown>();
}

/** Python's word for the kind of a value, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return "None";
  if (value instanceof Dict) return "a dict";
  if (value instanceof List) return "a list";
  if (value instanceof Tuple) return "a tuple";
  if (value instanceof PySet) return "a set";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Opaque) return `an object of ${value.global}`;
  if (value instanceof PickleGlobal) return `the name ${value.name}`;
  if (typeof value === "string") return "a string";
  if (typeof value === "number" || typeof value === "bigint") return "a number";
  return typeof value === "boolean" ? "a boolean" : "an object";
}

/** Larger integers have no use in a checkpoint; Python's own short form ends here, too. */
const MAX_INTEGER_BYTES = 255;
/** A module and a name have some tens each. */
const MAX_GLOBAL_BYTES = 1024;
const HIGHEST_PROTOCOL = 5;

/**
 * Reads one pickle, protocols 2 to 5, as data: names outside the host's allow-list are an error, and nothing is ever
 * imported or executed.
 * @param bytes - the pickle, and perhaps more behind it
 * @param place - the file, and where in it `bytes` begins
 * @throws {UnsafeCheckpointError} for a name that is not allowed
 * @throws {CheckpointLimitError} for a pickle that asks for too much memory
 * @throws {DamagedCheckpointError} for anything that Python's pickler does not write
 * @see CPython, Lib/pickletools.py (the opcodes)
 */
export function unpickle(
  bytes: Uint8Array,
  host: PickleHost,
  limits: CheckpointLimits,
  place: { readonly file: string; readonly position: number },
): Unpickled {
  return new PickleMachine(bytes, host, limits, place).run();
}

/** The stack machine behind `unpickle`. */
export class PickleMachine {
  readonly limits: CheckpointLimits;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #host: PickleHost;
  readonly #place: { readonly file: string; readonly position: number };
  readonly #stack: unknown[] = [];
  /** Heights of the stack where a mark lies. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #at = 0;
  /** Of the current opcode. */
  #start = 0;
  #spent = 0;

  constructor(
    bytes: Uint8Array,
    host: PickleHost,
    limits: CheckpointLimits,
    place: { readonly file: string; readonly position: number },
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#host = host;
    this.limits = limits;
    this.#place = place;
  }

  run(): Unpickled {
    for (;;) {
      this.#start = this.#at;
      const opcode = this.#uint8();
      if (opcode === 0x2e) break; // STOP
      this.#step(opcode);
      if (this.#stack.length > this.limits.pickleStack) this.exceeds("pickleStack", "its pickle piles up values");
    }
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) this.damaged("its pickle stops in the middle of a value");
    return { value, end: this.#at };
  }

  /** Counts values that are built, against the limit. */
  spend(items: number): void {
    this.#spent += items;
    if (this.#spent > this.limits.pickleItems) this.exceeds("pickleItems", "its pickle builds values");
  }

  damaged(message: string): never {
    throw new DamagedCheckpointError(this.#here(), message);
  }

  exceeds(limit: keyof CheckpointLimits, what: string): never {
    throw new CheckpointLimitError(this.#here(), limit, this.limits[limit], `${what} without end`);
  }

  #here() {
    return { file: this.#place.file, position: this.#place.position + this.#start };
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = this.#uint8();
        if (protocol > HIGHEST_PROTOCOL) this.damaged(`is pickled with protocol ${protocol}; 2 to 5 are known`);
        return;
      }
      case 0x95: // FRAME
        if (this.#length8() > this.#bytes.length - this.#at) this.#truncated();
        return;
      case 0x28: // MARK
        this.#marks.push(this.#stack.length);
        if (this.#marks.length > this.limits.pickleNesting)
          this.exceeds("pickleNesting", "its pickle nests containers");
        return;
      case 0x30: // POP
        // On top of a mark it takes the mark, as Python's does.
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case 0x31: // POP_MARK
        this.#popMark();
        return;
      case 0x32: // DUP
        this.#push(this.#top());
        return;
      case 0x4e: // NONE
        this.#push(null);
        return;
      case 0x88: // NEWTRUE
        this.#push(true);
        return;
      case 0x89: // NEWFALSE
        this.#push(false);
        return;
      case 0x4a: // BININT
        this.#push(this.#view.getInt32(this.#take(4), true));
        return;
      case 0x4b: // BININT1
        this.#push(this.#uint8());
        return;
      case 0x4d: // BININT2
        this.#push(this.#view.getUint16(this.#take(2), true));
        return;
      case 0x8a: // LONG1
        this.#push(this.#integer(this.#uint8()));
        return;
      case 0x8b: // LONG4
        this.#push(this.#integer(this.#length4()));
        return;
      case 0x47: // BINFLOAT, the only big-endian number
        this.#push(this.#view.getFloat64(this.#take(8), false));
        return;
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING, of Python 2; torch.load reads it as UTF-8 too
        this.#push(this.#text(this.#length4()));
        return;
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        this.#push(this.#text(this.#uint8()));
        return;
      case 0x8d: // BINUNICODE8
        this.#push(this.#text(this.#length8()));
        return;
      case 0x42: // BINBYTES
        this.#push(this.#span(this.#length4()));
        return;
      case 0x43: // SHORT_BINBYTES
        this.#push(this.#span(this.#uint8()));
        return;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        this.#push(this.#span(this.#length8()));
        return;
      case 0x29: // EMPTY_TUPLE
        this.#push(this.#filled(new Tuple([])));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#push(this.#filled(new Tuple(this.#popMany(opcode - 0x84))));
        return;
      case 0x74: // TUPLE
        this.#push(this.#filled(new Tuple(this.#popMark())));
        return;
      case 0x5d: // EMPTY_LIST
        this.#push(this.#filled(new List()));
        return;
      case 0x8f: // EMPTY_SET
        this.#push(this.#filled(new PySet()));
        return;
      case 0x7d: // EMPTY_DICT
        this.#push(this.#filled(new Dict()));
        return;
      case 0x61: // APPEND
        this.#append([this.#pop()]);
        return;
      case 0x65: // APPENDS
        this.#append(this.#popMark());
        return;
      case 0x90: // ADDITEMS
        this.#add(this.#popMark());
        return;
      case 0x91: {
        // FROZENSET
        const items = this.#popMark();
        this.#push(this.#filled(new PySet()));
        this.#add(items);
        return;
      }
      case 0x73: // SETITEM
        this.#setItems(this.#popMany(2));
        return;
      case 0x75: // SETITEMS
        this.#setItems(this.#popMark());
        return;
      case 0x71: // BINPUT
        this.#remember(this.#uint8());
        return;
      case 0x72: // LONG_BINPUT
        this.#remember(this.#length4());
        return;
      case 0x94: // MEMOIZE
        this.#remember(this.#memo.size);
        return;
      case 0x68: // BINGET
        this.#recall(this.#uint8());
        return;
      case 0x6a: // LONG_BINGET
        this.#recall(this.#length4());
        return;
      case 0x63: // GLOBAL
        this.#global(this.#line(), this.#line());
        return;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") this.damaged("names a Python object by no string");
        this.#global(module, name);
        return;
      }
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        this.#call(this.#pop());
        return;
      case 0x92: {
        // NEWOBJ_EX
        const named = this.#pop();
        if (!(named instanceof Dict)) this.damaged("makes a Python object with arguments that are no dict");
        const args = this.#pop();
        if (named.entries.size > 0 && !(this.#top() instanceof Opaque)) {
          this.damaged("makes a Python object with named arguments, which nothing allowed takes");
        }
        this.#call(args);
        return;
      }
      case 0x62: // BUILD
        this.#build(this.#pop());
        return;
      case 0x51: // BINPERSID
        this.#push(this.#host.persistent(this.#pop(), this));
        return;
      default:
        this.damaged(
          `has the pickle opcode 0x${opcode.toString(16).padStart(2, "0")}, which torch.save does not write`,
        );
    }
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #pop(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.damaged("takes a value from the pickle's empty stack");
    return this.#stack.pop();
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) {
      this.damaged("takes more values from the pickle's stack than there are");
    }
    return this.#stack.splice(this.#stack.length - count, count);
  }

  #popMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) this.damaged("closes a container in the pickle that was not opened");
    return this.#stack.splice(mark);
  }

  #top(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.damaged("looks at the pickle's empty stack");
    return this.#stack.at(-1);
  }

  /** A new container, paid for together with what is already in it. */
  #filled<C extends Container>(container: C): C {
    this.spend(1);
    if (container instanceof Tuple) this.#contain(container, container.items);
    return container;
  }

  /** Items go into a container. Nothing here walks a value to its depth, but whoever reads it might. */
  #contain(container: Container, items: readonly unknown[]): void {
    this.spend(items.length);
    for (const item of items) {
      if (item instanceof Container && item.depth >= container.depth) container.depth = item.depth + 1;
    }
    if (container.depth > this.limits.pickleNesting) this.exceeds("pickleNesting", "its pickle nests containers");
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (list instanceof Opaque) return;
    if (!(list instanceof List)) this.damaged(`appends to ${kindOf(list)}`);
    this.#contain(list, items);
    for (const item of items) list.items.push(item);
  }

  #add(items: unknown[]): void {
    const set = this.#top();
    if (set instanceof Opaque) return;
    if (!(set instanceof PySet)) this.damaged(`adds set members to ${kindOf(set)}`);
    this.#contain(set, items);
    for (const item of items) set.items.push(item);
  }

  #setItems(items: unknown[]): void {
    const dict = this.#top();
    if (dict instanceof Opaque) return;
    if (!(dict instanceof Dict)) this.damaged(`sets keys of ${kindOf(dict)}`);
    if (items.length % 2 !== 0) this.damaged("has a dict key without a value");
    this.#contain(dict, items);
    for (let i = 0; i < items.length; i += 2) this.setItem(dict, items[i], items[i + 1]);
  }

  setItem(dict: Dict, key: unknown, value: unknown): void {
    if (key instanceof List || key instanceof Dict || key instanceof PySet)
      this.damaged(`has ${kindOf(key)} as a dict key`);
    dict.entries.set(key, value);
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
    if (this.#memo.size > this.limits.pickleMemo) this.exceeds("pickleMemo", "its pickle remembers values");
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.damaged(`recalls value ${index} of the pickle, which was not remembered`);
    this.#push(value);
  }

  #global(module: string, name: string): void {
    const found = this.#host.global(module, name);
    if (found === undefined) {
      const global = `${module}.${name}`;
      throw new UnsafeCheckpointError(
        this.#here(),
        global,
        `its pickle asks for the Python object ${quoted(global)}, which is not on the allow-list. Nothing was executed. ` +
          `If you trust where the file comes from and need only its tensors, pass \`allowOpaque: true\`.`,
      );
    }
    this.#push(found);
  }

  #call(args: unknown): void {
    const callee = this.#pop();
    if (!(args instanceof Tuple)) this.damaged(`calls with ${kindOf(args)} instead of a tuple of arguments`);
    this.spend(1);
    if (callee instanceof Opaque) this.#push(new Opaque(callee.global));
    else if (callee instanceof PickleGlobal && callee.call !== undefined) this.#push(callee.call(args.items, this));
    else this.damaged(`calls ${kindOf(callee)}`);
  }

  #build(state: unknown): void {
    const object = this.#top();
    if (object instanceof Opaque) return;
    if (!this.#host.build(object, state, this)) this.damaged(`gives ${kindOf(object)} a state`);
  }

  #truncated(): never {
    throw new DamagedCheckpointError(
      { file: this.#place.file, position: this.#place.position + this.#bytes.length },
      "ends inside of its pickle; truncated?",
    );
  }

  /** The place of the next `length` bytes, which are there. */
  #take(length: number): number {
    const at = this.#at;
    if (!(length <= this.#bytes.length - at)) this.#truncated();
    this.#at = at + length;
    return at;
  }

  #uint8(): number {
    if (this.#at >= this.#bytes.length) this.#truncated();
    return this.#bytes[this.#at++]!;
  }

  #length4(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #length8(): number {
    const at = this.#take(8);
    return this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
  }

  #span(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #text(length: number): string {
    if (length > this.limits.stringBytes && length <= this.#bytes.length - this.#at) {
      throw new CheckpointLimitError(
        this.#here(),
        "stringBytes",
        this.limits.stringBytes,
        `a string of ${length} bytes`,
      );
    }
    const bytes = this.#span(length);
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return this.damaged("has a string in its pickle that is not UTF-8");
    }
  }

  /** A signed little-endian integer of any length; a bigint where a number would lose digits. */
  #integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) this.damaged(`has an integer of ${length} bytes in its pickle`);
    const bytes = this.#span(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    value = BigInt.asIntN(8 * length, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #line(): string {
    const end = this.#bytes.subarray(this.#at, this.#at + MAX_GLOBAL_BYTES).indexOf(0x0a);
    if (end === -1) {
      if (this.#bytes.length - this.#at < MAX_GLOBAL_BYTES) this.#truncated();
      this.damaged(`has a Python name of more than ${MAX_GLOBAL_BYTES} bytes`);
    }
    const text = this.#text(end);
    this.#at++;
    return text;
  }
}
