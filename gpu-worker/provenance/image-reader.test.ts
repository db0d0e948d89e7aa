import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { watermarkOfJob } from "../../shared/provenance/watermark-index.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import { encodeImageFile } from "../engine/images/encode-image-file.ts";
import { watermarkTask } from "../training/watermark/watermark-task.ts";
import { writeWatermark } from "../training/watermark/write-watermark.ts";
import { openWatermark } from "../watermark/watermark.ts";
import { watermarkPayload } from "../watermark/watermark-payload.ts";
import { openContentCredentials } from "./c2pa/content-credentials.ts";
import { openSigningKey } from "./c2pa/signing-key.ts";
import { type ImageReader, openImageReader } from "./image-reader.ts";
import { lookOfFile } from "./look-of-file.ts";

const image = { data: new Uint8Array(96 * 64 * 3).map((_, i) => (i * 7) & 255), width: 96, height: 64 };
const drawn = { job: "job_1", index: 0, model: "z-image-turbo", at: Date.UTC(2026, 11, 1, 12) };

let folder: string;
let reader: ImageReader;
const logged: string[] = [];
function open(idleMs?: number): ImageReader {
  return openImageReader({ folder, log: (_, message) => logged.push(message), ...(idleMs && { idleMs }) });
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-reader-"));
  logged.length = 0;
});
afterEach(async () => {
  await reader.close();
  await rm(folder, { recursive: true, force: true });
});

it("reads in a process of its own, one file after another, with a key that was made meanwhile", async () => {
  reader = open();
  const bytes = await encodeImageFile(image, "png");
  expect(reader.pid).toBeUndefined();
  const before = await reader.reads.readCredentials(bytes, "png");
  const later = openContentCredentials(await openSigningKey(folder), { name: "Z-Image pipeline", version: "1" });
  const signed = await later.sign({ bytes, format: "png", image: drawn });
  const [own, none, damaged, look] = await Promise.all([
    reader.reads.readCredentials(signed.bytes, "png"),
    reader.reads.readCredentials(bytes, "png"),
    reader.reads.readCredentials(signed.bytes.subarray(0, 500), "png"),
    reader.reads.lookOf(bytes),
  ]);
  expect([before, none, damaged]).toEqual([undefined, undefined, undefined]);
  expect(own).toMatchObject({ signedHere: true, image: drawn });
  expect(look).toEqual(await lookOfFile(bytes));
  expect(reader.pid).not.toBe(process.pid);
});

it.each([
  ["jpeg", 0, "white", "marks nothing"],
  ["jpeg", 7, "white", "marks nothing"],
  ["jpeg", 40, "white", "marks"],
  ["webp", 255, "black", "marks nothing"],
  ["avif", 0, "black", "marks"],
  ["webp", 0, "transparent", "has no alpha"],
] as const)("tells that a %s of level %d, where %s parts mark, %s", async (format, level, mode, content) => {
  reader = open();
  const flat = { ...image, data: new Uint8Array(96 * 64 * 3).fill(level) };
  expect(await reader.reads.maskContentOf(await encodeImageFile(flat, format), mode)).toBe(content);
});

it("says nothing of a mask that cannot be decoded", async () => {
  reader = open();
  expect(await reader.reads.maskContentOf(Buffer.from("no image"), "white")).toBeUndefined();
});

it("knows what a former key of the folder signed, and no key that was never there", async () => {
  reader = open();
  const bytes = await encodeImageFile(image, "png");
  const signedBy = async (place: string) => {
    const key = openContentCredentials(await openSigningKey(place), { name: "Z-Image pipeline", version: "1" });
    return (await key.sign({ bytes, format: "png", image: drawn })).bytes;
  };
  const place = join(folder, "key");
  const former = await signedBy(place);
  await rm(place, { recursive: true });
  const present = await signedBy(place);
  const stranger = await signedBy(join(folder, "elsewhere"));
  await reader.close();
  reader = openImageReader({ folder: place, log: () => {} });
  for (const [file, signedHere] of [
    [former, true],
    [present, true],
    [stranger, false],
  ] as const) {
    expect(await reader.reads.readCredentials(file, "png")).toMatchObject({ state: "intact", signedHere });
  }
});

it("ends its process when no file comes for a while, and starts another with the next", async () => {
  reader = open(50);
  const bytes = await encodeImageFile(image, "png");
  expect(await reader.reads.lookOf(bytes)).toBeDefined();
  const { pid } = reader;
  await expect.poll(() => isRunning(pid!), { timeout: 5_000 }).toBe(false);
  expect(reader.pid).toBeUndefined();
  expect(await reader.reads.lookOf(bytes)).toBeDefined();
});

it("loses the file that ends its process, and no other", async () => {
  reader = open();
  const bytes = await encodeImageFile(image, "png");
  await reader.reads.lookOf(bytes);
  const first = reader.pid;
  const lost = reader.reads.lookOf(bytes);
  // The question goes out in a microtask.
  await Promise.resolve().then(() => process.kill(first!, "SIGKILL"));
  const next = reader.reads.lookOf(bytes);
  expect(await lost).toBeUndefined();
  expect(await next).toBeDefined();
  expect(logged).toHaveLength(1);
});

it("refuses what would wait too long", async () => {
  reader = open();
  const bytes = await encodeImageFile({ ...image, data: new Uint8Array(image.data.length) }, "png");
  const asked = Array.from({ length: 100 }, () => reader.reads.lookOf(bytes));
  expect(() => reader.reads.lookOf(bytes)).toThrow("too many files are being checked");
  expect(await Promise.all(asked)).toEqual(Array(100).fill(undefined));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it("reads the invisible mark of what this deployment marked, through a copy of poor quality", {
  timeout: 120_000,
}, async () => {
  const task = watermarkTask(runtime, { seed: 5, steps: 12, batchSize: 8, learningRate: 5e-4 });
  let state = task.initialState();
  while (state.step < task.steps) ({ state } = await task.step(state));
  await task.release();
  const path = await writeWatermark(folder, state);
  const network = (await openWatermark(path, runtime))!;
  const pixels = {
    data: new Uint8Array(3 * 512 * 512).map((_, i) => 90 + ((i >> 3) % 60)),
    width: 512,
    height: 512,
  };
  const copyFor = async (deployment: string) => {
    const { data } = await network.embed(pixels, watermarkPayload({ deployment, job: "job_1" }));
    return sharp(data, { raw: { width: 512, height: 512, channels: 3 } })
      .jpeg({ quality: 70 })
      .toBuffer();
  };
  reader = openImageReader({ folder, log: () => {}, watermark: { path, deployment: "shop" } });
  expect(await reader.reads.markOf!(await copyFor("shop"))).toBe(watermarkOfJob("job_1"));
  expect(await reader.reads.markOf!(await copyFor("another shop"))).toBeUndefined();
  expect(await reader.reads.markOf!(await encodeImageFile(image, "png"))).toBeUndefined();
  expect(await reader.reads.markOf!(Buffer.from("no image"))).toBeUndefined();
  await network.release();
});
