/**
 * Kernels on float32 tensors in the memory of TensorFlow.js' WebAssembly backend. Matrices are row-major; a stride is the
 * distance of two rows in bytes. Where a function takes `scratch`, it must not overlap with anything else.
 */

/**
 * Rows and columns of one tile of a product. 10 accumulators, 2 vectors of `b`, one of `a` and one product fill the 15
 * vector registers that x64 engines give out, and the 20 arithmetic instructions of a step hide the latency of an addition.
 * Measured 58 GFLOP/s where 4 x 8 has 47 and 3 x 12 has 53.
 */
const TILE_ROWS: u32 = 5;
const TILE_COLUMNS: u32 = 8;
const PANEL_STEP: u32 = TILE_COLUMNS * 4;

/**
 * Depth that is summed at once: 5 rows of `a` and 8 columns of `b` of it (13 KiB) fit into the first cache. Twice as much is
 * up to 3 % faster, and has 1.4 times the rounding error.
 */
const BLOCK_DEPTH: u32 = 256;
/** Columns of `b` that are packed at once: with that depth 256 KiB, so that they fit into the second cache. */
const BLOCK_COLUMNS: u32 = 256;
/** Bytes between two panels, so that they do not all compete for the same set of the first cache. */
const PANEL_GAP: u32 = 64;
const TILE_BYTES: u32 = TILE_ROWS * PANEL_STEP;

/** What `matMul` does to its result after adding the bias; 0 is nothing. */
const RELU: u32 = 1;
const GELU: u32 = 2;
const TANH: u32 = 3;

/** Bytes of scratch that `matMul` needs, whatever the shapes. */
export function matMulScratch(): u32 {
  return TILE_BYTES + (BLOCK_COLUMNS / TILE_COLUMNS) * (BLOCK_DEPTH * PANEL_STEP + PANEL_GAP);
}

/**
 * c = activation(a b + bias) for a [m, k], b [k, n] (or [n, k] when `transposed`), bias [n] (none when 0), c [m, n]; with
 * `accumulate`, activation(c + a b + bias).
 * Blocks of `b` are packed into `scratch` on the way, which costs less than 2 % from some 50 rows on, so that no packed copy
 * of the weights has to be kept.
 */
export function matMul(
  a: u32,
  aStride: u32,
  b: u32,
  bStride: u32,
  transposed: bool,
  bias: u32,
  c: u32,
  cStride: u32,
  m: u32,
  k: u32,
  n: u32,
  activation: u32,
  accumulate: bool,
  scratch: u32,
): void {
  const panels = scratch + TILE_BYTES;
  for (let column: u32 = 0; column < n; column += BLOCK_COLUMNS) {
    const columns = min(BLOCK_COLUMNS, n - column);
    let start: u32 = 0;
    do {
      const depth = min(BLOCK_DEPTH, k - start);
      const panelBytes = depth * PANEL_STEP + PANEL_GAP;
      if (transposed) packTransposed(b + column * bStride + start * 4, bStride, columns, depth, panels, panelBytes);
      else pack(b + start * bStride + column * 4, bStride, columns, depth, panels, panelBytes);
      const last = start + depth === k;
      for (let row: u32 = 0; row < m; row += TILE_ROWS) {
        const rows = min(TILE_ROWS, m - row);
        const target = c + row * cStride + column * 4;
        if (depth > 0) {
          multiplyStrip(
            a + row * aStride + start * 4,
            aStride,
            panels,
            panelBytes,
            target,
            cStride,
            rows,
            depth,
            columns,
            accumulate || start > 0,
            scratch,
          );
        } else if (!accumulate) {
          for (let i: u32 = 0; i < rows; i++) memory.fill(target + i * cStride, 0, columns * 4);
        }
        if (last && (bias !== 0 || activation !== 0)) {
          for (let i: u32 = 0; i < rows; i++) {
            finishRow(target + i * cStride, bias === 0 ? 0 : bias + column * 4, columns, activation);
          }
        }
      }
      start += depth;
    } while (start < k);
  }
}

/**
 * Up to 5 rows of `a` times all packed columns; `tile` is room for one tile. What is in `c` already is added last, so that
 * rounding errors grow with the number of blocks, not with the whole depth.
 */
