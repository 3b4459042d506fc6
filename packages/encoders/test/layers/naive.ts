/** An image of several channels, row-major [height, width, channels]. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** An image of numbers that come from a counter, between -1 and 1. */
export function countedImage(height: number, width: number, channels: number, seed: number): Image {
  return { height, width, channels, data: counted(height * width * channels, seed) };
}

/** Multiples of 2^-10 between -1 and 1: float32 holds them, and sums of a few of their products, exactly. */
export function counted(n: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 21) / 1024 - 1;
  });
}

/** Zero outside. */
export const pixel = ({ height, width, channels, data }: Image, y: number, x: number, c: number) =>
  y < 0 || x < 0 || y >= height || x >= width ? 0 : data[(y * width + x) * channels + c]!;
