import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readPngTexts } from "../../../../shared/image-files/png-text.ts";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { readA1111Request } from "./request.ts";
import { imagesResponse, timestamp } from "./response.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** A job that drew two images, seeds 7 and 8. */
async function drawnJob() {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const file = { width: 64, height: 64, format: "png", bytes: png.length, sha256: "" } as const;
  const images = [0, 1].map((index) => ({
    id: `img_${index}`,
    index,
    key: `r/${index}.png`,
    ...file,
    seed: 7 + index,
  }));
  for (const { key } of images) await api.objects.put(key, png, { contentType: "image/png" });
  return sampleJob("1", Date.UTC(2026, 0, 31, 12), { status: "succeeded", images, warnings: ["a warning"] });
}

it("gives each image the text of its own seed, and the same texts in info", async () => {
  const job = await drawnJob();
  const body = await imagesResponse(job, readA1111Request({ prompt: "a fox" }, "txt2img"), api.objects);
  const info = JSON.parse(body.info);
  const texts = body.images.map((image) => readPngTexts(Buffer.from(image, "base64")).get("parameters"));
  expect(texts).toEqual([expect.stringContaining("Seed: 7,"), expect.stringContaining("Seed: 8,")]);
  expect(info).toMatchObject({ infotexts: texts, seed: 7, all_seeds: [7, 8], all_prompts: ["a fox", "a fox"] });
  expect(info).toMatchObject({ job_timestamp: "20260131120000", cfg_scale: 1, denoising_strength: null });
  expect(body.warnings).toEqual(["a warning"]);
});

it("sends no images where the request wants none, and still says how they were drawn", async () => {
  const request = readA1111Request({ prompt: "a fox", send_images: false }, "txt2img");
  const body = await imagesResponse(await drawnJob(), request, api.objects);
  expect(body.images).toEqual([]);
  expect(JSON.parse(body.info).all_seeds).toEqual([7, 8]);
});

it("repeats the request's files only where it asks for them", async () => {
  const job = sampleJob("1", 0);
  const sent = { prompt: "x", init_images: ["aW1n"], mask: "bWFzaw==" };
  const parameters = async (fields: object) =>
    (await imagesResponse(job, readA1111Request({ ...sent, ...fields }, "img2img"), api.objects)).parameters;
  expect(await parameters({})).toMatchObject({ prompt: "x", init_images: null, mask: null, batch_size: 1 });
  expect(await parameters({ include_init_images: true })).toMatchObject({
    init_images: sent.init_images,
    mask: sent.mask,
  });
});

it("gives an interrupted job no images, and the seed it would have had", async () => {
  const request = readA1111Request({ prompt: "x" }, "txt2img");
  const body = await imagesResponse(sampleJob("1", 0, { status: "canceled" }), request, api.objects);
  expect(body.images).toEqual([]);
  expect(JSON.parse(body.info)).toMatchObject({ seed: 1, all_seeds: [], infotexts: [] });
});

it("writes a time in UTC, to the second", () => {
  expect(timestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe("20260102030405");
});
