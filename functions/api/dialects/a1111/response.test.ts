import { expect, it } from "vitest";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { sampleWarning } from "../../../../test/support/sample-warning.ts";
import { readA1111Request } from "./request.ts";
import { imagesResponse, timestamp } from "./response.ts";

/** A job that drew two images, seeds 7 and 8. */
function drawnJob() {
  const file = { width: 64, height: 64, format: "png", bytes: 100, sha256: "" } as const;
  const images = [0, 1].map((index) => ({
    index,
    key: `r/${index}.png`,
    ...file,
    seed: 7 + index,
  }));
  return sampleJob("1", Date.UTC(2026, 0, 31, 12), {
    status: "succeeded",
    images,
    warnings: [sampleWarning("a warning")],
  });
}

it("says in info how each image was drawn", () => {
  const job = drawnJob();
  const body = imagesResponse(job, readA1111Request({ prompt: "a fox" }, "txt2img"), ["A", "B"]);
  expect(body.images).toEqual(["A", "B"]);
  const info = JSON.parse(body.info);
  const texts = [expect.stringContaining("Seed: 7,"), expect.stringContaining("Seed: 8,")];
  expect(info).toMatchObject({ infotexts: texts, seed: 7, all_seeds: [7, 8], all_prompts: ["a fox", "a fox"] });
  expect(info).toMatchObject({ job_timestamp: "20260131120000", cfg_scale: 1, denoising_strength: null });
  expect(body.warnings).toEqual(["a warning"]);
});

it("sends no images where the request wants none, and still says how they were drawn", () => {
  const request = readA1111Request({ prompt: "a fox", send_images: false }, "txt2img");
  const body = imagesResponse(drawnJob(), request, ["A", "B"]);
  expect(body.images).toEqual([]);
  expect(JSON.parse(body.info).all_seeds).toEqual([7, 8]);
});

it("repeats the request's files only where it asks for them", () => {
  const job = sampleJob("1", 0);
  const sent = { prompt: "x", init_images: ["aW1n"], mask: "bWFzaw==" };
  const parameters = (fields: object) =>
    imagesResponse(job, readA1111Request({ ...sent, ...fields }, "img2img"), ["aW1n", "bWFzaw=="]).parameters;
  expect(parameters({})).toMatchObject({ prompt: "x", init_images: null, mask: null, batch_size: 1 });
  expect(parameters({ include_init_images: true })).toMatchObject({
    init_images: sent.init_images,
    mask: sent.mask,
  });
});

it("gives an interrupted job no images, and the seed it would have had", () => {
  const request = readA1111Request({ prompt: "x" }, "txt2img");
  const body = imagesResponse(sampleJob("1", 0, { status: "canceled" }), request, []);
  expect(body.images).toEqual([]);
  expect(JSON.parse(body.info)).toMatchObject({ seed: 1, all_seeds: [], infotexts: [] });
});

it("writes a time in UTC, to the second", () => {
  expect(timestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe("20260102030405");
});
