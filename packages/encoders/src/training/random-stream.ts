/**
 * Random numbers that depend on a seed and on what they are for, and on nothing that was drawn before for something else: so
 * a run that is continued draws what it would have drawn.
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", for generators that are functions of a counter
 */
export class RandomStream {
  readonly #key: number;
  readonly #high: number;
  #counter = 0;
  #second: number | undefined;

  /** @param purpose - numbers and words that tell the streams of a seed apart */
  constructor(seed: number, ...purpose: readonly (number | string)[]) {
    let key = mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) + 0x9e3779b9);
    for (const part of purpose) {
      if (typeof part === "number") key = mix(key + 0x9e3779b9) ^ mix(part);
      else for (const character of part) key = mix(key + 0x9e3779b9) ^ mix(character.codePointAt(0)!);
    }
    this.#key = key >>> 0;
    this.#high = mix(key + 0x85ebca6b);
  }

  /** 32 random bits. */
  bits(): number {
    return mix(mix(Math.imul(++this.#counter, 0x9e3779b9) ^ this.#key) + this.#high);
  }

  /** Uniform in [0, 1), with 32 bits: more than a float32 holds. */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** Of mean 0 and variance 1, by the method of Box and Muller, which makes two at a time. */
  normal(): number {
    if (this.#second !== undefined) {
      const second = this.#second;
      this.#second = undefined;
      return second;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#second = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** 1 / (1 - rate) with the probability 1 - rate, else 0: what values are multiplied by in a drop-out. */
  kept(size: number, rate: number): Float32Array<ArrayBuffer> {
    const [dropped, scale] = [Math.round(rate * 2 ** 32), Math.fround(1 / (1 - rate))];
    const factors = new Float32Array(size);
    for (let i = 0; i < size; i++) factors[i] = this.bits() < dropped ? 0 : scale;
    return factors;
  }
}

/** The finaliser of MurmurHash3: every bit of the input changes every bit of the output with probability one half. */
function mix(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