function multiplyStrip(
  a: u32,
  aStride: u32,
  panels: u32,
  panelBytes: u32,
  c: u32,
  cStride: u32,
  rows: u32,
  depth: u32,
  columns: u32,
  accumulate: bool,
  tile: u32,
): void {
  for (let column: u32 = 0; column < columns; column += TILE_COLUMNS) {
    const width = min(TILE_COLUMNS, columns - column);
    const target = c + column * 4;
    if (width === TILE_COLUMNS && !accumulate) {
      multiplyTile(a, aStride, panels, target, cStride, rows, depth);
    } else {
      multiplyTile(a, aStride, panels, tile, PANEL_STEP, rows, depth);
      for (let i: u32 = 0; i < rows; i++) moveTileRow(tile + i * PANEL_STEP, target + i * cStride, width, accumulate);
    }
    panels += panelBytes;
  }
}

/** c (+)= tile for one row of a tile; a whole one is only ever added. */
function moveTileRow(tile: u32, c: u32, width: u32, accumulate: bool): void {
  if (width === TILE_COLUMNS) {
    v128.store(c, f32x4.add(v128.load(c), v128.load(tile)));
    v128.store(c, f32x4.add(v128.load(c, 16), v128.load(tile, 16)), 16);
    return;
  }
  for (let i: u32 = 0; i < width * 4; i += 4) {
    f32.store(c + i, accumulate ? f32.load(c + i) + f32.load(tile + i) : f32.load(tile + i));
  }
}

/** c = a b for up to 5 rows of `a` and one panel, of a depth of at least 1; rows that are missing repeat the last one. */
function multiplyTile(a0: u32, aStride: u32, panel: u32, c0: u32, cStride: u32, rows: u32, depth: u32): void {
  let a1 = a0 + (rows > 1 ? aStride : 0);
  let a2 = a1 + (rows > 2 ? aStride : 0);
  let a3 = a2 + (rows > 3 ? aStride : 0);
  let a4 = a3 + (rows > 4 ? aStride : 0);
  const c1 = c0 + (rows > 1 ? cStride : 0);
  const c2 = c1 + (rows > 2 ? cStride : 0);
  const c3 = c2 + (rows > 3 ? cStride : 0);
  const c4 = c3 + (rows > 4 ? cStride : 0);
  // The first step apart from the others: starting from zeros instead costs 15 % in V8, which then spills accumulators.
  let b0 = v128.load(panel);
  let b1 = v128.load(panel, 16);
  let x = v128.load32_splat(a0);
  let s00 = f32x4.mul(x, b0);
  let s01 = f32x4.mul(x, b1);
  x = v128.load32_splat(a1);
  let s10 = f32x4.mul(x, b0);
  let s11 = f32x4.mul(x, b1);
  x = v128.load32_splat(a2);
  let s20 = f32x4.mul(x, b0);
  let s21 = f32x4.mul(x, b1);
  x = v128.load32_splat(a3);
  let s30 = f32x4.mul(x, b0);
  let s31 = f32x4.mul(x, b1);
  x = v128.load32_splat(a4);
  let s40 = f32x4.mul(x, b0);
  let s41 = f32x4.mul(x, b1);
  for (let i: u32 = 1; i < depth; i++) {
    panel += PANEL_STEP;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    b0 = v128.load(panel);
    b1 = v128.load(panel, 16);
    x = v128.load32_splat(a0);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    x = v128.load32_splat(a4);
    s40 = f32x4.add(s40, f32x4.mul(x, b0));
    s41 = f32x4.add(s41, f32x4.mul(x, b1));
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c4, s40);
  v128.store(c4, s41, 16);
}

/** Packs b [depth, columns] into panels of 8 columns, the last one filled up with zeros. */
function pack(b: u32, stride: u32, columns: u32, depth: u32, panels: u32, panelBytes: u32): void {
  const whole = columns & ~(TILE_COLUMNS - 1);
  for (let i: u32 = 0; i < depth; i++) {
    const row = b + i * stride;
    let target = panels + i * PANEL_STEP;
    for (let column: u32 = 0; column < whole; column += TILE_COLUMNS) {
      v128.store(target, v128.load(row + column * 4));
      v128.store(target, v128.load(row + column * 4, 16), 16);
      target += panelBytes;
    }
    if (whole < columns) {
      v128.store(target, Inline.all(0));
      v128.store(target, Inline.all(0), 16);
      for (let column = whole; column < columns; column++) {
        f32.store(target + (column - whole) * 4, f32.load(row + column * 4));
      }
    }
  }
}

