/** A matrix that is read when it is needed. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  values(): Float32Array;
}

/** `y += scale · up(down x)` */
export interface LowRank {
  readonly kind: "low-rank";
  /** `[rank, in]` */
  readonly down: Matrix;
  /** `[out, rank]` */
  readonly up: Matrix;
  readonly scale: number;
}

/**
 * `y += scale · (left ⊗ right) x`, by two small products: `x` as `[in of left, in of right]`, `right` along its rows,
 * `left` across them.
 */
export interface Kronecker {
  readonly kind: "kronecker";
  /** `[a, b]` */
  readonly left: Matrix;
  /** `[c, d]`, with `a·c` = out and `b·d` = in of the layer. */
  readonly right: Matrix;
  readonly scale: number;
}

export type Delta = LowRank | Kronecker;

export function product(a: Matrix, b: Matrix): Matrix {
  const { rows, columns: shared } = a;
  const { columns } = b;
  return {
    rows,
    columns,
    values() {
      const [left, right] = [a.values(), b.values()];
      const result = new Float32Array(rows * columns);
      for (let row = 0; row < rows; row++) {
        for (let k = 0; k < shared; k++) {
          const factor = left[row * shared + k]!;
          for (let column = 0; column < columns; column++) {
            result[row * columns + column]! += factor * right[k * columns + column]!;
          }
        }
      }
      return result;
    },
  };
}

/** Rows `first` to `first + count − 1`. */
export function rowsOf(matrix: Matrix, first: number, count: number): Matrix {
  const { columns } = matrix;
  if (first === 0 && count === matrix.rows) return matrix;
  return { rows: count, columns, values: () => matrix.values().subarray(first * columns, (first + count) * columns) };
}

/**
 * The elementwise product of `a1 b1` and `a2 b2`, of ranks r1 and r2, as one product of rank r1·r2: column `i·r2 + j`
 * of `up` is column i of `a1` times column j of `a2`.
 * @param a1 - `[out, r1]` @param b1 - `[r1, in]` @param a2 - `[out, r2]` @param b2 - `[r2, in]`
 */
export function hadamard(
  a1: Matrix,
  b1: Matrix,
  a2: Matrix,
  b2: Matrix,
): { readonly down: Matrix; readonly up: Matrix } {
  const [r1, r2] = [b1.rows, b2.rows];
  const rank = r1 * r2;
  const out = a1.rows;
  const features = b1.columns;
  return {
    up: {
      rows: out,
      columns: rank,
      values() {
        const [first, second] = [a1.values(), a2.values()];
        return fill(out * rank, (at) => {
          const [row, k] = [Math.floor(at / rank), at % rank];
          return first[row * r1 + Math.floor(k / r2)]! * second[row * r2 + (k % r2)]!;
        });
      },
    },
    down: {
      rows: rank,
      columns: features,
      values() {
        const [first, second] = [b1.values(), b2.values()];
        return fill(rank * features, (at) => {
          const [k, column] = [Math.floor(at / features), at % features];
          return first[Math.floor(k / r2) * features + column]! * second[(k % r2) * features + column]!;
        });
      },
    },
  };
}

/**
 * Rows `first` to `first + count − 1` of `left ⊗ right` as a sum of Kronecker products. One is enough where the cut
 * falls between rows of `left`; else `right` is cut into pieces that fit both, one product each.
 */
export function kroneckerRows({ left, right, scale }: Kronecker, first: number, count: number): Kronecker[] {
  const piece = greatestCommonDivisor(greatestCommonDivisor(right.rows, count), first);
  const pieces = right.rows / piece;
  const [from, slots] = [first / piece, count / piece];
  return Array.from({ length: pieces }, (_, k): Kronecker => {
    return {
      kind: "kronecker",
      right: rowsOf(right, k * piece, piece),
      left: {
        rows: slots,
        columns: left.columns,
        values() {
          const values = left.values();
          const picked = new Float32Array(slots * left.columns);
          for (let slot = 0; slot < slots; slot++) {
            if ((from + slot) % pieces !== k) continue;
            const row = Math.floor((from + slot) / pieces);
            picked.set(values.subarray(row * left.columns, (row + 1) * left.columns), slot * left.columns);
          }
          return picked;
        },
      },
      scale,
    };
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function fill(length: number, value: (at: number) => number): Float32Array {
  const values = new Float32Array(length);
  for (let at = 0; at < length; at++) values[at] = value(at);
  return values;
}
