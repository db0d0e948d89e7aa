import { expect, it } from "vitest";
import type { JobImage } from "../../../../shared/job.ts";
import { sampleJob, sampleParams } from "../../../../test/support/api/sample-job.ts";
import { completedEvent, imagesResponse, partialImageEvent } from "./response.ts";

const link = { origin: "https://api.test", file: (key: string) => ({ url: `https://f/${key}`, expiresAt: 0 }) };
const image = (index: number): JobImage => ({
  index,
  key: `o/${index}.webp`,
  width: 64,
  height: 128,
  format: "webp",
  bytes: 1,
  sha256: "",
  seed: 1,
});
const params = { ...sampleParams, width: 64, height: 128, format: "webp" } as const;
const job = sampleJob("1", 1_999, { params, images: [image(0), image(1)] });
const description = { size: "64x128", output_format: "webp", quality: "high", background: "opaque" };

it("gives links, or base64 to a job that asked for it", () => {
  expect(imagesResponse(job, { files: [], link }).data).toEqual([
    { url: "https://f/o/0.webp" },
    { url: "https://f/o/1.webp" },
  ]);
  const inline = imagesResponse({ ...job, response: "b64" }, { files: ["AA", "BB"], link });
  expect(inline.data).toEqual([{ b64_json: "AA" }, { b64_json: "BB" }]);
});

it("counts one output token per 16 by 16 pixels of every image, and whole seconds", () => {
  const response = imagesResponse({ ...job, finishedAt: 3_999 }, { files: [], link });
  expect(response).toMatchObject({ created: 3, ...description });
  // 4 · 8 squares, twice.
  expect(response.usage).toMatchObject({ input_tokens: 0, output_tokens: 64, total_tokens: 64 });
  expect(imagesResponse(job, { files: [], link }).created, "not over").toBe(1);
});

it("names the events of a stream after its route, and says what format a preview has", () => {
  const preview = partialImageEvent(job, { kind: "image_edit", b64: "AA", format: "jpeg", index: 2, at: 5_500 });
  expect(preview).toEqual({
    ...description,
    type: "image_edit.partial_image",
    b64_json: "AA",
    partial_image_index: 2,
    created_at: 5,
    output_format: "jpeg",
  });
  const completed = completedEvent({ ...job, finishedAt: 7_000 }, { kind: "image_generation", b64: "BB" });
  expect(completed).toMatchObject({ type: "image_generation.completed", created_at: 7, output_format: "webp" });
  expect(completed.usage, "of one image").toMatchObject({ total_tokens: 32 });
});
