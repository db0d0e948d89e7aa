/** Linear-interpolated quantile of unsorted numbers; `q` 0..1. @throws Error on an empty list: nothing was measured. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error("no measurement to summarise");
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)]!;
  const high = sorted[Math.ceil(position)]!;
  return low + (high - low) * (position - Math.floor(position));
}

export interface Summary {
  readonly runs: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

export function summarise(values: readonly number[]): Summary {
  return {
    runs: values.length,
    min: quantile(values, 0),
    median: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    max: quantile(values, 1),
  };
}
