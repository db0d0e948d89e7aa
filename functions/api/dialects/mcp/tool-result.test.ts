import { expect, it } from "vitest";
import { createLinkSigner } from "../../../../shared/access/signed-link.ts";
import type { JobImage } from "../../../../shared/job.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { createMemoryObjects } from "../../../../test/support/memory-objects.ts";
import { jobResult } from "./tool-result.ts";

const now = () => 1_780_000_000_000;
const link = createLinkSigner({ secret: "secret", origin: "https://api.test", now, lifeS: 60 });

it("shows the first images that fit together, and links all", async () => {
  const objects = createMemoryObjects({ clock: { now } });
  const images: JobImage[] = [300_000, 400_000, 100_000].map((bytes, index) => ({
    index,
    key: `o/job/${index}.png`,
    width: 64,
    height: 64,
    format: "png",
    bytes,
    sha256: "",
    seed: index,
  }));
  for (const { key, index } of images) await objects.put(key, new Uint8Array([index]), { contentType: "image/png" });
  const job = sampleJob("1", now(), { status: "succeeded", images });
  const { content } = await jobResult(job, { link, objects, showImages: true });
  expect(content.slice(1)).toEqual([
    { type: "image", data: "AA==", mimeType: "image/png" },
    { type: "image", data: "AQ==", mimeType: "image/png" },
  ]);
  const [text] = content as readonly { readonly text: string }[];
  const summary = JSON.parse(text!.text);
  expect(summary.images.map((image: { shown_below: boolean }) => image.shown_below)).toEqual([true, true, false]);
  expect(summary.images.map((image: { url: string }) => new URL(image.url).host)).toEqual(Array(3).fill("api.test"));
});
