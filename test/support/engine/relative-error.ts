/**
 * Root of the mean square of the difference, over that of what was expected.
 * @param base - subtracted from both: how far `actual` is off in what was added to it. @default zeros
 */
export function relativeError(actual: Float32Array, expected: Float32Array, base?: Float32Array): number {
  let error = 0;
  let whole = 0;
  expected.forEach((value, at) => {
    error += (actual[at]! - value) ** 2;
    whole += (value - (base?.[at] ?? 0)) ** 2;
  });
  return Math.sqrt(error / whole);
}