/** Packs b [columns, depth] as `pack` does its transpose; the last panel is filled up with its last column. */
function packTransposed(b: u32, stride: u32, columns: u32, depth: u32, panels: u32, panelBytes: u32): void {
  const whole = depth & ~3;
  for (let column: u32 = 0; column < columns; column += TILE_COLUMNS) {
    for (let half: u32 = 0; half < TILE_COLUMNS; half += 4) {
      const last = columns - 1;
      const first = column + half;
      const r0 = b + min(first, last) * stride;
      const r1 = b + min(first + 1, last) * stride;
      const r2 = b + min(first + 2, last) * stride;
      const r3 = b + min(first + 3, last) * stride;
      let target = panels + half * 4;
      for (let i: u32 = 0; i < whole; i += 4) {
        Inline.store4x4(
          target,
          PANEL_STEP,
          v128.load(r0 + i * 4),
          v128.load(r1 + i * 4),
          v128.load(r2 + i * 4),
          v128.load(r3 + i * 4),
        );
        target += 4 * PANEL_STEP;
      }
      for (let i = whole; i < depth; i++) {
        f32.store(target, f32.load(r0 + i * 4));
        f32.store(target, f32.load(r1 + i * 4), 4);
        f32.store(target, f32.load(r2 + i * 4), 8);
        f32.store(target, f32.load(r3 + i * 4), 12);
        target += PANEL_STEP;
      }
    }
    panels += panelBytes;
  }
}

/**
 * y [columns, rows] = the transpose of x [rows, columns]. In strips of 16 rows, so that each line of the cache is written at
 * once: the next strip comes back to it when it has long been replaced.
 */
export function transpose(x: u32, rows: u32, columns: u32, y: u32): void {
  const stride = columns * 4;
  const targetStride = rows * 4;
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  for (let top: u32 = 0; top < wholeRows; top += 16) {
    const bottom = min(top + 16, wholeRows);
    for (let column: u32 = 0; column < wholeColumns; column += 4) {
      const target = y + column * targetStride;
      for (let row = top; row < bottom; row += 4) {
        const from = x + row * stride + column * 4;
        Inline.store4x4(
          target + row * 4,
          targetStride,
          v128.load(from),
          v128.load(from + stride),
          v128.load(from + 2 * stride),
          v128.load(from + 3 * stride),
        );
      }
    }
  }
  for (let row: u32 = 0; row < rows; row++) {
    for (let column = row < wholeRows ? wholeColumns : 0; column < columns; column++) {
      f32.store(y + column * targetStride + row * 4, f32.load(x + row * stride + column * 4));
    }
  }
}

/** row = activation(row + bias) over n values. */
function finishRow(row: u32, bias: u32, n: u32, activation: u32): void {
  const whole = n & ~7;
  for (let i: u32 = 0; i < whole; i += 8) {
    let x0 = v128.load(row + i * 4);
    let x1 = v128.load(row + i * 4, 16);
    if (bias !== 0) {
      x0 = f32x4.add(x0, v128.load(bias + i * 4));
      x1 = f32x4.add(x1, v128.load(bias + i * 4, 16));
    }
    if (activation === GELU) {
      x0 = Inline.gelu4(x0);
      x1 = Inline.gelu4(x1);
    } else {
      x0 = Inline.activate(x0, activation);
      x1 = Inline.activate(x1, activation);
    }
    v128.store(row + i * 4, x0);
    v128.store(row + i * 4, x1, 16);
  }
  for (let i = whole; i < n; i++) {
    let x = f32.load(row + i * 4);
    if (bias !== 0) x += f32.load(bias + i * 4);
    f32.store(row + i * 4, f32x4.extract_lane(Inline.activate(Inline.all(x), activation), 0));
  }
}

/** y = x (1 + erf(x / sqrt 2)) / 2 over n values. */
export function gelu(x: u32, y: u32, n: u32): void {
  const whole = n & ~7;
  for (let i: u32 = 0; i < whole; i += 8) {
    const y0 = Inline.gelu4(v128.load(x + i * 4));
    const y1 = Inline.gelu4(v128.load(x + i * 4, 16));
    v128.store(y + i * 4, y0);
    v128.store(y + i * 4, y1, 16);
  }
  for (let i = whole; i < n; i++) {
    f32.store(y + i * 4, f32x4.extract_lane(Inline.gelu4(Inline.all(f32.load(x + i * 4))), 0));
  }
}

