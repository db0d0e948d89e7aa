import { expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import { keysOfImage } from "../../shared/images/thumbnails.ts";
import { makeWarning } from "../../shared/warnings/warning.ts";
import { sampleParams } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createMemoryObjects } from "../../test/support/memory-objects.ts";
import { storeImage } from "./store-image.ts";

const checks = { borderWhiteExact: 1, borderWhite: 1, fill: 0.9, sharpness: 9, flat: false, dhash: "0f" };
const timings = { encodeMs: 0, denoiseMs: 0, decodeMs: 0, imageMs: 0 };
const image = {
  bytes: Buffer.from("123456789"),
  format: "png",
  width: 64,
  height: 64,
  seed: 5,
  checks,
  timings,
} as const;
const objects = createMemoryObjects({ clock: manualClock() });
type Dependencies = Partial<Parameters<typeof storeImage>[2]>;

function store(params: object, dependencies: Dependencies = {}) {
  const job = { id: "job_1", params: { ...sampleParams, ...params } };
  const drawn = { index: 2, image, madeFrom: Uint8Array.of(7) };
  return storeImage(job, drawn, { objects, ...dependencies }, new AbortController().signal);
}

it("stores the file under a key of its content, with its numbers", async () => {
  const { image: stored, warnings } = await store({});
  const sha256 = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
  expect(stored).toMatchObject({ key: `o/job_1/2-${sha256}.png`, sha256, bytes: 9, checks });
  expect(Buffer.from((await objects.get(stored.key))!.body)).toEqual(image.bytes);
  expect(warnings).toEqual([]);
});

it("stores thumbnails beside the file and names their sides", async () => {
  const thumbnailer = async () => [{ side: 256, bytes: Buffer.from("small") } as const];
  const { image: stored } = await store({}, { thumbnailer });
  expect(stored.thumbnails).toEqual([256]);
  const [small] = keysOfImage(stored).slice(1);
  expect(small).toBe(stored.key.replace(/png$/, "256.webp"));
  expect(await objects.get(small!)).toMatchObject({ contentType: "image/webp", bytes: 5 });
});

it("makes no thumbnails of an image that goes when it was fetched", async () => {
  const job = { id: "job_1", params: sampleParams, unstored: {} };
  const thumbnailer = async () => [{ side: 256, bytes: Buffer.from("small") } as const];
  const { image: stored } = await storeImage(
    job,
    { index: 0, image },
    { objects, thumbnailer },
    AbortSignal.timeout(9_000),
  );
  expect(stored).toMatchObject({ key: expect.stringMatching(/^o\/job_1\/once-0-/) });
  expect(stored.thumbnails).toBeUndefined();
});

it("keeps the image where a thumbnail fails", async () => {
  const thumbnailer = async () => {
    throw new Error("no memory");
  };
  const { image: stored } = await store({}, { thumbnailer });
  expect(stored.thumbnails).toBeUndefined();
  expect(await objects.head(stored.key)).toBeDefined();
});

it("compares what is read of the image with what it should show", async () => {
  const textReader = async () => "SALE\n-30%";
  const { image: stored } = await store({ checks: { text: ["SALE", "-20%"] } }, { textReader });
  expect(stored.checks).toEqual({ ...checks, textDistances: [0, 1], textElsewhere: 0 });
});

it.each([
  ["there is none", undefined, "no text reader is configured"],
  [
    "it fails",
    async () => {
      throw new PipelineError("text_reader_failed", "the text reader responded with status 500");
    },
    "responded with status 500",
  ],
])("keeps the image and says so where no text was read: %s", async (_, textReader, why) => {
  const { image: stored, warnings } = await store({ checks: { text: ["SALE"] } }, { textReader });
  expect(stored.checks).toEqual(checks);
  expect(warnings).toMatchObject([{ code: "text_not_read", message: expect.stringContaining(why) }]);
});

it("signs what was drawn and not what was put together from a photo, and counts the signature", async () => {
  const credentials = {
    sign: async ({ bytes }: { bytes: Uint8Array }) => ({
      bytes: Buffer.concat([bytes, Buffer.from("signed")]),
      manifest: "urn:c2pa:1",
    }),
  };
  const signed = { credentials };
  expect((await store({}, signed)).image.bytes).toBe(15);
  expect((await store({ product: { background: "white" } }, signed)).image.bytes).toBe(9);
  await expect(store({ finish: { max_bytes: 14 } }, signed)).rejects.toMatchObject({ code: "max_bytes_exceeded" });
});

it("stores nothing of an image that its judge refuses, and says of one that nobody judged", async () => {
  const refusing = async () => {
    throw new PipelineError("content_policy", "refused");
  };
  const empty = createMemoryObjects({ clock: manualClock() });
  await expect(store({}, { objects: empty, imageHook: refusing })).rejects.toMatchObject({ code: "content_policy" });
  expect(
    await empty.get("o/job_1/2-15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225.png"),
  ).toBeUndefined();
  const warning = makeWarning("image_not_judged");
  const { warnings } = await store({}, { imageHook: async () => warning });
  expect(warnings).toEqual([warning]);
});
