import { expect, it } from "vitest";
import { fakeComponents } from "../../test/support/engine/fake-components.ts";
import { tensor } from "../tensor.ts";
import { decodeLatents, toRgbImage, unscaleLatents } from "./decode-latents.ts";

const level = (value: number) => toRgbImage(tensor(new Float32Array([value, value, value]), [3, 1, 1])).data[0];

it.each([
  [-1, 0],
  [1, 255],
  [-7, 0],
  [9, 255],
  [0, 128], // 127.5, to the even neighbour
  [-0.4941176176071167, 64], // 64.5, to the even neighbour
  [(2 * 1.6) / 255 - 1, 2],
])("turns %d into level %d", (value, expected) => {
  expect(level(value)).toBe(expected);
});

it("puts the three channels of a pixel side by side", () => {
  const image = tensor(new Float32Array([-1, 1, 1, -1, -1, -1]), [3, 1, 2]);
  expect(toRgbImage(image)).toEqual({ data: new Uint8Array([0, 255, 0, 255, 0, 0]), width: 2, height: 1 });
});

it("gives the VAE its own scale", () => {
  const { vae } = fakeComponents(); // scale 0.5, shift 0.25
  expect([...unscaleLatents(tensor(new Float32Array([1, -2]), [2]), vae).data]).toEqual([2.25, -3.75]);
});

it("refuses an image with NaN", async () => {
  const { vae } = fakeComponents();
  const latents = tensor(new Float32Array(16 * 4).fill(Number.NaN), [16, 2, 2]);
  await expect(decodeLatents(vae, latents)).rejects.toMatchObject({ code: "non_finite_output" });
});