/**
 * y = layerNorm(x + residual) gamma + beta over each of `rows` rows of n values; no residual when it is 0. The variance is
 * the mean of the squared distances from the mean.
 */
export function layerNorm(x: u32, residual: u32, gamma: u32, beta: u32, y: u32, rows: u32, n: u32, epsilon: f32): void {
  const whole = n & ~3;
  const stride = n * 4;
  for (let row: u32 = 0; row < rows; row++) {
    let source = x;
    if (residual !== 0) {
      for (let i: u32 = 0; i < whole; i += 4) {
        v128.store(y + i * 4, f32x4.add(v128.load(x + i * 4), v128.load(residual + i * 4)));
      }
      for (let i = whole; i < n; i++) f32.store(y + i * 4, f32.load(x + i * 4) + f32.load(residual + i * 4));
      residual += stride;
      source = y;
    }
    let sums = Inline.all(0);
    let otherSums = sums;
    let i: u32 = 0;
    for (; i + 8 <= n; i += 8) {
      sums = f32x4.add(sums, v128.load(source + i * 4));
      otherSums = f32x4.add(otherSums, v128.load(source + i * 4, 16));
    }
    let sum = Inline.sumOf(f32x4.add(sums, otherSums));
    for (; i < n; i++) sum += f32.load(source + i * 4);
    const mean = sum / f32(n);
    const means = Inline.all(mean);
    sums = Inline.all(0);
    otherSums = sums;
    for (i = 0; i + 8 <= n; i += 8) {
      const d = f32x4.sub(v128.load(source + i * 4), means);
      const e = f32x4.sub(v128.load(source + i * 4, 16), means);
      sums = f32x4.add(sums, f32x4.mul(d, d));
      otherSums = f32x4.add(otherSums, f32x4.mul(e, e));
    }
    sum = Inline.sumOf(f32x4.add(sums, otherSums));
    for (; i < n; i++) {
      const d = f32.load(source + i * 4) - mean;
      sum += d * d;
    }
    const factor: f32 = 1 / sqrt<f32>(sum / f32(n) + epsilon);
    const factors = Inline.all(factor);
    for (i = 0; i < whole; i += 4) {
      const d = f32x4.mul(f32x4.sub(v128.load(source + i * 4), means), factors);
      v128.store(y + i * 4, f32x4.add(f32x4.mul(d, v128.load(gamma + i * 4)), v128.load(beta + i * 4)));
    }
    for (; i < n; i++) {
      const d = (f32.load(source + i * 4) - mean) * factor;
      f32.store(y + i * 4, d * f32.load(gamma + i * 4) + f32.load(beta + i * 4));
    }
    x += stride;
    y += stride;
  }
}

/** Bytes of scratch that `attention` needs for n tokens and heads of `size` values. */
export function attentionScratch(n: u32, size: u32): u32 {
  const tokenPanels = Inline.panelsOf(n);
  return (
    TILE_BYTES +
    TILE_ROWS * tokenPanels * PANEL_STEP +
    tokenPanels * (size * PANEL_STEP + PANEL_GAP) +
    Inline.panelsOf(size) * (n * PANEL_STEP + PANEL_GAP)
  );
}

/**
 * y [b, n, c] = the heads of softmax(scale q k^T + additive) v for qkv [b, n, 3 c] and additive [p, h, m, n] (none when 0):
 * item i and head j use its matrix (i mod p, j mod h), and row r its row r mod m.
 */
