import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { sampleRun } from "../../../test/support/api/sample-run.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { collect } from "../../../test/support/collect.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { sampleWarning } from "../../../test/support/sample-warning.ts";
import { keepImages } from "./keep-images.ts";

const clock = manualClock();
const run = sampleRun({ face: "catalogue", catalogue: sampleCatalogue() });
const body = Buffer.from("123456789");
const sha256 = createHash("sha256").update(body).digest("hex");
const image = {
  index: 0,
  width: 64,
  height: 64,
  format: "jpeg",
  bytes: body.length,
  sha256,
  seed: 5,
} as const;
const job = sampleJob("1", clock.now(), { charged: 7, images: [{ ...image, key: "jobs/1/0.jpg" }] });
const hash = { all: "a", prompt: "b", photo: "" };
const outcome = {
  row: { row: 0, key: "A#main", jobId: job.id },
  input: { key: "A#main", body: { sku: "A", shot: "main", version: 2, hash, price: 7, request: {} } },
  job,
};

it("copies the image away from its job, and remembers what it was drawn from", async () => {
  const objects = createMemoryObjects({ clock });
  await objects.put("jobs/1/0.jpg", body, { contentType: "image/jpeg" });
  const { row, writes } = await keepImages(run, outcome, { objects, clock });
  const key = `k/acc_1/spring/${sha256}.jpg`;
  // The check value of CRC-32.
  const size = { bytes: 9, width: 64, height: 64 };
  const kept = [{ key, sha256, crc32: 0xcbf43926, ...size, format: "jpeg", seed: 5, isLabelled: false }];
  expect(row).toEqual({ ...outcome.row, kept, charged: 7 });
  expect(writes).toMatchObject([{ put: { data: { key: "A#main", hash, version: 2, jobId: job.id, images: kept } } }]);
  await objects.delete("jobs/1/0.jpg");
  expect(Buffer.from((await objects.get(key))!.body)).toEqual(body);
});

it("notes whether the file says that it was generated", async () => {
  const objects = createMemoryObjects({ clock });
  const mark = "Iptc4xmpExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
  await objects.put("jobs/1/0.jpg", Buffer.from(`JFIF ${mark} more`), { contentType: "image/jpeg" });
  const { row } = await keepImages(run, outcome, { objects, clock });
  expect(row.kept?.[0]?.isLabelled).toBe(true);
});

it("asks for no such mark where nothing was generated, and keeps the numbers of the file", async () => {
  const objects = createMemoryObjects({ clock });
  await objects.put("jobs/1/0.jpg", body, { contentType: "image/jpeg" });
  const checks = { borderWhiteExact: 1, borderWhite: 1, fill: 0.9, sharpness: 9, flat: false, dhash: "0f" };
  const params = { ...job.params, product: { background: "white" } } as const;
  const onWhite = { ...job, params, images: [{ ...job.images[0]!, checks }] };
  const { row } = await keepImages(run, { ...outcome, job: onWhite }, { objects, clock });
  expect(row.kept).toMatchObject([{ isLabelled: true, checks }]);
});

it("makes one copy of the same bytes, however often", async () => {
  const objects = createMemoryObjects({ clock });
  await objects.put("jobs/1/0.jpg", body, { contentType: "image/jpeg" });
  await keepImages(run, outcome, { objects, clock });
  await keepImages(run, outcome, { objects, clock });
  expect(await collect(objects.walk("k/"))).toHaveLength(1);
});

it("keeps nothing of a job whose image is gone", async () => {
  const objects = createMemoryObjects({ clock });
  await expect(keepImages(run, outcome, { objects, clock })).rejects.toThrow("jobs/1/0.jpg");
  expect(await collect(objects.walk("k/"))).toEqual([]);
});

it("keeps a small copy and what the job was warned of", async () => {
  const objects = createMemoryObjects({ clock });
  const drawn = { ...image, key: "o/job_1/0-ab.jpg", thumbnails: [256] as const };
  await objects.put(drawn.key, body, { contentType: "image/jpeg" });
  await objects.put("o/job_1/0-ab.256.webp", Buffer.from("small"), { contentType: "image/webp" });
  const warning = { ...sampleWarning("old background"), code: "background_enclosed" };
  const warned = { ...job, images: [drawn], warnings: [warning, warning] };
  const { row } = await keepImages(run, { ...outcome, job: warned }, { objects, clock });
  expect(row.kept).toMatchObject([{ warnings: ["background_enclosed"], hasThumbnail: true }]);
  const small = await objects.get(`k/acc_1/spring/${sha256}.256.webp`);
  expect([small!.contentType, Buffer.from(small!.body).toString()]).toEqual(["image/webp", "small"]);
});
