import { expect, it } from "vitest";
import { tensor } from "../tensor.ts";
import { checkFinite } from "./check-finite.ts";

const check =
  (...values: number[]) =>
  () =>
    checkFinite(tensor(Float32Array.from(values), [values.length]), "latents");

it("lets every finite value pass, and nothing else", () => {
  expect(check(0, -3.4e38, 1e-45)).not.toThrow();
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39]) {
    expect(check(0, bad)).toThrow(
      expect.objectContaining({
        code: "non_finite_output",
        message: expect.stringContaining("latents hold NaN or infinity"),
      }),
    );
  }
});
