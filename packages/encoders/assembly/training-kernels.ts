/**
 * Kernels of training on float32 tensors in the memory of TensorFlow.js' WebAssembly backend: see backend/training-kernels.ts for
 * what they compute. `scratch` has 24 bytes for each channel, and begins at a multiple of 8.
 */

/** Sums in float64 and what is derived from them, of so many channels: two lists of float64, then two of float32. */
const SCRATCH_PER_CHANNEL: u32 = 24;

export function batchNormScratch(channels: u32): u32 {
  return channels * SCRATCH_PER_CHANNEL;
}

/** y, mean and variance of x [rows, channels]. */
export function batchNorm(
  x: u32,
  gamma: u32,
  beta: u32,
  y: u32,
  mean: u32,
  variance: u32,
  rows: u32,
  channels: u32,
  epsilon: f64,
  relu: bool,
  scratch: u32,
): void {
  const squares = scratch + channels * 8;
  const slope = squares + channels * 8;
  const bytes = channels * 4;
  const whole = (channels & ~3) * 4;
  const count = f64(rows);
  memory.fill(scratch, 0, channels * 16);
  for (let row: u32 = 0, at = x; row < rows; row++, at += bytes) {
    for (let c: u32 = 0; c < whole; c += 16) Inline.add(scratch + c * 2, v128.load(at + c));
    for (let c = whole; c < bytes; c += 4)
      f64.store(scratch + c * 2, f64.load(scratch + c * 2) + f64(f32.load(at + c)));
  }
  for (let c: u32 = 0; c < channels; c++) {
    const sum = f64.load(scratch + c * 8) / count;
    f64.store(scratch + c * 8, sum);
    f32.store(mean + c * 4, f32(sum));
  }
  for (let row: u32 = 0, at = x; row < rows; row++, at += bytes) {
    for (let c: u32 = 0; c < whole; c += 16) Inline.addSquares(squares + c * 2, scratch + c * 2, v128.load(at + c));
    for (let c = whole; c < bytes; c += 4) {
      const centred = f64(f32.load(at + c)) - f64.load(scratch + c * 2);
      f64.store(squares + c * 2, f64.load(squares + c * 2) + centred * centred);
    }
  }
  for (let c: u32 = 0; c < channels; c++) {
    const spread = f64.load(squares + c * 8) / count;
    f32.store(variance + c * 4, f32(spread));
    f32.store(slope + c * 4, f32(f64(f32.load(gamma + c * 4)) / Math.sqrt(spread + epsilon)));
  }
  const zero = f32x4.splat(0);
  for (let row: u32 = 0; row < rows; row++) {
    const from = x + row * bytes;
    const to = y + row * bytes;
    for (let c: u32 = 0; c < whole; c += 16) {
      const centred = f32x4.sub(v128.load(from + c), v128.load(mean + c));
      const scaled = f32x4.add(f32x4.mul(centred, v128.load(slope + c)), v128.load(beta + c));
      // The second where the first is less: NaN stays.
      v128.store(to + c, relu ? f32x4.pmax(scaled, zero) : scaled);
    }
    for (let c = whole; c < bytes; c += 4) {
      const scaled = (f32.load(from + c) - f32.load(mean + c)) * f32.load(slope + c) + f32.load(beta + c);
      f32.store(to + c, relu && scaled < 0 ? 0 : scaled);
    }
  }
}

