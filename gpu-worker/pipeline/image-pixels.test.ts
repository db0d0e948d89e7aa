import { expect, it } from "vitest";
import { tensor } from "../tensor.ts";
import type { Vae } from "./components.ts";
import { posteriorStd, scaleLatents, toPixels } from "./image-pixels.ts";

it("turns rows of RGB bytes into planes from −1 to 1", () => {
  const image = { data: Uint8Array.of(0, 255, 51, 255, 0, 204), width: 2, height: 1 };
  const { data, shape } = toPixels(image);
  expect(shape).toEqual([3, 1, 2]);
  expect([...data].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([-1, 1, 1, -1, -0.6, 0.6]);
});

it("takes half of the logarithm of the variance", () => {
  const [zero, four] = posteriorStd(tensor(Float32Array.of(0, Math.log(4)), [2])).data;
  expect([zero, four]).toEqual([1, expect.closeTo(2, 6)]);
});

it("shifts latents before it scales them", () => {
  const vae = { scalingFactor: 0.5, shiftFactor: 2 } as Vae;
  expect([...scaleLatents(tensor(Float32Array.of(2, 6), [2]), vae).data]).toEqual([0, 2]);
});
