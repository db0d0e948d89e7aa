import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import openShapes from "../../../test/training/shapes-data.ts";
import { loadVae } from "../../networks/vae-model.ts";
import { scaleLatents, toPixels } from "../../pipeline/image-pixels.ts";
import { openLatentCache } from "./latent-cache.ts";

const vaeFolder = goldenCheckpoint("tiny-turbo/vae");
const data = await openShapes(undefined);

async function open(folder: string, of = data) {
  const told: string[] = [];
  const cache = await openLatentCache(folder, vaeFolder, of, runtime, { tell: (text) => told.push(text) });
  return { cache, told };
}

it("gives the scaled means of every image, computed once and kept", async () => {
  const folder = temporaryFolder();
  const { cache, told } = await open(folder);
  expect(told).toEqual([expect.stringContaining("latents of 4 images are computed once")]);
  const vae = await loadVae(vaeFolder, runtime);
  for (const image of [0, 3]) {
    const { mean } = await vae.encode(toPixels(await data.image(image)));
    expect(cache.latents(image)).toEqual(scaleLatents(mean, vae));
    expect(cache.latents(image).shape).toEqual([16, 4, 4]);
  }
  await vae.release();

  const noImages = { ...data, image: () => Promise.reject(new Error("an image was read")) };
  const again = await open(folder, noImages);
  expect(again.told).toEqual([]);
  expect(again.cache.latents(2)).toEqual(cache.latents(2));
});

it("computes them again for other images, and where the file was cut short", async () => {
  const folder = temporaryFolder();
  const { cache } = await open(folder);
  const [name] = await readdir(folder);
  expect((await open(folder, { ...data, fingerprint: "other discs" })).told).toHaveLength(1);
  expect(await readdir(folder)).toHaveLength(2);

  const bytes = await readFile(join(folder, name!));
  await writeFile(join(folder, name!), bytes.subarray(4));
  const again = await open(folder);
  expect(again.told).toHaveLength(1);
  expect(again.cache.latents(0)).toEqual(cache.latents(0));
});
