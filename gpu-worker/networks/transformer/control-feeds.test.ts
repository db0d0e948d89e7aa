import { expect, it } from "vitest";
import type { ControlNetConfig } from "../../graph/architectures/control-net-config.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import type { TransformerItem } from "../../pipeline/components.ts";
import { tensor } from "../../tensor.ts";
import { controlFeeds } from "./control-feeds.ts";
import type { ItemTokens } from "./transformer-tokens.ts";

const config = { patchSize: 2 } as TransformerConfig;
const controlNet = { inChannels: 1 } as ControlNetConfig;
const tokens = (length: number) => ({ image: { length } }) as ItemTokens;
const item = (height: number, width: number, control = [1, height, width]) => {
  const count = control.reduce((product, size) => product * size, 1);
  const latents = tensor(
    Float32Array.from({ length: count }, (_, i) => i + 1),
    control,
  );
  return { latents: { shape: [16, height, width] }, control: { latents, scale: 0.5 } } as unknown as TransformerItem;
};

it("cuts patches and fills shorter items with zeros", () => {
  const feeds = controlFeeds([item(2, 4), item(2, 2)], [tokens(2), tokens(1)], controlNet, config);
  expect(feeds.control_patches).toMatchObject({ dims: [2, 2, 4] });
  expect([...(feeds.control_patches!.data as Float32Array)]).toEqual([1, 2, 5, 6, 3, 4, 7, 8, 1, 2, 3, 4, 0, 0, 0, 0]);
  expect([...(feeds.control_scale!.data as Float32Array)]).toEqual([0.5]);
});

it("refuses control latents of another size, or none", () => {
  expect(() => controlFeeds([item(2, 4, [1, 2, 2])], [tokens(2)], controlNet, config)).toThrow(
    "expected control latents [1,2,4], got [1,2,2]",
  );
  const bare = { latents: { shape: [16, 2, 2] } } as unknown as TransformerItem;
  expect(() => controlFeeds([bare], [tokens(1)], controlNet, config)).toThrow(
    "expected control latents [1,2,2], got none",
  );
});
