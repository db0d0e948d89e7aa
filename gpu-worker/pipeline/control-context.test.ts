import { expect, it } from "vitest";
import { fakeComponents } from "../../test/support/engine/fake-components.ts";
import { tensor, type zeros } from "../tensor.ts";
import { controlContext } from "./control-context.ts";
import type { RgbImage } from "./image.ts";

const image: RgbImage = { data: new Uint8Array(16 * 16 * 3), width: 16, height: 16 };
const guide = { controlNet: "union", image, scale: 1 };
const { vae } = fakeComponents();
/** The planes of a context, as the value that fills each, or "mixed". */
const planes = ({ data, shape: [channels = 0, h = 0, w = 0] }: ReturnType<typeof zeros>) =>
  Array.from({ length: channels }, (_, c) => {
    const plane = data.subarray(c * h * w, (c + 1) * h * w);
    return plane.every((value) => value === plane[0]) ? plane[0] : "mixed";
  });

it("holds the latents of the control image, and zeros where there is nothing to fill in", async () => {
  const narrow = await controlContext(vae, guide, 16);
  expect(narrow.shape).toEqual([16, 2, 2]);
  const wide = await controlContext(vae, guide, 33);
  expect(planes(wide)).toEqual([...planes(narrow), ...new Array(17).fill(0)]);
});

it("adds what is kept, and the image without what the mask marks", async () => {
  const fill = {
    image,
    mask: { data: new Uint8Array(256), width: 16, height: 16 },
    cells: tensor(Float32Array.of(1, 0, 0, 0.5), [2, 2]),
  };
  const { data, shape } = await controlContext(vae, guide, 33, fill);
  expect(shape).toEqual([33, 2, 2]);
  expect([...data.subarray(16 * 4, 17 * 4)]).toEqual([0, 1, 1, 0]);
  expect(planes({ data, shape }).slice(17)).toEqual(planes(await controlContext(vae, guide, 16)));
  expect(await controlContext(vae, guide, 16, fill), "a ControlNet without channels for it").toEqual(
    await controlContext(vae, guide, 16),
  );
});
