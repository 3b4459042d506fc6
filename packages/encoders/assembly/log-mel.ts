/**
 * Power spectra and log-mel spectra of frames, two frames at a time: every vector of 128 bits holds the same number of
 * both, in float64, so that no operation crosses lanes. Made for src/spectral/simd-frames.ts, which lays out the memory.
 *
 * A complex number of two frames takes 32 bytes: both real parts, then both imaginary ones.
 */

const PAIR: usize = 16;
const COMPLEX: usize = 32;
/** Cosine and sine of one angle, of twice and of thrice that, in float64. */
const TWIDDLES: usize = 48;
/** Of a bin: where its number and that of its mirror image are (u32 each), and its cosine and sine. */
const SPLIT: usize = 24;

/** Windows two frames of float64 samples: two samples after one another become one of half as many complex numbers. */
export function windowFrames(a: usize, b: usize, window: usize, length: i32, work: usize): void {
  for (let end = a + ((<usize>length) << 3); a < end; a += 16, b += 16, window += 16, work += COMPLEX) {
    const factors = v128.load(window);
    const ofA = f64x2.mul(v128.load(a), factors);
    const ofB = f64x2.mul(v128.load(b), factors);
    v128.store(work, v128.shuffle<f64>(ofA, ofB, 0, 2));
    v128.store(work, v128.shuffle<f64>(ofA, ofB, 1, 3), PAIR);
  }
}

/**
 * The complex transform of `half` numbers in place, by decimation in frequency: passes of radix 4 down to blocks of 8 or
 * 4, which are transformed at once. Where each result is, the table of `power` knows.
 */
export function transform(work: usize, half: i32, twiddles: usize): void {
  let count = half;
  const end = work + <usize>half * COMPLEX;
  while (count > 8) {
    const quarter = <usize>(count >> 2) * COMPLEX;
    for (let block = work; block < end; block += quarter << 2) radix4(block, quarter, twiddles);
    twiddles += <usize>(count >> 2) * TWIDDLES;
    count >>= 2;
  }
  if (count === 8) for (let block = work; block < end; block += 8 * COMPLEX) blockOf8(block);
  else for (let block = work; block < end; block += 4 * COMPLEX) blockOf4(block);
}

function radix4(a: usize, quarter: usize, twiddles: usize): void {
  for (let end = a + quarter; a < end; a += COMPLEX, twiddles += TWIDDLES) {
    const b = a + quarter;
    const c = b + quarter;
    const d = c + quarter;
    const aRe = v128.load(a);
    const aIm = v128.load(a, PAIR);
    const bRe = v128.load(b);
    const bIm = v128.load(b, PAIR);
    const cRe = v128.load(c);
    const cIm = v128.load(c, PAIR);
    const dRe = v128.load(d);
    const dIm = v128.load(d, PAIR);
    const sumAcRe = f64x2.add(aRe, cRe);
    const sumAcIm = f64x2.add(aIm, cIm);
    const diffAcRe = f64x2.sub(aRe, cRe);
    const diffAcIm = f64x2.sub(aIm, cIm);
    const sumBdRe = f64x2.add(bRe, dRe);
    const sumBdIm = f64x2.add(bIm, dIm);
    // -j times (b - d).
    const turnedRe = f64x2.sub(bIm, dIm);
    const turnedIm = f64x2.sub(dRe, bRe);
    v128.store(a, f64x2.add(sumAcRe, sumBdRe));
    v128.store(a, f64x2.add(sumAcIm, sumBdIm), PAIR);
    const oneRe = f64x2.add(diffAcRe, turnedRe);
    const oneIm = f64x2.add(diffAcIm, turnedIm);
    const cos1 = v128.load64_splat(twiddles);
    const sin1 = v128.load64_splat(twiddles, 8);
    v128.store(b, f64x2.sub(f64x2.mul(oneRe, cos1), f64x2.mul(oneIm, sin1)));
    v128.store(b, f64x2.add(f64x2.mul(oneRe, sin1), f64x2.mul(oneIm, cos1)), PAIR);
    const twoRe = f64x2.sub(sumAcRe, sumBdRe);
    const twoIm = f64x2.sub(sumAcIm, sumBdIm);
    const cos2 = v128.load64_splat(twiddles, 16);
    const sin2 = v128.load64_splat(twiddles, 24);
    v128.store(c, f64x2.sub(f64x2.mul(twoRe, cos2), f64x2.mul(twoIm, sin2)));
    v128.store(c, f64x2.add(f64x2.mul(twoRe, sin2), f64x2.mul(twoIm, cos2)), PAIR);
    const threeRe = f64x2.sub(diffAcRe, turnedRe);
    const threeIm = f64x2.sub(diffAcIm, turnedIm);
    const cos3 = v128.load64_splat(twiddles, 32);
    const sin3 = v128.load64_splat(twiddles, 40);
    v128.store(d, f64x2.sub(f64x2.mul(threeRe, cos3), f64x2.mul(threeIm, sin3)));
    v128.store(d, f64x2.add(f64x2.mul(threeRe, sin3), f64x2.mul(threeIm, cos3)), PAIR);
  }
}

