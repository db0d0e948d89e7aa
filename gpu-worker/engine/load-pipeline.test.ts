import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { loadPipeline } from "./load-pipeline.ts";

it("loads every part, with the limits of the checkpoint", async () => {
  const { components } = await loadPipeline(goldenCheckpoint("tiny-turbo"), { threads: 1 });
  expect(components.visionEncoder).toBeUndefined();
  expect(components.limits?.maxSide).toBeGreaterThan(0);
  expect(components.transformer.forward).toBeTypeOf("function");
  await components.transformer.release();
});

it("names what is missing in a folder that is no model", async () => {
  await expect(loadPipeline(goldenCheckpoint("tiny-turbo/vae"))).rejects.toMatchObject({
    name: "InvalidFileError",
  });
});
