/** Lengths that `RealFft` takes: below 8 there is nothing to split twice, and no front-end has a window of 64 Ki. */
export const MIN_FFT_LENGTH = 8;
export const MAX_FFT_LENGTH = 2 ** 16;

/**
 * A Fourier transform of real signals of one length, in float64: n real numbers are transformed as n / 2 complex ones,
 * in passes of radix 4 (and one of radix 2, where log2(n / 2) is odd) that need no reordering.
 * @see Stockham's autosort algorithm in Van Loan 1992, "Computational frameworks for the fast Fourier transform", 1.7
 */
export class RealFft {
  readonly length: number;
  /** Write the signal here, shape [n]; `transform` leaves it as it is. */
  readonly input: Float64Array;
  /** Real parts of bins 0 to n / 2, shape [n / 2 + 1]. */
  readonly real: Float64Array;
  /** Imaginary parts of bins 0 to n / 2, shape [n / 2 + 1]. */
  readonly imaginary: Float64Array;
  readonly #half: number;
  /** For each pass of radix 4, shape [count / 4, 6]: cosine and sine of -2 pi p / count, of twice and thrice that. */
  readonly #twiddles: readonly Float64Array[];
  /** Of -2 pi k / n, for telling the even from the odd samples; shape [n / 2] each. */
  readonly #splitCos: Float64Array;
  readonly #splitSin: Float64Array;
  readonly #work: readonly [Float64Array, Float64Array, Float64Array, Float64Array];

  /** @param n - a power of two */
  constructor(n: number) {
    const half = n / 2;
    this.length = n;
    this.#half = half;
    this.input = new Float64Array(n);
    this.real = new Float64Array(half + 1);
    this.imaginary = new Float64Array(half + 1);
    const twiddles: Float64Array[] = [];
    for (let count = half; count % 4 === 0; count /= 4) twiddles.push(twiddlesOf(count));
    this.#twiddles = twiddles;
    this.#splitCos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.#splitSin = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
    const buffer = () => new Float64Array(half);
    this.#work = [buffer(), buffer(), buffer(), buffer()];
  }

  /** Transforms `input` into `real` and `imaginary`: X[k] = sum over i of x[i] exp(-2 pi j k i / n), of bins 0 to `last`. */
  transform(last = this.#half): void {
    let [re, im, nextRe, nextIm] = this.#work;
    const [first, ...others] = this.#twiddles;
    firstPass(this.input, re, im, first!);
    let stride = 4;
    for (const twiddles of others) {
      radix4(re, im, nextRe, nextIm, twiddles, stride);
      stride *= 4;
      [re, im, nextRe, nextIm] = [nextRe, nextIm, re, im];
    }
    if (stride < this.#half) {
      radix2(re, im, nextRe, nextIm, stride);
      [re, im] = [nextRe, nextIm];
    }
    this.#split(re, im, last);
  }

  /** The spectrum of the real signal, from that of its even samples plus j times its odd ones. */
  #split(re: Float64Array, im: Float64Array, last: number): void {
    const half = this.#half;
    const { real, imaginary } = this;
    const cos = this.#splitCos;
    const sin = this.#splitSin;
    real[0] = re[0]! + im[0]!;
    imaginary[0] = 0;
    real[half] = re[0]! - im[0]!;
    imaginary[half] = 0;
    const end = Math.min(last, half - 1);
    for (let k = 1; k <= end; k++) {
      const oddRe = (im[k]! + im[half - k]!) / 2;
      const oddIm = (re[half - k]! - re[k]!) / 2;
      real[k] = (re[k]! + re[half - k]!) / 2 + oddRe * cos[k]! - oddIm * sin[k]!;
      imaginary[k] = (im[k]! - im[half - k]!) / 2 + oddRe * sin[k]! + oddIm * cos[k]!;
    }
  }
}

function twiddlesOf(count: number): Float64Array {
  const twiddles = new Float64Array((count / 4) * 6);
  for (let p = 0; p < count / 4; p++) {
    for (let times = 1; times <= 3; times++) {
      const angle = (-2 * Math.PI * p * times) / count;
      twiddles[6 * p + 2 * times - 2] = Math.cos(angle);
      twiddles[6 * p + 2 * times - 1] = Math.sin(angle);
    }
  }
  return twiddles;
}

/** `radix4` with stride 1, out of the real signal: its even samples are real parts and its odd ones imaginary. */
function firstPass(x: Float64Array, toRe: Float64Array, toIm: Float64Array, twiddles: Float64Array): void {
  const half = x.length / 2;
  const quarter = half / 4;
  for (let p = 0; p < quarter; p++) {
    const a = 2 * p;
    const b = a + half / 2;
    const c = b + half / 2;
    const d = c + half / 2;
    const sumAcRe = x[a]! + x[c]!;
    const sumAcIm = x[a + 1]! + x[c + 1]!;
    const diffAcRe = x[a]! - x[c]!;
    const diffAcIm = x[a + 1]! - x[c + 1]!;
    const sumBdRe = x[b]! + x[d]!;
    const sumBdIm = x[b + 1]! + x[d + 1]!;
    // -j times (b - d).
    const turnedRe = x[b + 1]! - x[d + 1]!;
    const turnedIm = x[d]! - x[b]!;
    const t = 4 * p;
    const w = 6 * p;
    toRe[t] = sumAcRe + sumBdRe;
    toIm[t] = sumAcIm + sumBdIm;
    const oneRe = diffAcRe + turnedRe;
    const oneIm = diffAcIm + turnedIm;
    toRe[t + 1] = oneRe * twiddles[w]! - oneIm * twiddles[w + 1]!;
    toIm[t + 1] = oneRe * twiddles[w + 1]! + oneIm * twiddles[w]!;
    const twoRe = sumAcRe - sumBdRe;
    const twoIm = sumAcIm - sumBdIm;
    toRe[t + 2] = twoRe * twiddles[w + 2]! - twoIm * twiddles[w + 3]!;
    toIm[t + 2] = twoRe * twiddles[w + 3]! + twoIm * twiddles[w + 2]!;
    const threeRe = diffAcRe - turnedRe;
    const threeIm = diffAcIm - turnedIm;
    toRe[t + 3] = threeRe * twiddles[w + 4]! - threeIm * twiddles[w + 5]!;
    toIm[t + 3] = threeRe * twiddles[w + 5]! + threeIm * twiddles[w + 4]!;
  }
}

function radix4(
  re: Float64Array,
  im: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  twiddles: Float64Array,
  stride: number,
): void {
  const quarter = twiddles.length / 6;
  const step = quarter * stride;
  for (let p = 0; p < quarter; p++) {
    const w = 6 * p;
    const c1 = twiddles[w]!;
    const s1 = twiddles[w + 1]!;
    const c2 = twiddles[w + 2]!;
    const s2 = twiddles[w + 3]!;
    const c3 = twiddles[w + 4]!;
    const s3 = twiddles[w + 5]!;
    const from = p * stride;
    const to = 4 * from;
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

/** The last pass, where two blocks are left: its twiddle factor is 1. */
function radix2(re: Float64Array, im: Float64Array, toRe: Float64Array, toIm: Float64Array, stride: number): void {
  for (let q = 0; q < stride; q++) {
    toRe[q] = re[q]! + re[q + stride]!;
    toIm[q] = im[q]! + im[q + stride]!;
    toRe[q + stride] = re[q]! - re[q + stride]!;
    toIm[q + stride] = im[q]! - im[q + stride]!;
  }
}
