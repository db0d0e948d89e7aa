import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import openShapes from "../../test/training/shapes-data.ts";
import { modelSamples, vaeSamples } from "./report-samples.ts";

const tiny = fileURLToPath(new URL("../../models/zimage-tiny/model", import.meta.url));
const data = await openShapes(undefined);
const pixels = async (png: Uint8Array | undefined) => new Uint8Array(await sharp(png).raw().toBuffer());

it("shows images from all over the data beside their reconstructions", async () => {
  const asked: number[] = [];
  const image = (index: number) => {
    asked.push(index);
    return data.image(index % 4);
  };
  const samples = await vaeSamples(goldenCheckpoint("tiny-turbo/vae"), { ...data, imageCount: 36, image }, runtime);
  // 24 of 36: two of every three.
  expect(asked).toEqual(Array.from({ length: 24 }, (_, i) => Math.floor(1.5 * i)));
  expect(samples.map(({ caption }) => caption)).toEqual(asked.map((index) => `image ${index}`));
  const [original, decoded] = samples[1]!.images;
  expect(await pixels(original)).toEqual((await data.image(1)).data);
  expect(await sharp(decoded).metadata()).toMatchObject({ width: 32, height: 32, channels: 3 });
  expect(await pixels(decoded)).not.toEqual(await pixels(original));
});

it("draws an image for a caption of each example, beside the training image", async () => {
  const options = { threads: 1, sampling: { numInferenceSteps: 1, guidanceScale: 0 } };
  const samples = await modelSamples(tiny, { ...data, exampleCount: 2 }, options);
  expect(samples.map(({ caption }) => /red|green/.exec(caption)?.[0])).toEqual(["red", "green"]);
  for (const [example, { images }] of samples.entries()) {
    expect(await sharp(images[0]).metadata()).toMatchObject({ width: 32, height: 32 });
    expect(await pixels(images[1])).toEqual((await data.image(example)).data);
  }
  expect(samples[0]!.images[0]).not.toEqual(samples[1]!.images[0]);

  // Two steps, as the model's own generation_config.json says, where nothing else is said.
  const draw = async (more: object) =>
    (await modelSamples(tiny, { ...data, exampleCount: 1 }, { threads: 1, ...more }))[0]!.images[0];
  const own = await draw({});
  expect(own).toEqual(await draw({ sampling: { numInferenceSteps: 2, guidanceScale: 0 } }));
  expect(own).not.toEqual(samples[0]!.images[0]);
});