export function attention(
  qkv: u32,
  additive: u32,
  y: u32,
  b: u32,
  n: u32,
  c: u32,
  heads: u32,
  scale: f32,
  p: u32,
  h: u32,
  m: u32,
  scratch: u32,
): void {
  const size = c / heads;
  const stride = 3 * c * 4;
  const tokenPanels = Inline.panelsOf(n);
  const scoreStride = tokenPanels * PANEL_STEP;
  const keyPanelBytes = size * PANEL_STEP + PANEL_GAP;
  const valuePanelBytes = n * PANEL_STEP + PANEL_GAP;
  const scores = scratch + TILE_BYTES;
  const keys = scores + TILE_ROWS * scoreStride;
  const values = keys + tokenPanels * keyPanelBytes;
  for (let item: u32 = 0; item < b; item++) {
    for (let head: u32 = 0; head < heads; head++) {
      const q = qkv + item * n * stride + head * size * 4;
      packTransposed(q + c * 4, stride, n, size, keys, keyPanelBytes);
      pack(q + 2 * c * 4, stride, size, n, values, valuePanelBytes);
      const mask = additive === 0 ? 0 : additive + ((item % p) * h + (head % h)) * m * n * 4;
      const target = y + (item * n * c + head * size) * 4;
      for (let row: u32 = 0; row < n; row += TILE_ROWS) {
        const rows = min(TILE_ROWS, n - row);
        // All of the last panel is multiplied: `exponentials` clears what is behind the n-th column.
        multiplyStrip(
          q + row * stride,
          stride,
          keys,
          keyPanelBytes,
          scores,
          scoreStride,
          rows,
          size,
          tokenPanels * TILE_COLUMNS,
          false,
          scratch,
        );
        const out = target + row * c * 4;
        let s0: f32 = 0;
        let s1: f32 = 0;
        let s2: f32 = 0;
        let s3: f32 = 0;
        let s4: f32 = 0;
        for (let i: u32 = 0; i < rows; i++) {
          const sum = exponentials(scores + i * scoreStride, mask === 0 ? 0 : mask + ((row + i) % m) * n * 4, n, scale);
          if (i === 0) s0 = sum;
          else if (i === 1) s1 = sum;
          else if (i === 2) s2 = sum;
          else if (i === 3) s3 = sum;
          else s4 = sum;
        }
        multiplyStrip(scores, scoreStride, values, valuePanelBytes, out, c * 4, rows, n, size, false, scratch);
        divideRow(out, size, s0);
        if (rows > 1) divideRow(out + c * 4, size, s1);
        if (rows > 2) divideRow(out + 2 * c * 4, size, s2);
        if (rows > 3) divideRow(out + 3 * c * 4, size, s3);
        if (rows > 4) divideRow(out + 4 * c * 4, size, s4);
      }
    }
  }
}

/** row = exp(x - max x) for x = scale row + mask over n values, zeros up to a whole panel; returns their sum. */
function exponentials(row: u32, mask: u32, n: u32, scale: f32): f32 {
  const whole = n & ~3;
  const scales = Inline.all(scale);
  let maxima = Inline.all(-f32.MAX_VALUE);
  for (let i: u32 = 0; i < whole; i += 4) {
    let x = f32x4.mul(v128.load(row + i * 4), scales);
    if (mask !== 0) x = f32x4.add(x, v128.load(mask + i * 4));
    v128.store(row + i * 4, x);
    maxima = f32x4.pmax(maxima, x);
  }
  for (let i = whole; i < n; i++) {
    let x = f32.load(row + i * 4) * scale;
    if (mask !== 0) x += f32.load(mask + i * 4);
    f32.store(row + i * 4, x);
    maxima = f32x4.pmax(maxima, Inline.all(x));
  }
  const end = Inline.panelsOf(n) * TILE_COLUMNS;
  for (let i = n; i < end; i++) f32.store(row + i * 4, -(<f32>Infinity));
  maxima = f32x4.pmax(maxima, v128.shuffle<f32>(maxima, maxima, 2, 3, 0, 1));
  maxima = f32x4.pmax(maxima, v128.shuffle<f32>(maxima, maxima, 1, 0, 3, 2));
  let sums = Inline.all(0);
  for (let i: u32 = 0; i < end; i += 8) {
    const e0 = Inline.exp4(f32x4.sub(v128.load(row + i * 4), maxima));
    const e1 = Inline.exp4(f32x4.sub(v128.load(row + i * 4, 16), maxima));
    v128.store(row + i * 4, e0);
    v128.store(row + i * 4, e1, 16);
    sums = f32x4.add(sums, f32x4.add(e0, e1));
  }
  return Inline.sumOf(sums);
}

/** row = row / divisor over n values. */
function divideRow(row: u32, n: u32, divisor: f32): void {
  const divisors = Inline.all(divisor);
  const whole = n & ~3;
  for (let i: u32 = 0; i < whole; i += 4) v128.store(row + i * 4, f32x4.div(v128.load(row + i * 4), divisors));
  for (let i = whole; i < n; i++) f32.store(row + i * 4, f32.load(row + i * 4) / divisor);
}

/**
 * out [batches, count, size] = the rows of x [batches, rows, size] that `indices` [count] name, in words of 4 bytes.
 * Returns the position of the first index that is no row, before which nothing is copied; -1 when all are.
 */
