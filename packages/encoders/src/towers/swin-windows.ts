/**
 * How the shifted windows of a Swin transformer divide a square grid of tokens.
 *
 * A tower keeps its tokens in the order in which the next block reads them, window after window. Layer norms, linear layers
 * and residuals treat every token alike, so the order changes nothing, and the shifting, dividing and joining of the
 * original, on tensors of up to six axes, become one gathering of rows between two blocks.
 *
 * @see Liu et al. 2021, "Swin transformer: hierarchical vision transformer using shifted windows", 3.2
 */

/** Windows on a square grid. */
export interface Windows {
  /** Tokens along a side of the grid. */
  readonly grid: number;
  /** Tokens along a side of a window; divides `grid`. */
  readonly window: number;
  /** How many tokens the windows are moved down and to the right, around the edges of the grid. */
  readonly shift: number;
}

/**
 * For each place in the order of windows, which token of the grid it holds: windows row by row, in each its tokens row by row.
 * @returns shape [grid^2]; a token is y * grid + x
 * @example windowOrder({ grid: 4, window: 2, shift: 0 }) // 0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15
 */
export function windowOrder({ grid, window, shift }: Windows): Int32Array {
  const order = new Int32Array(grid * grid);
  let place = 0;
  forEachPlace({ grid, window }, (y, x) => {
    order[place++] = ((y + shift) % grid) * grid + ((x + shift) % grid);
  });
  return order;
}

/** Row by row, as an image is read; shape [grid^2]. */
export function rasterOrder(grid: number): Int32Array {
  return Int32Array.from({ length: grid * grid }, (_, token) => token);
}

/**
 * Where each row of one order is found in another: what `gatherRows` needs.
 * @param from - the order that the tokens are in, a permutation
 * @param to - the order that is wanted, of tokens in `from`
 */
export function moves(from: Int32Array, to: Int32Array): Int32Array {
  const placeOf = new Int32Array(from.length);
  for (let place = 0; place < from.length; place++) placeOf[from[place]!] = place;
  return to.map((token) => placeOf[token]!);
}

/**
 * The four tokens that patch merging joins to each token of the grid of half the side: upper left, lower left, upper right,
 * lower right.
 * @param order - the tokens of the smaller grid, in the order that they are wanted in
 * @param grid - side of the larger grid
 * @returns shape [4 n], tokens of the larger grid
 */
export function mergedTokens(order: Int32Array, grid: number): Int32Array {
  const half = grid / 2;
  const tokens = new Int32Array(order.length * 4);
  for (const [place, token] of order.entries()) {
    const upperLeft = Math.floor(token / half) * 2 * grid + (token % half) * 2;
    tokens.set([upperLeft, upperLeft + grid, upperLeft + 1, upperLeft + grid + 1], place * 4);
  }
  return tokens;
}

/**
 * Which tokens of a shifted window are neighbours in the image and not only around its edge: tokens of different regions must
 * not see each other.
 * @returns the region of each place in the order of windows, shape [grid^2]
 */
export function shiftRegions({ grid, window, shift }: Windows): Int32Array {
  const band = (at: number) => (at < grid - window ? 0 : at < grid - shift ? 1 : 2);
  const regions = new Int32Array(grid * grid);
  let place = 0;
  forEachPlace({ grid, window }, (y, x) => {
    regions[place++] = 3 * band(y) + band(x);
  });
  return regions;
}

/** Visits the grid window by window. */
function forEachPlace({ grid, window }: Omit<Windows, "shift">, visit: (y: number, x: number) => void): void {
  for (let top = 0; top < grid; top += window) {
    for (let left = 0; left < grid; left += window) {
      for (let y = top; y < top + window; y++) {
        for (let x = left; x < left + window; x++) visit(y, x);
      }
    }
  }
}
