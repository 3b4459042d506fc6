import { shiftRegions, type Windows } from "./swin-windows.ts";

/** What is added where a token must not see another: the published models were trained with this, not with -infinity. */
const HIDDEN = -100;

/** An additive term of `selfAttention`, row-major. */
export interface AttentionBias {
  readonly data: Float32Array;
  /** [p, heads, n, n]: p is the number of windows of a grid when they are shifted, else 1; n is the tokens of a window. */
  readonly shape: readonly [number, number, number, number];
}

/**
 * What a Swin block adds to its dot products: the learned bias of the two tokens' distance, and for shifted windows the mask
 * that keeps apart what is not together in the image.
 * @param table - row-major [(2 window - 1)^2, heads]: the row of a distance (dy, dx) from key to query is
 *   (dy + window - 1) (2 window - 1) + dx + window - 1
 * @see Liu et al. 2021, 3.2
 */
export function relativePositionBias(table: Float32Array, heads: number, windows: Windows): AttentionBias {
  const { grid, window, shift } = windows;
  const n = window * window;
  const bias = new Float32Array(heads * n * n);
  for (let query = 0; query < n; query++) {
    for (let key = 0; key < n; key++) {
      const dy = Math.floor(query / window) - Math.floor(key / window) + window - 1;
      const dx = (query % window) - (key % window) + window - 1;
      const row = (dy * (2 * window - 1) + dx) * heads;
      for (let head = 0; head < heads; head++) bias[(head * n + query) * n + key] = table[row + head]!;
    }
  }
  if (shift === 0) return { data: bias, shape: [1, heads, n, n] };
  const regions = shiftRegions(windows);
  const count = (grid / window) ** 2;
  const data = new Float32Array(count * bias.length);
  let at = 0;
  for (let first = 0; first < regions.length; first += n) {
    for (let i = 0; i < bias.length; i++) {
      const query = first + (Math.floor(i / n) % n);
      const key = first + (i % n);
      data[at++] = bias[i]! + (regions[query] === regions[key] ? 0 : HIDDEN);
    }
  }
  return { data, shape: [count, heads, n, n] };
}
