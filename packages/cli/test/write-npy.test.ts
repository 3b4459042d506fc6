import { readFileSync } from "node:fs";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { npyMatrix } from "../src/npy/npy-file.ts";
import { npyBytes } from "../src/npy/write-npy.ts";
import { memorySource } from "./npy-bytes.ts";

const golden = (name: string) => new Uint8Array(readFileSync(new URL(`goldens/npy/${name}.npy`, import.meta.url)));

describe("npyBytes", () => {
  it.each(["f4-little-c", "f4-little-extremes", "f8-little-c", "f8-little-extremes", "one-by-one", "one-row"])(
    "writes %s.npy with the very bytes of numpy.save",
    async (name) => {
      const matrix = await (await npyMatrix(memorySource(golden(name)))).read();
      expect(npyBytes(matrix)).toEqual(golden(name));
    },
  );

  it("writes a column-major view in row-major order, as numpy.ascontiguousarray would", async () => {
    const columnMajor = await (await npyMatrix(memorySource(golden("f8-little-fortran")))).read();
    expect(npyBytes(columnMajor)).toEqual(golden("f8-little-c"));
  });

  it("writes vectors and stacks of matrices with NumPy's shapes", () => {
    expect(npyBytes(ndarray(Float32Array.of(0, 1, 2, 3, 4, 5), [6]))).toEqual(golden("refused-1d"));
    expect(npyBytes(ndarray(new Float32Array(24), [2, 3, 4]))).toEqual(golden("refused-3d"));
    expect(npyBytes(ndarray(Float64Array.of(1.5), []))).toEqual(golden("refused-0d"));
    expect(npyBytes(ndarray(new Float32Array(0), [0, 4]))).toEqual(golden("refused-no-rows"));
  });

  it("is undone by reading, whatever the numbers, the shape and the strides", async () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
    const view = fc
      .tuple(shape, fc.boolean(), fc.boolean())
      .chain(([[rows, columns], single, transposed]) =>
        (single
          ? fc.float32Array({ minLength: rows * columns, maxLength: rows * columns })
          : fc.float64Array({ minLength: rows * columns, maxLength: rows * columns })
        ).map((data) =>
          ndarray(data as Float32Array | Float64Array, [rows, columns], transposed ? [1, rows] : [columns, 1]),
        ),
      );
    await fc.assert(
      fc.asyncProperty(view, async (matrix) => {
        const back = await (await npyMatrix(memorySource(npyBytes(matrix)))).read();
        expect(back.data.constructor).toBe(matrix.data.constructor);
        expect(back.shape).toEqual(matrix.shape);
        for (let i = 0; i < matrix.shape[0]!; i++)
          for (let j = 0; j < matrix.shape[1]!; j++) expect(back.get(i, j)).toBe(matrix.get(i, j));
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
