import { expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import type { JobImage } from "../job.ts";
import { imageKey, keepImages, onceOnlyImage, readKeptImages } from "./kept-images.ts";

const job = sampleJob("1", 0);
const sha256 = "ab".repeat(32);
const plain: JobImage = {
  index: 0,
  key: `o/job_1/0-${sha256}.png`,
  width: 64,
  height: 64,
  format: "png",
  bytes: 118,
  sha256,
  seed: 1,
};

it("keeps of an image what does not follow from its job", () => {
  const second = { ...plain, index: 1, key: `o/job_1/1-${sha256}.png`, seed: 2 };
  const kept = keepImages([plain, second], job);
  expect(kept).toEqual([
    [Buffer.alloc(32, 0xab).toString("base64url"), 118],
    [Buffer.alloc(32, 0xab).toString("base64url"), 118],
  ]);
  expect(readKeptImages(JSON.parse(JSON.stringify(kept)), job)).toEqual([plain, second]);
});

it.each<[string, Partial<JobImage>]>([
  ["another size, as a finished file has", { width: 2000, height: 2000 }],
  ["another seed, where the first drew nothing", { seed: 77 }],
  ["another key, as earlier workers chose it", { key: "o/job_1/other.png" }],
  [
    "measurements",
    { checks: { borderWhiteExact: 1, borderWhite: 1, fill: 0.5, sharpness: 2, flat: false, dhash: "0" } },
  ],
])("keeps %s", (_, change) => {
  const image = { ...plain, ...change };
  expect(readKeptImages(JSON.parse(JSON.stringify(keepImages([image], job))), job)).toEqual([image]);
});

it("leaves out what is proved elsewhere", () => {
  expect(readKeptImages(keepImages([{ ...plain, proof: { look: "ff", manifest: "urn" } }], job), job)).toEqual([plain]);
});

it("reads the whole images of an earlier version", () => {
  expect(readKeptImages([plain], job)).toEqual([plain]);
});

it("says in its key of an image that goes when it was fetched", () => {
  const unstored = { ...job, unstored: {} };
  const key = imageKey(unstored, plain);
  expect(key).toBe(`o/job_1/once-0-${sha256}.png`);
  expect([onceOnlyImage(key), onceOnlyImage(plain.key)]).toEqual([{ jobId: "job_1", index: 0 }, undefined]);
  const kept = keepImages([{ ...plain, key }], unstored);
  expect(kept[0]).toHaveLength(2);
  expect(readKeptImages(kept, unstored)[0]!.key).toBe(key);
});