function blockOf4(a: usize): void {
  const aRe = v128.load(a);
  const aIm = v128.load(a, 16);
  const bRe = v128.load(a, 32);
  const bIm = v128.load(a, 48);
  const cRe = v128.load(a, 64);
  const cIm = v128.load(a, 80);
  const dRe = v128.load(a, 96);
  const dIm = v128.load(a, 112);
  const sumAcRe = f64x2.add(aRe, cRe);
  const sumAcIm = f64x2.add(aIm, cIm);
  const diffAcRe = f64x2.sub(aRe, cRe);
  const diffAcIm = f64x2.sub(aIm, cIm);
  const sumBdRe = f64x2.add(bRe, dRe);
  const sumBdIm = f64x2.add(bIm, dIm);
  const turnedRe = f64x2.sub(bIm, dIm);
  const turnedIm = f64x2.sub(dRe, bRe);
  v128.store(a, f64x2.add(sumAcRe, sumBdRe));
  v128.store(a, f64x2.add(sumAcIm, sumBdIm), 16);
  v128.store(a, f64x2.add(diffAcRe, turnedRe), 32);
  v128.store(a, f64x2.add(diffAcIm, turnedIm), 48);
  v128.store(a, f64x2.sub(sumAcRe, sumBdRe), 64);
  v128.store(a, f64x2.sub(sumAcIm, sumBdIm), 80);
  v128.store(a, f64x2.sub(diffAcRe, turnedRe), 96);
  v128.store(a, f64x2.sub(diffAcIm, turnedIm), 112);
}

