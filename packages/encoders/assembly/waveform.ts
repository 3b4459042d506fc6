/** Loops over the samples of a waveform, four float32 or two float64 at a time. Made for src/audio/simd-waveform.ts. */

/** Whether any of n float32 numbers is NaN or infinite; n is a multiple of 4. */
export function anyNotFinite(samples: usize, n: i32): i32 {
  const exponent = i32x4.splat(0x7f800000);
  let found = i32x4.splat(0);
  for (let end = samples + ((<usize>n) << 2); samples < end; samples += 16) {
    found = v128.or(found, i32x4.eq(v128.and(v128.load(samples), exponent), exponent));
  }
  return <i32>v128.any_true(found);
}

/** Multiplies n float32 numbers in place; n is a multiple of 4. */
export function scale(samples: usize, n: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (let end = samples + ((<usize>n) << 2); samples < end; samples += 16) {
    v128.store(samples, f32x4.mul(v128.load(samples), factors));
  }
}

/** Multiplies n float32 numbers, rounds them to integers, and multiplies those, in place; n is a multiple of 4. */
export function rescale(samples: usize, n: i32, toIntegers: f64, fromIntegers: f64): void {
  const up = f64x2.splat(toIntegers);
  const down = f64x2.splat(fromIntegers);
  for (let end = samples + ((<usize>n) << 2); samples < end; samples += 8) {
    const integers = f64x2.nearest(f64x2.mul(up, f64x2.promote_low_f32x4(v128.load64_zero(samples))));
    v128.store64_lane(samples, f32x4.demote_f64x2_zero(f64x2.mul(down, integers)), 0);
  }
}

/** The means of n pairs of float32 numbers that follow each other, in place; n is a multiple of 4. */
export function meanOfPairs(samples: usize, n: i32): void {
  const half = f64x2.splat(0.5);
  for (let end = samples + ((<usize>n) << 2), from = samples; samples < end; samples += 16, from += 32) {
    const low = meanOfTwoPairs(v128.load(from), half);
    const high = meanOfTwoPairs(v128.load(from, 16), half);
    v128.store(samples, v128.shuffle<f64>(low, high, 0, 2));
  }
}

/** Float64 sums, because that of two float32 numbers can have more digits than a float32. */
function meanOfTwoPairs(pairs: v128, half: v128): v128 {
  const first = f64x2.promote_low_f32x4(pairs);
  const second = f64x2.promote_low_f32x4(v128.shuffle<f64>(pairs, pairs, 1, 1));
  const sums = f64x2.add(v128.shuffle<f64>(first, second, 0, 2), v128.shuffle<f64>(first, second, 1, 3));
  return f32x4.demote_f64x2_zero(f64x2.mul(sums, half));
}

/**
 * Through 16 bits and back, in place: clamped to [-1, 1], times 32767, cut, divided by 32767; n is a multiple of 4. Returns
 * whether any sample is NaN or infinite.
 */
export function quantise(samples: usize, n: i32): i32 {
  const exponent = i32x4.splat(0x7f800000);
  let found = i32x4.splat(0);
  const one = f32x4.splat(1);
  const minusOne = f32x4.splat(-1);
  const largest = f32x4.splat(32767);
  for (let end = samples + ((<usize>n) << 2); samples < end; samples += 16) {
    const sample = v128.load(samples);
    found = v128.or(found, i32x4.eq(v128.and(sample, exponent), exponent));
    const clamped = f32x4.pmin(one, f32x4.pmax(minusOne, sample));
    // Adding zero makes zero of minus zero.
    const code = f32x4.add(f32x4.trunc(f32x4.mul(clamped, largest)), f32x4.splat(0));
    v128.store(samples, f32x4.div(code, largest));
  }
  return <i32>v128.any_true(found);
}

/**
 * Polyphase resampling, four blocks at a time: sample p of block b is the sum over k of
 * taps[p, k] * x[b * down + starts[p] + k], even and odd k apart until the end, in float64, rounded to float32 once.
 * @param x - float64; the first sample of the first block
 * @param starts - int32, in bytes relative to `x`, shape [up]
 * @param taps - float64, row-major [up, tapCount]; tapCount is even
 * @param blocks - a multiple of four
 * @param to - float32, row-major [blocks, up]
 */
export function resample(
  x: usize,
  starts: usize,
  taps: usize,
  tapCount: i32,
  up: i32,
  down: i32,
  blocks: i32,
  to: usize,
): void {
  const xStep = (<usize>down) << 3;
  const toStep = (<usize>up) << 2;
  const tapBytes = (<usize>tapCount) << 3;
  for (let b = 0; b < blocks; b += 4, x += 4 * xStep, to += 4 * toStep) {
    let tap = taps;
    for (let p: usize = 0; p < toStep; p += 4) {
      let x0 = x + load<i32>(starts + p);
      let x1 = x0 + xStep;
      let x2 = x1 + xStep;
      let x3 = x2 + xStep;
      let sum0 = f64x2.splat(0);
      let sum1 = f64x2.splat(0);
      let sum2 = f64x2.splat(0);
      let sum3 = f64x2.splat(0);
      for (const end = tap + tapBytes; tap < end; tap += 16, x0 += 16, x1 += 16, x2 += 16, x3 += 16) {
        const two = v128.load(tap);
        sum0 = f64x2.add(sum0, f64x2.mul(two, v128.load(x0)));
        sum1 = f64x2.add(sum1, f64x2.mul(two, v128.load(x1)));
        sum2 = f64x2.add(sum2, f64x2.mul(two, v128.load(x2)));
        sum3 = f64x2.add(sum3, f64x2.mul(two, v128.load(x3)));
      }
      const low = f32x4.demote_f64x2_zero(
        f64x2.add(v128.shuffle<f64>(sum0, sum1, 0, 2), v128.shuffle<f64>(sum0, sum1, 1, 3)),
      );
      const high = f32x4.demote_f64x2_zero(
        f64x2.add(v128.shuffle<f64>(sum2, sum3, 0, 2), v128.shuffle<f64>(sum2, sum3, 1, 3)),
      );
      const at = to + p;
      v128.store_lane<f32>(at, low, 0);
      v128.store_lane<f32>(at + toStep, low, 1);
      v128.store_lane<f32>(at + 2 * toStep, high, 0);
      v128.store_lane<f32>(at + 3 * toStep, high, 1);
    }
  }
}
