import sharp from "sharp";
import { expect, it } from "vitest";
import { fakeComponents } from "../../../test/support/engine/fake-components.ts";
import { denoise } from "../../pipeline/denoise.ts";
import { flowMatchSchedule } from "../../pipeline/flow-match-scheduler.ts";
import { tensor } from "../../tensor.ts";
import { averagePool, predictedClean, previewImage } from "./preview.ts";

it("averages windows, partial ones at the edge included", () => {
  // 1×33 cells need windows of 3 to fit 16: 11 of them.
  const pooled = averagePool(
    tensor(
      Float32Array.from({ length: 33 }, (_, i) => i),
      [1, 1, 33],
    ),
  );
  expect(pooled.shape).toEqual([1, 1, 11]);
  expect([...pooled.data.slice(0, 2)]).toEqual([1, 4]);
  expect(
    averagePool(
      tensor(
        Float32Array.from({ length: 17 }, (_, i) => i),
        [1, 17, 1],
      ),
    ).data.at(-1),
  ).toBe(16);
});

it("leaves small latents as they are", () => {
  const latents = tensor(
    Float32Array.from({ length: 32 }, (_, i) => i),
    [2, 4, 4],
  );
  expect(averagePool(latents)).toEqual(latents);
});

it.each([
  [256, 128, "jpeg", 128, 64],
  [64, 1024, "webp", 8, 128],
  [272, 272, "png", 96, 96],
] as const)("shows %d×%d as a %s of %d×%d", async (width, height, format, smallWidth, smallHeight) => {
  const fakes = fakeComponents({ output: () => 0 });
  const latents = tensor(new Float32Array((2 * width * height) / 8).fill(0.1), [16, height / 8, width / 8]);
  const schedule = flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, 2);
  const items = [{ latents, promptEmbeds: tensor(new Float32Array(1), [1, 1]) }];
  const guidance = { scale: 0, normalization: 0, truncation: 1 };
  const { value: step } = await denoise(fakes.transformer, items, schedule, guidance).next();
  const metadata = await sharp(await previewImage(fakes.vae, step!, 0, format)).metadata();
  expect(metadata).toMatchObject({ format, width: smallWidth, height: smallHeight });
});

it("predicts the end of a straight path exactly", async () => {
  const fakes = fakeComponents({ output: () => 3 });
  const schedule = flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, 4);
  const items = [
    { latents: tensor(new Float32Array(16), [16, 1, 1]), promptEmbeds: tensor(new Float32Array(1), [1, 1]) },
  ];
  const guidance = { scale: 0, normalization: 0, truncation: 1 };
  for await (const step of denoise(fakes.transformer, items, schedule, guidance)) {
    expect(predictedClean(step, 0).data[0]).toBeCloseTo(3, 5);
  }
});
