import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { openEmbeddedObjects } from "../../../shared/embedded/objects.ts";
import { readImageHeader } from "../../../shared/image-files/image-header.ts";
import type { Job } from "../../../shared/job.ts";
import type { GuardedResponse } from "../../../shared/net/guarded-fetch.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { sampleJob, sampleParams } from "../../../test/support/api/sample-job.ts";
import { checkMask, readInputImage, storeInputImages } from "./input-images.ts";

const folder = mkdtempSync(join(tmpdir(), "pictures-"));
afterAll(() => rmSync(folder, { recursive: true }));
const objects = await openEmbeddedObjects(folder);
const bytes = await sharp({ create: { width: 20, height: 10, channels: 3, background: "#123456" } })
  .png()
  .toBuffer();
const dataUrl = `data:image/png;base64,${bytes.toString("base64")}`;
const drawn: Job = sampleJob("D".repeat(26), 1, {
  accountId: "acct_1",
  status: "succeeded",
  images: [
    { index: 1, key: "o/drawn/1.png", width: 20, height: 10, format: "png", bytes: bytes.length, sha256: "0", seed: 1 },
  ],
});
await objects.put("o/drawn/1.png", bytes, { contentType: "image/png" });
const answer = (response: Partial<GuardedResponse>) => async () => ({
  status: 200,
  headers: {},
  body: bytes,
  truncated: false,
  ...response,
});
const budget = createRequestBudget({ clock: systemClock });
const jobs = { get: async (id: string) => (id === drawn.id ? drawn : undefined) };
const dependencies = { objects, jobs, localMode: false, budget };
const reader = { accountId: "acct_1", room: budget.memory.open("acct_1") };
const read = (reference: string, response: Partial<GuardedResponse> = {}) =>
  readInputImage(reference, "image", reader, { ...dependencies, fetchImage: answer(response) });
const store = async (reference: string) => {
  const image = await read(reference);
  const { imageKey } = await storeInputImages(
    { image },
    { id: drawn.id, accountId: "acct_1", params: sampleParams },
    reader,
    dependencies,
  );
  return imageKey!;
};

it("keeps an image once, whichever way it came", async () => {
  const key = await store(dataUrl);
  expect(key).toMatch(/^in\/acct_1\/image-[0-9a-f]{64}\.png$/);
  expect(await store("https://example.com/a.png")).toBe(key);
  const id = `file-${"0".repeat(26)}`;
  await objects.put(`in/acct_1/${id}`, bytes, { contentType: "image/png" });
  expect(await store(id)).toBe(key);
  expect(await store(`img_${"D".repeat(26)}_1`)).toBe(key);
  // Stored bytes are not held any more, nor counted.
  expect(budget.memory.taken).toBe(0);
  expect(Buffer.from((await objects.get(key))!.body)).toEqual(bytes);
});

const bomb = Buffer.from(bytes);
bomb.writeUInt32BE(60_000, 16);
bomb.writeUInt32BE(60_000, 20);

it.each([
  [
    "a path",
    "/etc/passwd",
    {},
    'must be a data: URL in base64, an https URL or the id of an uploaded file or of an image of yours, got "/etc/passwd"',
  ],
  ["half a file", dataUrl.slice(0, 100), {}, "is cut off before its end; send the whole file"],
  ["an image that its job does not have", `img_${"D".repeat(26)}_0`, {}, "it has expired or was deleted"],
  ["an image of no job", `img_${"E".repeat(26)}_0`, {}, "it has expired or was deleted"],
  ["an id that is none", `img_${"D".repeat(26)}_../1`, {}, "must be a data: URL in base64"],
  ["another account's file", `file-${"1".repeat(26)}`, {}, "which is not there; upload it first"],
  [
    "text",
    `data:text/plain;base64,${Buffer.from("hello").toString("base64")}`,
    {},
    "must be a PNG, JPEG, WebP or AVIF",
  ],
  [
    "a bomb",
    `data:image/png;base64,${bomb.toString("base64")}`,
    {},
    "must have at most 67108864 pixels, got 60000×60000",
  ],
  ["a redirect", "https://example.com/a", { status: 302 }, "responds with a redirect (302)"],
  ["an error page", "https://example.com/a", { status: 404 }, "responds with status 404, expected 200"],
  ["too many bytes", "https://example.com/a", { truncated: true }, "is larger than 20000000 bytes"],
])("refuses %s", async (_, reference, response, message) => {
  await expect(read(reference, response)).rejects.toMatchObject({
    code: "invalid_image",
    param: "image",
    message: expect.stringContaining(message),
  });
});

it("does not fetch from inside the network", async () => {
  const inside = readInputImage("https://169.254.169.254/latest", "image", reader, dependencies);
  const refusal = { code: "image_url_forbidden", param: "image", message: expect.stringContaining("public address") };
  await expect(inside).rejects.toMatchObject(refusal);
});

describe("a mask", () => {
  const level = (value: number, width = 64, height = 32) =>
    sharp({ create: { width, height, channels: 3, background: { r: value, g: value, b: value } } });
  const check = async (mask: Sharp, mode: "white" | "transparent" = "white", format: "png" | "jpeg" = "png") => {
    const bytes = await mask.toFormat(format).toBuffer();
    return checkMask({ ...readImageHeader(bytes)!, bytes }, { format: "png", width: 1000, height: 500 }, mode);
  };

  it.each([
    [1000, 500],
    [500, 250],
    [992, 500],
  ])("fits its image at %d×%d", async (width, height) => {
    await expect(check(level(255, width, height))).resolves.toBeUndefined();
  });

  it.each([
    [
      "other proportions",
      () => check(level(255, 32, 32)),
      "must have the proportions of the image that it is for, 1000×500; got 32×32",
    ],
    ["nothing white", () => check(level(0)), "marks nothing to draw"],
    ["nothing but noise", () => check(level(7)), "marks nothing to draw"],
    ["nothing transparent", () => check(level(255).ensureAlpha(), "transparent"), "marks nothing to draw"],
    ["no transparency", () => check(level(255), "transparent"), "must have transparent parts"],
    ["a format that has none", () => check(level(255), "transparent", "jpeg"), "must have transparent parts"],
  ])("with %s is refused", async (_, attempt, message) => {
    await expect(attempt()).rejects.toMatchObject({
      code: "invalid_image",
      param: "mask",
      message: expect.stringContaining(message),
    });
  });

  it("that is a damaged PNG is refused", async () => {
    const bytes = (await level(0).png({ compressionLevel: 0 }).toBuffer()).fill(0xff, 60, 80);
    const mask = { format: "png" as const, width: 64, height: 32, bytes };
    await expect(checkMask(mask, mask, "white")).rejects.toThrow("mask cannot be read as a PNG");
  });
});

it("gives nobody an image of another account", async () => {
  const other = { accountId: "acct_2", room: budget.memory.open("acct_2") };
  const reading = readInputImage(`img_${"D".repeat(26)}_1`, "image", other, dependencies);
  await expect(reading).rejects.toMatchObject({ code: "invalid_image", param: "image" });
});
