/** Lengths that `realFft` takes: below 4 there is nothing to split, and no front-end has a window of 64 Ki. */
export const MIN_FFT_LENGTH = 4;
export const MAX_FFT_LENGTH = 2 ** 16;

/**
 * A Fourier transform of real signals of one length, in float64: n real numbers are transformed as n / 2 complex ones,
 * in passes of radix 4 (and one of radix 2, where log2(n / 2) is odd) that need no reordering.
 * @param n - a power of two
 * @see Stockham's autosort algorithm in Van Loan 1992, "Computational frameworks for the fast Fourier transform", 1.7
 */
export class RealFft {
  readonly length: number;
  /** Write the signal here, shape [n]; `transform` destroys it. */
  readonly input: Float64Array;
  /** Real parts of bins 0 to n / 2, shape [n / 2 + 1]. */
  readonly real: Float64Array;
  /** Imaginary parts of bins 0 to n / 2, shape [n / 2 + 1]. */
  readonly imaginary: Float64Array;
  readonly #half: number;
  /** Cosine and sine of -2 pi k / half, for the passes; shape [half] each. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  /** Of -2 pi k / n, for telling the even from the odd samples. */
  readonly #splitCos: Float64Array;
  readonly #splitSin: Float64Array;
  readonly #work: readonly [Float64Array, Float64Array, Float64Array, Float64Array];

  constructor(n: number) {
    const half = n / 2;
    this.length = n;
    this.#half = half;
    this.input = new Float64Array(n);
    this.real = new Float64Array(half + 1);
    this.imaginary = new Float64Array(half + 1);
    this.#cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / half));
    this.#sin = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / half));
    this.#splitCos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.#splitSin = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
    const buffer = () => new Float64Array(half);
    this.#work = [buffer(), buffer(), buffer(), buffer()];
  }

  /** Transforms `input` into `real` and `imaginary`: X[k] = sum over i of x[i] exp(-2 pi j k i / n). */
  transform(): void {
    const half = this.#half;
    let [re, im, nextRe, nextIm] = this.#work;
    const { input } = this;
    for (let i = 0; i < half; i++) {
      re[i] = input[2 * i]!;
      im[i] = input[2 * i + 1]!;
    }
    let count = half;
    let stride = 1;
    while (count > 1) {
      if (count % 4 === 0) {
        this.#radix4(re, im, nextRe, nextIm, count, stride);
        count /= 4;
        stride *= 4;
      } else {
        radix2(re, im, nextRe, nextIm, stride);
        count /= 2;
        stride *= 2;
      }
      [re, im, nextRe, nextIm] = [nextRe, nextIm, re, im];
    }
    this.#split(re, im);
  }

  #radix4(
    re: Float64Array,
    im: Float64Array,
    toRe: Float64Array,
    toIm: Float64Array,
    count: number,
    stride: number,
  ): void {
    const cos = this.#cos;
    const sin = this.#sin;
    const quarter = count / 4;
    const step = quarter * stride;
    for (let p = 0; p < quarter; p++) {
      const c1 = cos[p * stride]!;
      const s1 = sin[p * stride]!;
      const c2 = cos[2 * p * stride]!;
      const s2 = sin[2 * p * stride]!;
      const c3 = cos[3 * p * stride]!;
      const s3 = sin[3 * p * stride]!;
      const from = p * stride;
      const to = 4 * p * stride;
      for (let q = 0; q < stride; q++) {
        const a = from + q;
        const b = a + step;
        const c = b + step;
        const d = c + step;
        const sumAcRe = re[a]! + re[c]!;
        const sumAcIm = im[a]! + im[c]!;
        const diffAcRe = re[a]! - re[c]!;
        const diffAcIm = im[a]! - im[c]!;
        const sumBdRe = re[b]! + re[d]!;
        const sumBdIm = im[b]! + im[d]!;
        // -j times (b - d).
        const turnedRe = im[b]! - im[d]!;
        const turnedIm = re[d]! - re[b]!;
        const t = to + q;
        toRe[t] = sumAcRe + sumBdRe;
        toIm[t] = sumAcIm + sumBdIm;
        const oneRe = diffAcRe + turnedRe;
        const oneIm = diffAcIm + turnedIm;
        toRe[t + stride] = oneRe * c1 - oneIm * s1;
        toIm[t + stride] = oneRe * s1 + oneIm * c1;
        const twoRe = sumAcRe - sumBdRe;
        const twoIm = sumAcIm - sumBdIm;
        toRe[t + 2 * stride] = twoRe * c2 - twoIm * s2;
        toIm[t + 2 * stride] = twoRe * s2 + twoIm * c2;
        const threeRe = diffAcRe - turnedRe;
        const threeIm = diffAcIm - turnedIm;
        toRe[t + 3 * stride] = threeRe * c3 - threeIm * s3;
        toIm[t + 3 * stride] = threeRe * s3 + threeIm * c3;
      }
    }
  }

  /** The spectrum of the real signal, from that of its even samples plus j times its odd ones. */
  #split(re: Float64Array, im: Float64Array): void {
    const half = this.#half;
    const { real, imaginary } = this;
    real[0] = re[0]! + im[0]!;
    imaginary[0] = 0;
    real[half] = re[0]! - im[0]!;
    imaginary[half] = 0;
    for (let k = 1; k < half; k++) {
      const evenRe = (re[k]! + re[half - k]!) / 2;
      const evenIm = (im[k]! - im[half - k]!) / 2;
      const oddRe = (im[k]! + im[half - k]!) / 2;
      const oddIm = (re[half - k]! - re[k]!) / 2;
      const cos = this.#splitCos[k]!;
      const sin = this.#splitSin[k]!;
      real[k] = evenRe + oddRe * cos - oddIm * sin;
      imaginary[k] = evenIm + oddRe * sin + oddIm * cos;
    }
  }
}

/** The last pass, where two blocks are left: its twiddle factor is 1. */
function radix2(re: Float64Array, im: Float64Array, toRe: Float64Array, toIm: Float64Array, stride: number): void {
  for (let q = 0; q < stride; q++) {
    toRe[q] = re[q]! + re[q + stride]!;
    toIm[q] = im[q]! + im[q + stride]!;
    toRe[q + stride] = re[q]! - re[q + stride]!;
    toIm[q + stride] = im[q]! - im[q + stride]!;
  }
}