/** Radix 2 into two blocks of four, the second one turned by eighths of a circle. */
function blockOf8(a: usize): void {
  const eighth = f64x2.splat(Math.SQRT1_2);
  const x0Re = v128.load(a);
  const x0Im = v128.load(a, 16);
  const x1Re = v128.load(a, 32);
  const x1Im = v128.load(a, 48);
  const x2Re = v128.load(a, 64);
  const x2Im = v128.load(a, 80);
  const x3Re = v128.load(a, 96);
  const x3Im = v128.load(a, 112);
  const x4Re = v128.load(a, 128);
  const x4Im = v128.load(a, 144);
  const x5Re = v128.load(a, 160);
  const x5Im = v128.load(a, 176);
  const x6Re = v128.load(a, 192);
  const x6Im = v128.load(a, 208);
  const x7Re = v128.load(a, 224);
  const x7Im = v128.load(a, 240);
  {
    // Even bins.
    const s0Re = f64x2.add(x0Re, x4Re);
    const s0Im = f64x2.add(x0Im, x4Im);
    const s1Re = f64x2.add(x1Re, x5Re);
    const s1Im = f64x2.add(x1Im, x5Im);
    const s2Re = f64x2.add(x2Re, x6Re);
    const s2Im = f64x2.add(x2Im, x6Im);
    const s3Re = f64x2.add(x3Re, x7Re);
    const s3Im = f64x2.add(x3Im, x7Im);
    const sum02Re = f64x2.add(s0Re, s2Re);
    const sum02Im = f64x2.add(s0Im, s2Im);
    const diff02Re = f64x2.sub(s0Re, s2Re);
    const diff02Im = f64x2.sub(s0Im, s2Im);
    const sum13Re = f64x2.add(s1Re, s3Re);
    const sum13Im = f64x2.add(s1Im, s3Im);
    const turnedRe = f64x2.sub(s1Im, s3Im);
    const turnedIm = f64x2.sub(s3Re, s1Re);
    v128.store(a, f64x2.add(sum02Re, sum13Re));
    v128.store(a, f64x2.add(sum02Im, sum13Im), 16);
    v128.store(a, f64x2.add(diff02Re, turnedRe), 64);
    v128.store(a, f64x2.add(diff02Im, turnedIm), 80);
    v128.store(a, f64x2.sub(sum02Re, sum13Re), 128);
    v128.store(a, f64x2.sub(sum02Im, sum13Im), 144);
    v128.store(a, f64x2.sub(diff02Re, turnedRe), 192);
    v128.store(a, f64x2.sub(diff02Im, turnedIm), 208);
  }
  const d0Re = f64x2.sub(x0Re, x4Re);
  const d0Im = f64x2.sub(x0Im, x4Im);
  const e1Re = f64x2.sub(x1Re, x5Re);
  const e1Im = f64x2.sub(x1Im, x5Im);
  // -j times (x2 - x6).
  const d2Re = f64x2.sub(x2Im, x6Im);
  const d2Im = f64x2.sub(x6Re, x2Re);
  const e3Re = f64x2.sub(x3Re, x7Re);
  const e3Im = f64x2.sub(x3Im, x7Im);
  // (1 - j) / sqrt 2 and (-1 - j) / sqrt 2 times.
  const d1Re = f64x2.mul(eighth, f64x2.add(e1Re, e1Im));
  const d1Im = f64x2.mul(eighth, f64x2.sub(e1Im, e1Re));
  const d3Re = f64x2.mul(eighth, f64x2.sub(e3Im, e3Re));
  const d3Im = f64x2.mul(eighth, f64x2.neg(f64x2.add(e3Re, e3Im)));
  const sum02Re = f64x2.add(d0Re, d2Re);
  const sum02Im = f64x2.add(d0Im, d2Im);
  const diff02Re = f64x2.sub(d0Re, d2Re);
  const diff02Im = f64x2.sub(d0Im, d2Im);
  const sum13Re = f64x2.add(d1Re, d3Re);
  const sum13Im = f64x2.add(d1Im, d3Im);
  const turnedRe = f64x2.sub(d1Im, d3Im);
  const turnedIm = f64x2.sub(d3Re, d1Re);
  v128.store(a, f64x2.add(sum02Re, sum13Re), 32);
  v128.store(a, f64x2.add(sum02Im, sum13Im), 48);
  v128.store(a, f64x2.add(diff02Re, turnedRe), 96);
  v128.store(a, f64x2.add(diff02Im, turnedIm), 112);
  v128.store(a, f64x2.sub(sum02Re, sum13Re), 160);
  v128.store(a, f64x2.sub(sum02Im, sum13Im), 176);
  v128.store(a, f64x2.sub(diff02Re, turnedRe), 224);
  v128.store(a, f64x2.sub(diff02Im, turnedIm), 240);
}

/**
 * Squared magnitudes of the lowest bins of the real frames, out of the transform of their even samples plus j times their
 * odd ones. Sums and differences are not halved: `scale` has the quarter.
 */
export function power(work: usize, split: usize, bins: i32, scale: f64, to: usize): void {
  const scales = f64x2.splat(scale);
  for (let end = split + <usize>bins * SPLIT; split < end; split += SPLIT, to += PAIR) {
    const a = work + load<u32>(split);
    const b = work + load<u32>(split, 4);
    const cos = v128.load64_splat(split, 8);
    const sin = v128.load64_splat(split, 16);
    const aRe = v128.load(a);
    const aIm = v128.load(a, PAIR);
    const bRe = v128.load(b);
    const bIm = v128.load(b, PAIR);
    const oddRe = f64x2.add(aIm, bIm);
    const oddIm = f64x2.sub(bRe, aRe);
    const re = f64x2.add(f64x2.add(aRe, bRe), f64x2.sub(f64x2.mul(oddRe, cos), f64x2.mul(oddIm, sin)));
    const im = f64x2.add(f64x2.sub(aIm, bIm), f64x2.add(f64x2.mul(oddRe, sin), f64x2.mul(oddIm, cos)));
    v128.store(to, f64x2.mul(scales, f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im))));
  }
}

