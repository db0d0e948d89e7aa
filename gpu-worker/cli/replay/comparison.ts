import type { Tensor } from "../../tensor.ts";
import type { StoredTensor } from "../../weights/formats/safetensors.ts";
import { type GoldenCase, storedValues } from "./golden-case.ts";

/** One line of a replay's output. */
export interface ComparedTensor {
  readonly tensor: string;
  /** null when shapes differ, or a value is not a number. */
  readonly maxAbsDiff: number | null;
  readonly tolerance: number;
  readonly ok: boolean;
  /** Which of several runs of the case, for example a LoRA's key style. */
  readonly variant?: string;
  /** Elements left out because rounding decides them, where there are any. */
  readonly undecided?: number;
  /** Why, where the numbers do not say it. */
  readonly problem?: string;
}

export interface Computed {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Absolute. Text states, network outputs and latents. @see test/golden/README.md */
export const floatTolerance = 1e-4;
/** Decoder output, nominal range −1..1. */
export const imageTolerance = 5e-4;
/** Tolerance relative to the reference tensor's largest value: gradients and optimiser states have no natural scale. */
export const relativeTolerance = 1e-4;
/** Levels of 255. */
export const pixelTolerance = 1;

/** Collects the comparisons of one case and knows which of its tensors nobody looked at. */
export class Comparison {
  readonly #golden: GoldenCase;
  readonly #report: (line: ComparedTensor) => void;
  readonly #seen = new Set<string>();
  #variant: string | undefined;
  #compared = 0;
  #failed = 0;

  constructor(golden: GoldenCase, report: (line: ComparedTensor) => void) {
    this.#golden = golden;
    this.#report = report;
  }

  /** Names the run that the following comparisons belong to. */
  variant(name: string | undefined): void {
    this.#variant = name;
  }

  /** These tensors are what the case starts from. */
  inputs(...names: string[]): void {
    for (const name of names) this.#seen.add(name);
  }

  /** Compare with the stored tensor of that name; the shape must be equal, bar axes of size 1. */
  tensor(name: string, computed: Computed, tolerance: number = floatTolerance, undecided = 0): void {
    const stored = this.#stored(name, tolerance);
    if (!stored) return;
    const shapes = [stored.shape, computed.shape].map((shape) => shape.filter((size) => size !== 1).join());
    const expected = storedValues(stored);
    if (shapes[0] !== shapes[1] || expected.length !== computed.data.length) {
      this.#line(name, null, tolerance, `expected shape [${stored.shape}], got [${computed.shape}]`);
      return;
    }
    this.#line(name, maxAbsDiff(expected, computed.data), tolerance, undefined, undecided);
  }

  /**
   * Compare with a tolerance relative to the largest absolute value of the stored tensor, which counts as at least
   * 1e-6: gradients that are zero but for rounding may differ by 1e-10.
   * @param isUndecided - elements to leave out, unless they are not numbers at all
   */
  relative(name: string, computed: Computed, isUndecided: (index: number) => boolean = () => false): void {
    const stored = this.#golden.tensors.get(name);
    const expected = stored ? storedValues(stored) : [];
    const tolerance = relativeTolerance * Math.max(1e-6, largestValue(expected));
    let undecided = 0;
    const data = Float64Array.from(computed.data, (value, i) => {
      if (!isUndecided(i) || !Number.isFinite(value)) return value;
      undecided++;
      return expected[i]!;
    });
    this.tensor(name, { data, shape: computed.shape }, tolerance, undecided);
  }

  /**
   * Compare items of different length with a stored `[B, R, W]` whose rows past an item's own mean nothing.
   * @param items - `[R_i, W]` each, the longest of R rows
   */
  paddedRows(name: string, items: readonly Tensor[], tolerance: number = floatTolerance): void {
    const stored = this.#stored(name, tolerance);
    if (!stored) return;
    const width = items[0]?.shape.at(-1) ?? 0;
    const rows = Math.max(...items.map(({ shape }) => shape[0] ?? 0));
    const problem = `expected shape [${stored.shape}], got [${[items.length, rows, width]}]`;
    if (`${stored.shape}` !== `${[items.length, rows, width]}`) {
      this.#line(name, null, tolerance, problem);
      return;
    }
    const values = storedValues(stored);
    const differences = items.map(({ data }, i) => {
      const first = i * rows * width;
      return maxAbsDiff(values.subarray(first, first + data.length), data);
    });
    this.#line(name, Math.max(...differences), tolerance);
  }

  /** Ids, positions, masks: every value equal. */
  exact(name: string, values: ArrayLike<number>, shape: readonly number[] = [values.length]): void {
    this.tensor(name, { data: values, shape }, 0);
  }

  /** A fact of the manifest that is not a tensor. */
  fact(name: string, expected: ArrayLike<number>, computed: ArrayLike<number>, tolerance = 0): void {
    const sameLength = expected.length === computed.length;
    const problem = sameLength ? undefined : `expected ${expected.length} values, got ${computed.length}`;
    this.#line(name, sameLength ? maxAbsDiff(expected, computed) : null, tolerance, problem);
  }

  /** @returns whether everything agreed; a tensor that was overlooked, or a case without any comparison, did not */
  finish(): boolean {
    this.#variant = undefined;
    for (const name of this.#golden.tensors.keys()) {
      if (!this.#seen.has(name)) this.#line(name, null, 0, "not computed by the replay");
    }
    if (this.#compared === 0) this.#line("(none)", null, 0, "the case holds nothing to compare");
    return this.#failed === 0;
  }

  #stored(name: string, tolerance: number): StoredTensor | undefined {
    this.#seen.add(name);
    const stored = this.#golden.tensors.get(name);
    if (!stored) this.#line(name, null, tolerance, "the case lacks this tensor");
    return stored;
  }

  #line(tensor: string, difference: number | null, tolerance: number, problem?: string, undecided = 0): void {
    const ok = difference !== null && difference <= tolerance;
    this.#compared++;
    if (!ok) this.#failed++;
    this.#report({
      tensor,
      maxAbsDiff: Number.isFinite(difference) ? difference : null,
      tolerance,
      ok,
      variant: this.#variant,
      undecided: undecided > 0 ? undecided : undefined,
      problem,
    });
  }
}

export function largestValue(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

/** NaN when a value is NaN or infinite on one side alone. */
function maxAbsDiff(expected: ArrayLike<number>, computed: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = expected[i] === computed[i] ? 0 : Math.abs(expected[i]! - computed[i]!);
    if (!(difference <= max)) max = difference; // also lets NaN in
    if (Number.isNaN(max)) return max;
  }
  return max;
}