export function gatherRows(x: u32, indices: u32, out: u32, batches: u32, rows: u32, count: u32, size: u32): i32 {
  for (let i: u32 = 0; i < count; i++) if (load<u32>(indices + i * 4) >= rows) return i;
  const bytes = size * 4;
  for (let batch: u32 = 0; batch < batches; batch++) {
    for (let i: u32 = 0; i < count; i++) {
      Inline.copyWords(x + load<u32>(indices + i * 4) * bytes, out, size);
      out += bytes;
    }
    x += rows * bytes;
  }
  return -1;
}

/**
 * out [count, filterRows filterColumns channels] = what a filter sees of an image x [height, width, channels] at the output
 * positions `first` to `first + count - 1` of an output that is `outColumns` wide; zeros outside the image.
 */
export function patches(
  x: u32,
  height: i32,
  width: i32,
  channels: u32,
  filterRows: i32,
  filterColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  dilationRows: i32,
  dilationColumns: i32,
  top: i32,
  left: i32,
  outColumns: i32,
  first: i32,
  count: i32,
  out: u32,
): void {
  const bytes = channels * 4;
  for (let position = first; position < first + count; position++) {
    const startRow = (position / outColumns) * strideRows - top;
    const startColumn = (position % outColumns) * strideColumns - left;
    for (let i = 0; i < filterRows; i++) {
      const row = startRow + i * dilationRows;
      for (let j = 0; j < filterColumns; j++) {
        const column = startColumn + j * dilationColumns;
        if (row >= 0 && row < height && column >= 0 && column < width) {
          Inline.copyWords(x + u32(row * width + column) * bytes, out, channels);
        } else {
          memory.fill(out, 0, bytes);
        }
        out += bytes;
      }
    }
  }
}

/** Functions that are compiled into their callers. */
// biome-ignore lint/complexity/noStaticOnlyClass: only methods can have the decorator that does it
class Inline {
  /** Faster than memory.copy for the few hundred bytes of a row. */
  @inline
  static copyWords(source: u32, target: u32, n: u32): void {
    const whole = n & ~3;
    for (let i: u32 = 0; i < whole; i += 4) v128.store(target + i * 4, v128.load(source + i * 4));
    for (let i = whole; i < n; i++) store<u32>(target + i * 4, load<u32>(source + i * 4));
  }

  /** Stores four rows of four as four columns. */
  @inline
  static store4x4(target: u32, stride: u32, r0: v128, r1: v128, r2: v128, r3: v128): void {
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(target + stride, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(target + 2 * stride, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(target + 3 * stride, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  }

  @inline
  static activate(x: v128, activation: u32): v128 {
    if (activation === RELU) return f32x4.pmax(x, Inline.all(0));
    if (activation === GELU) return Inline.gelu4(x);
    if (activation === TANH) return Inline.tanh4(x);
    return x;
  }

  @inline
  static panelsOf(n: u32): u32 {
    return (n + TILE_COLUMNS - 1) / TILE_COLUMNS;
  }

  @inline
  static sumOf(x: v128): f32 {
    return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 2) + (f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3));
  }

  @inline
  static multiplyAdd(x: v128, y: v128, z: v128): v128 {
    return f32x4.add(f32x4.mul(x, y), z);
  }

  @inline
  static all(x: f32): v128 {
    return f32x4.splat(x);
  }

  /**
   * exp(x) for x <= 88, within 1 unit in the last place; below the smallest normal number 0. NaN stays NaN. With x = n ln 2 + r:
   * 2^n (1 + r + r^2 p(r)), where p is a minimax polynomial on |r| <= ln 2 / 2 (relative error 3.1e-9), summed in pairs to
   * shorten the chain of operations that wait for each other.
   */
  @inline
  static exp4(x: v128): v128 {
    const least = Inline.all(-87.33654);
    // pmax(NaN, y) is NaN.
    const limited = f32x4.pmax(x, least);
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
    const shifted = Inline.multiplyAdd(limited, Inline.all(Mathf.LOG2E), Inline.all(12582912));
    const n = f32x4.sub(shifted, Inline.all(12582912));
    // ln 2 in two parts: n times the first, of 9 bits, is exact.
    let r = f32x4.sub(limited, f32x4.mul(n, Inline.all(0.693359375)));
    r = f32x4.sub(r, f32x4.mul(n, Inline.all(-2.1219444e-4)));
    const r2 = f32x4.mul(r, r);
    const p01 = Inline.multiplyAdd(Inline.all(1.6666520685146272e-1), r, Inline.all(4.999999345134032e-1));
    const p23 = Inline.multiplyAdd(Inline.all(8.368710328727567e-3), r, Inline.all(4.166838742537028e-2));
    const p = Inline.multiplyAdd(Inline.multiplyAdd(Inline.all(1.381461128263142e-3), r2, p23), r2, p01);
    const y = f32x4.add(Inline.multiplyAdd(p, r2, r), Inline.all(1));
    const power = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23);
    return v128.andnot(f32x4.mul(y, power), f32x4.lt(x, least));
  }

