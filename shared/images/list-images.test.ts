import { expect, it } from "vitest";
import { imagesConformance } from "../../test/conformance/images.conformance.ts";
import { sampleJob, sampleParams } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import { createJobStore } from "../jobs/create-job-store.ts";
import { listImages } from "./list-images.ts";

imagesConformance("SQLite", async () => openEmbeddedItems(":memory:"));

it("ends a page that has looked at many jobs in vain, and loses none on the way", async () => {
  let now = 1_700_000_000_000;
  const items = openEmbeddedItems(":memory:");
  const clock = { now: () => now, sleep: async () => {} };
  const jobs = createJobStore({ items, clock });
  const image = { index: 0, key: "o/1", width: 64, height: 64, format: "png", bytes: 1, sha256: "0", seed: 1 } as const;
  for (let i = 0; i < 2_600; i++) {
    const prompt = i === 3 || i === 2_595 ? "one needle" : "hay";
    const job = sampleJob(String(i).padStart(26, "0"), now++, { params: { ...sampleParams, prompt } });
    await jobs.submit({ job });
    const claim = await jobs.claim(job.id, "w");
    if (claim.outcome === "claimed") await jobs.succeed(claim.job, { images: [image], warnings: [], inferenceMs: 1 });
  }
  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await listImages(jobs, {
      accountId: "acc_1",
      text: "needle",
      limit: 20,
      now,
      keptS: 2_592_000,
      cursor,
    });
    found.push(page.images.length);
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(found).toEqual([1, 1]);
  await items.close();
});