/** Gradients of x, gamma and beta. */
export function batchNormGrad(
  x: u32,
  y: u32,
  dy: u32,
  gamma: u32,
  mean: u32,
  variance: u32,
  dx: u32,
  dGamma: u32,
  dBeta: u32,
  rows: u32,
  channels: u32,
  epsilon: f64,
  relu: bool,
  scratch: u32,
): void {
  const products = scratch + channels * 8;
  const slope = products + channels * 8;
  const along = slope + channels * 4;
  const bytes = channels * 4;
  const whole = (channels & ~3) * 4;
  const count = f64(rows);
  let part = dy;
  if (relu) {
    reluGrad(y, dy, dx, rows * channels);
    part = dx;
  }
  memory.fill(scratch, 0, channels * 16);
  for (let row: u32 = 0; row < rows; row++) {
    const from = x + row * bytes;
    const at = part + row * bytes;
    for (let c: u32 = 0; c < whole; c += 16) {
      const gradient = v128.load(at + c);
      const centred = f32x4.sub(v128.load(from + c), v128.load(mean + c));
      Inline.add(scratch + c * 2, gradient);
      Inline.add(products + c * 2, f32x4.mul(gradient, centred));
    }
    for (let c = whole; c < bytes; c += 4) {
      const gradient = f32.load(at + c);
      const centred = f32.load(from + c) - f32.load(mean + c);
      f64.store(scratch + c * 2, f64.load(scratch + c * 2) + f64(gradient));
      f64.store(products + c * 2, f64.load(products + c * 2) + f64(gradient * centred));
    }
  }
  for (let c: u32 = 0; c < channels; c++) {
    const inverse = 1 / Math.sqrt(f64(f32.load(variance + c * 4)) + epsilon);
    const sum = f64.load(scratch + c * 8);
    const product = f64.load(products + c * 8) * inverse;
    f32.store(dBeta + c * 4, f32(sum));
    f32.store(dGamma + c * 4, f32(product));
    f32.store(slope + c * 4, f32(f64(f32.load(gamma + c * 4)) * inverse));
    f32.store(along + c * 4, f32((inverse * product) / count));
    // In the place of the sum, of which only its half is read from here on.
    f32.store(scratch + c * 4, f32(sum / count));
  }
  for (let row: u32 = 0; row < rows; row++) {
    const from = x + row * bytes;
    const at = part + row * bytes;
    const to = dx + row * bytes;
    for (let c: u32 = 0; c < whole; c += 16) {
      const centred = f32x4.sub(v128.load(from + c), v128.load(mean + c));
      const rest = f32x4.sub(
        f32x4.sub(v128.load(at + c), v128.load(scratch + c)),
        f32x4.mul(centred, v128.load(along + c)),
      );
      v128.store(to + c, f32x4.mul(rest, v128.load(slope + c)));
    }
    for (let c = whole; c < bytes; c += 4) {
      const centred = f32.load(from + c) - f32.load(mean + c);
      const rest = f32.load(at + c) - f32.load(scratch + c) - centred * f32.load(along + c);
      f32.store(to + c, rest * f32.load(slope + c));
    }
  }
}

/** The gradient where y is more than 0, else 0. */
export function reluGrad(y: u32, dy: u32, out: u32, n: u32): void {
  const whole = (n & ~3) * 4;
  const zero = f32x4.splat(0);
  for (let at: u32 = 0; at < whole; at += 16) {
    v128.store(out + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(y + at), zero)));
  }
  for (let at = whole; at < n * 4; at += 4) f32.store(out + at, f32.load(y + at) > 0 ? f32.load(dy + at) : 0);
}

export function adamW(
  weight: u32,
  first: u32,
  second: u32,
  gradient: u32,
  n: u32,
  share1: f32,
  beta2: f32,
  share2: f32,
  keep: f32,
  rate: f32,
  correction: f32,
  epsilon: f32,
): void {
  const whole = (n & ~3) * 4;
  for (let at: u32 = 0; at < whole; at += 16) {
    const part = v128.load(gradient + at);
    const old = v128.load(first + at);
    const mean = f32x4.add(old, f32x4.mul(f32x4.sub(part, old), f32x4.splat(share1)));
    const square = f32x4.add(
      f32x4.mul(v128.load(second + at), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(part, part), f32x4.splat(share2)),
    );
    v128.store(first + at, mean);
    v128.store(second + at, square);
    const deviation = f32x4.add(f32x4.div(f32x4.sqrt(square), f32x4.splat(correction)), f32x4.splat(epsilon));
    const move = f32x4.mul(f32x4.div(mean, deviation), f32x4.splat(rate));
    v128.store(weight + at, f32x4.sub(f32x4.mul(v128.load(weight + at), f32x4.splat(keep)), move));
  }
  for (let at = whole; at < n * 4; at += 4) {
    const part = f32.load(gradient + at);
    const mean = f32.load(first + at) + (part - f32.load(first + at)) * share1;
    const square = f32.load(second + at) * beta2 + part * part * share2;
    f32.store(first + at, mean);
    f32.store(second + at, square);
    const deviation = f32(Math.sqrt(f64(square))) / correction + epsilon;
    f32.store(weight + at, f32.load(weight + at) * keep - (mean / deviation) * rate);
  }
}

/** Functions that are compiled into their callers. */
// biome-ignore lint/complexity/noStaticOnlyClass: only methods can have the decorator that does it
class Inline {
  /** Adds four float32 to four sums in float64. */
  @inline
  static add(sums: u32, values: v128): void {
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(values)));
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 0, 1));
    v128.store(sums, f64x2.add(v128.load(sums, 16), high), 16);
  }

  /** Adds the squares of four differences from float64 means to four sums in float64. */
  @inline
  static addSquares(sums: u32, means: u32, values: v128): void {
    const low = f64x2.sub(f64x2.promote_low_f32x4(values), v128.load(means));
    const upper = f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 0, 1));
    const high = f64x2.sub(upper, v128.load(means, 16));
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.mul(low, low)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.mul(high, high)), 16);
  }
}
