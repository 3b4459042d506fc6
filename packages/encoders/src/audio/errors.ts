/** Something is wrong with a clip or its file. The subclasses say what can be done about it. */
export class AudioError extends Error {
  override name = "AudioError";
}

/** Not audio, or audio of a kind that is not read: convert the file. */
export class AudioFormatError extends AudioError {
  override name = "AudioFormatError";
  /** The file at fault, as the caller named it. */
  readonly file: string;

  constructor(file: string, fault: string, options?: ErrorOptions) {
    super(`${file}: ${fault}`, options);
    this.file = file;
  }
}

/** The file contradicts itself or ends too early: get it again. */
export class DamagedAudioError extends AudioError {
  override name = "DamagedAudioError";
  /** The file at fault, as the caller named it. */
  readonly file: string;

  constructor(file: string, fault: string, options?: ErrorOptions) {
    super(`${file}: ${fault}`, options);
    this.file = file;
  }
}

/** Sound, but larger than a limit allows: read a part of it, or raise the limit. */
export class AudioLimitError extends AudioError {
  override name = "AudioLimitError";
  /** The file at fault, as the caller named it. */
  readonly file: string;
  /** The option that holds the limit. */
  readonly option: string;
  /** What it allows. */
  readonly limit: number;
  /** What the file needs; at least this much, when it was not read to its end. */
  readonly needed: number;

  constructor(file: string, fault: string, option: string, limit: number, needed: number) {
    super(`${file}: ${fault}`);
    this.file = file;
    this.option = option;
    this.limit = limit;
    this.needed = needed;
  }
}

/** There are no samples, so there is nothing to embed: leave the clip out. */
export class EmptyAudioError extends AudioError {
  override name = "EmptyAudioError";

  constructor(what: string, advice = "leave it out") {
    super(`${what} has no samples, expected at least one; ${advice}`);
  }
}

/** The clip has samples, but too few for the first frame: repeat or pad it with a length policy first. */
export class ShortAudioError extends AudioError {
  override name = "ShortAudioError";
  /** How many samples it has. */
  readonly samples: number;
  /** How many it needs. */
  readonly needed: number;

  constructor(what: string, samples: number, needed: number, advice: string) {
    super(`${what} has ${samples} samples, expected at least ${needed}; ${advice}`);
    this.samples = samples;
    this.needed = needed;
  }
}

/** A sample is NaN or infinite. One of them would make every number of the embedding NaN: repair the clip. */
export class NonFiniteSampleError extends AudioError {
  override name = "NonFiniteSampleError";
  /** Index of the first such sample. */
  readonly position: number;
  /** Its value: NaN, Infinity or -Infinity. */
  readonly value: number;

  constructor(what: string, position: number, value: number, sampleRate?: number) {
    const time = sampleRate === undefined ? "" : ` (at ${(position / sampleRate).toFixed(3)} s)`;
    super(`${what}: sample ${position}${time} is ${value}, expected a finite number; repair or leave out the clip`);
    this.position = position;
    this.value = value;
  }
}

/** An option or argument is outside its documented range, or not one of its documented words. */
export class AudioOptionError extends AudioError {
  override name = "AudioOptionError";
  /** The option's or parameter's name. */
  readonly option: string;
  /** The value as it came. */
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super(`${option} is ${typeof value === "string" ? JSON.stringify(value) : String(value)}, expected ${expected}`);
    this.option = option;
    this.value = value;
  }
}