/**
 * Weighs the powers with each filter: `filters` has the first bin and the number of bins of each (u32), `weights` their
 * weights one after the other, in float64.
 */
export function weigh(powers: usize, filters: usize, melBins: i32, weights: usize, to: usize): void {
  for (let end = filters + ((<usize>melBins) << 3); filters < end; filters += 8, to += PAIR) {
    let from = powers + load<u32>(filters) * PAIR;
    let sum = f64x2.splat(0);
    for (let last = weights + ((<usize>load<u32>(filters, 4)) << 3); weights < last; weights += 8, from += PAIR) {
      sum = f64x2.add(sum, f64x2.mul(v128.load64_splat(weights), v128.load(from)));
    }
    v128.store(to, sum);
  }
}

/** Bits of sqrt(1/2), rounded down to a few places. */
const ROOT_HALF: i64 = 0x3fe6a09e00000000;
const ONE: i64 = 0x3ff0000000000000;
/** An integer below 2^52 in the mantissa of 2^52 is a float64 without a conversion. */
const TWO_52: i64 = 0x4330000000000000;

/**
 * 10 log10 of pairs of powers, of no less than `least`, rounded to float32 into the rows of the two frames; returns the
 * greatest of all in float64, or `loudest` when that is greater.
 *
 * A power is 2^e times m, m between sqrt(1/2) and sqrt(2); with s = (m - 1) / (m + 1) at most 0.172, ln m is
 * 2 (s + s^3 / 3 + s^5 / 5 ...), whose terms after s^17 are less than 1e-15 of it.
 */
export function decibels(powers: usize, melBins: i32, least: f64, a: usize, b: usize, loudest: f64): f64 {
  const leasts = f64x2.splat(least);
  let greatest = f64x2.splat(loudest);
  for (let end = powers + <usize>melBins * PAIR; powers < end; powers += PAIR, a += 4, b += 4) {
    const x = f64x2.pmax(leasts, v128.load(powers));
    const shifted = i64x2.add(x, i64x2.splat(ONE - ROOT_HALF));
    const exponent = f64x2.sub(
      v128.or(i64x2.shr_u(shifted, 52), i64x2.splat(TWO_52)),
      f64x2.splat(4503599627370496.0 + 1023.0),
    );
    const m = i64x2.add(v128.and(shifted, i64x2.splat(0x000fffffffffffff)), i64x2.splat(ROOT_HALF));
    const s = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
    const z = f64x2.mul(s, s);
    const z2 = f64x2.mul(z, z);
    const z4 = f64x2.mul(z2, z2);
    const low = f64x2.add(pairOf(z, 1.0 / 3, 1.0 / 5), f64x2.mul(z2, pairOf(z, 1.0 / 7, 1.0 / 9)));
    const middle = f64x2.add(pairOf(z, 1.0 / 11, 1.0 / 13), f64x2.mul(z2, pairOf(z, 1.0 / 15, 1.0 / 17)));
    const series = f64x2.add(low, f64x2.mul(z4, middle));
    const half = f64x2.add(s, f64x2.mul(s, f64x2.mul(z, series)));
    const decibel = f64x2.add(
      f64x2.mul(exponent, f64x2.splat(10 * Math.LN2 * Math.LOG10E)),
      f64x2.mul(half, f64x2.splat(20 * Math.LOG10E)),
    );
    greatest = f64x2.pmax(greatest, decibel);
    const rounded = f32x4.demote_f64x2_zero(decibel);
    v128.store_lane<f32>(a, rounded, 0);
    v128.store_lane<f32>(b, rounded, 1);
  }
  return max(f64x2.extract_lane(greatest, 0), f64x2.extract_lane(greatest, 1));
}

function pairOf(z: v128, first: f64, second: f64): v128 {
  return f64x2.add(f64x2.splat(first), f64x2.mul(z, f64x2.splat(second)));
}
