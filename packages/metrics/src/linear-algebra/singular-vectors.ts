import { type Matrix, rowProduct, transposed, zeros } from "./matrix.ts";

/** u diag(values) vᵀ is the matrix; columns as rows, which is how they are worked on. */
export interface SingularVectors {
  /** Shape [rank, rows]: left vectors, as rows. */
  readonly left: Matrix;
  /** Shape [rank, columns]: right vectors, as rows. */
  readonly right: Matrix;
  /** Shape [rank], in no order; all above roundings of the largest. */
  readonly values: Float64Array;
}

/**
 * The singular vectors that belong to values other than 0, by Jacobi's rotations: pairs of columns are turned until all
 * are orthogonal. Slower than other ways, simple, and as exact as any.
 * @see Hestenes 1958, "Inversion of matrices by biorthogonalization and related results"
 */
export function singularVectors(matrix: Matrix): SingularVectors {
  if (matrix.rows < matrix.columns) {
    const { left, right, values } = singularVectors(transposed(matrix));
    return { left: right, right: left, values };
  }
  const { data: columns, rows: n, columns: m } = transposed(matrix);
  const turned = zeros(n, n);
  for (let i = 0; i < n; i++) turned.data[i * n + i] = 1;
  const squares = new Float64Array(n);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    for (let i = 0; i < n; i++) squares[i] = rowProduct(columns, i * m, columns, i * m, m);
    // Columns that are roundings of the largest would turn for ever; they are dropped below.
    const negligible = squares.reduce((most, value) => Math.max(most, value), 0) * (m * Number.EPSILON) ** 2;
    let rotated = false;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        if (!(squares[i]! > negligible && squares[j]! > negligible)) continue;
        const dot = rowProduct(columns, i * m, columns, j * m, m);
        if (Math.abs(dot) <= ORTHOGONAL * Math.sqrt(squares[i]! * squares[j]!)) continue;
        rotated = true;
        const half = (squares[j]! - squares[i]!) / (2 * dot);
        const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.hypot(1, half));
        const cosine = 1 / Math.hypot(1, tangent);
        rotate(columns, i * m, j * m, m, cosine, cosine * tangent);
        rotate(turned.data, i * n, j * n, n, cosine, cosine * tangent);
        squares[i]! -= tangent * dot;
        squares[j]! += tangent * dot;
      }
    }
    if (!rotated) break;
  }

  const norms = Float64Array.from({ length: n }, (_, i) => Math.sqrt(rowProduct(columns, i * m, columns, i * m, m)));
  const largest = norms.reduce((most, norm) => Math.max(most, norm), 0);
  const kept = [...norms.keys()].filter((i) => norms[i]! > largest * m * Number.EPSILON);
  const left = zeros(kept.length, m);
  const right = zeros(kept.length, n);
  for (const [k, i] of kept.entries()) {
    for (let row = 0; row < m; row++) left.data[k * m + row] = columns[i * m + row]! / norms[i]!;
    right.data.set(turned.data.subarray(i * n, (i + 1) * n), k * n);
  }
  return { left, right, values: Float64Array.from(kept, (i) => norms[i]!) };
}

/** Cosine of two columns below which they count as orthogonal: a few roundings. */
const ORTHOGONAL = 1e-15;
/** Rotations converge quadratically; 6 to 12 sweeps are usual. What is left after this many are roundings. */
const MOST_SWEEPS = 40;

function rotate(data: Float64Array, a: number, b: number, length: number, cosine: number, sine: number): void {
  for (let k = 0; k < length; k++) {
    const x = data[a + k]!;
    const y = data[b + k]!;
    data[a + k] = cosine * x - sine * y;
    data[b + k] = sine * x + cosine * y;
  }
}
