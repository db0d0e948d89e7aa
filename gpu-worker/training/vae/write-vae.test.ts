import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import openShapes from "../../../test/training/shapes-data.ts";
import { loadVae } from "../../networks/vae-model.ts";
import { scaleLatents, toPixels } from "../../pipeline/image-pixels.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { storedWeights } from "../write-component.ts";
import { writeVae } from "./write-vae.ts";

it("sets shift and scale so that latents of the training images have mean 0 and deviation 1", async () => {
  const trained = goldenCheckpoint("tiny-turbo/vae");
  const config = await readJsonFile(join(trained, "config.json"), z.record(z.string(), z.unknown()));
  const shapes = await openShapes(undefined);
  const data = { ...shapes, imageCount: 1 }; // whatever is drawn, the measured image is the first
  const folder = join(temporaryFolder(), "vae");
  const weights = storedWeights(openCheckpoint(trained));
  const bias = weights.get("encoder.conv_out.bias")!;
  bias.data.fill(2, 0, bias.data.length / 2); // of the means, which would lie near 0
  expect(await writeVae(folder, config, weights, data, runtime)).toBe(folder);

  const vae = await loadVae(folder, runtime);
  const { mean } = await vae.encode(toPixels(await data.image(0)));
  await vae.release();
  const latents = scaleLatents(mean, vae).data;
  const average = latents.reduce((sum, value) => sum + value, 0) / latents.length;
  const square = latents.reduce((sum, value) => sum + value * value, 0) / latents.length;
  expect(average).toBeCloseTo(0, 3);
  expect(Math.sqrt(square)).toBeCloseTo(1, 3);
});