  /**
   * x Phi(x), where Phi is the standard normal distribution function: x (1 + erf(x / sqrt 2)) / 2. Phi(-t) = exp(-q(t)) for
   * t >= 0, where q is the polynomial that is best with weight Phi(-t)^0.6 on [0, 7] and grows without bound. That leaves no
   * cancellation on the negative side: the error is at most 1.1e-7 max(1, |x|), on the negative side 7.1e-8 (relative to the
   * result 1.1e-6 down to -3, 6e-4 down to -6). Of -Infinity it is -0, the limit.
   */
  @inline
  static gelu4(x: v128): v128 {
    // From 14 on the result is 0 or x. pmin(NaN, y) is NaN.
    const t = f32x4.pmin(f32x4.abs(x), Inline.all(32));
    const t2 = f32x4.mul(t, t);
    const t4 = f32x4.mul(t2, t2);
    const q01 = Inline.multiplyAdd(Inline.all(7.978847622871399e-1), t, Inline.all(6.931471824645996e-1));
    const q23 = Inline.multiplyAdd(Inline.all(3.6345794796943665e-2), t, Inline.all(3.18307489156723e-1));
    const q45 = Inline.multiplyAdd(Inline.all(-1.9473312931950204e-5), t, Inline.all(-4.80157183483243e-3));
    const q67 = Inline.multiplyAdd(Inline.all(-5.872420297237113e-5), t, Inline.all(2.08034020033665e-4));
    const q89 = Inline.multiplyAdd(Inline.all(-7.475044867533143e-7), t, Inline.all(8.894570783013478e-6));
    const q0to3 = Inline.multiplyAdd(q23, t2, q01);
    const q4to7 = Inline.multiplyAdd(q67, t2, q45);
    const q8to10 = Inline.multiplyAdd(Inline.all(2.7254273504695448e-8), t2, q89);
    const q = Inline.multiplyAdd(q8to10, f32x4.mul(t4, t4), Inline.multiplyAdd(q4to7, t4, q0to3));
    const tail = Inline.exp4(f32x4.neg(q));
    const phi = v128.bitselect(tail, f32x4.sub(Inline.all(1), tail), i32x4.shr_s(x, 31));
    return f32x4.mul(f32x4.pmax(x, Inline.all(-f32.MAX_VALUE)), phi);
  }

  /**
   * tanh(x), within 3 units in the last place: x + x^3 p(x^2) where |x| < 0.625 (p minimax, error 4.1e-9), else
   * 1 - 2 / (exp(2 |x|) + 1) with the sign of x.
   */
  @inline
  static tanh4(x: v128): v128 {
    const t = f32x4.abs(x);
    const square = f32x4.mul(x, x);
    let p = Inline.multiplyAdd(Inline.all(-5.7169463343663025e-3), square, Inline.all(2.0650507722219477e-2));
    p = Inline.multiplyAdd(p, square, Inline.all(-5.3743476458918304e-2));
    p = Inline.multiplyAdd(p, square, Inline.all(1.3331491061443962e-1));
    p = Inline.multiplyAdd(p, square, Inline.all(-3.3333283918157025e-1));
    const small = Inline.multiplyAdd(f32x4.mul(p, square), x, x);
    const e = Inline.exp4(f32x4.mul(f32x4.pmin(t, Inline.all(10)), Inline.all(2)));
    const large = f32x4.sub(Inline.all(1), f32x4.div(Inline.all(2), f32x4.add(e, Inline.all(1))));
    const signed = v128.or(large, v128.and(x, i32x4.splat(i32.MIN_VALUE)));
    return v128.bitselect(small, signed, f32x4.lt(t, Inline.all(0.625)));
  }
}
