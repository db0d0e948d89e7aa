import { afterAll, describe, expect, it } from "vitest";
import type { Dim } from "../../../gpu-worker/graph/dims.ts";
import { type GradientCheck, gradientError } from "../training/finite-differences.ts";

/**
 * Dims of the inputs to differentiate, and the operator under test. Sizes of symbols are drawn anew for each trial, 1
 * among them.
 */
export type DerivativeCase = [
  op: string,
  what: string,
  inputs: Record<string, readonly Dim[]>,
  build: GradientCheck["build"],
  draw?: GradientCheck["draw"],
];

export const awayFromZero: GradientCheck["draw"] = (random) => (random() < 0.5 ? -1 : 1) * (0.5 + random());
export const positive: GradientCheck["draw"] = (random) => 1 + random();

/** @param rules - operators that must each have a case */
export function describeDerivatives(cases: readonly DerivativeCase[], rules: Iterable<string>): void {
  const errors: { rule: string; case: string; "relative error": string }[] = [];

  describe("derivative rules agree with finite differences", () => {
    it.each(cases)("%s %s", async (op, what, inputs, build, draw) => {
      const trials = [1, 2, 3];
      const error = await gradientError({ inputs, build, seeds: trials, draw });
      errors.push({ rule: op, case: what, "relative error": error.toExponential(1) });
      expect(error).toBeLessThan(op === "Cast" ? 5e-2 : 1e-3);
    });

    it("for every rule there is", () => {
      expect(new Set(cases.map(([op]) => op))).toEqual(new Set(rules));
    });

    afterAll(() => console.table(errors));
  });
}
