import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import { findImage, imageIndexWrites } from "./image-index.ts";

const sha256 = "ab".repeat(32);
const image = { key: "o/x", width: 64, height: 64, format: "png", bytes: 9, sha256, seed: 1 } as const;

let items: EmbeddedItems;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

const index = (id: string, accountId: string, indexes = [0]) =>
  items.write(
    imageIndexWrites(sampleJob(id, 0, { accountId, images: indexes.map((i) => ({ ...image, index: i })) }), 7, 99),
  );

it("finds the image of a digest, in either case of its letters", async () => {
  await index("1", "acc_1");
  const found = { jobId: "job_1", index: 0, accountId: "acc_1", model: "z-image-turbo", at: 7 };
  expect(await findImage(items, sha256, "acc_1")).toEqual(found);
  expect(await findImage(items, sha256.toUpperCase(), "acc_2")).toEqual(found);
  expect(await findImage(items, "cd".repeat(32), "acc_1")).toBeUndefined();
});

it("prefers the asker's own of several that drew the same bytes", async () => {
  await index("1", "acc_1");
  await index("2", "acc_2");
  expect((await findImage(items, sha256, "acc_2"))?.jobId).toBe("job_2");
  expect((await findImage(items, sha256, "acc_1"))?.jobId).toBe("job_1");
});

it("takes a job whose images have the same bytes", async () => {
  await index("1", "acc_1", [0, 1]);
  expect(await findImage(items, sha256, "acc_1")).toMatchObject({ jobId: "job_1" });
});
