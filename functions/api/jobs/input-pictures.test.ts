import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { openEmbeddedObjects } from "../../../shared/embedded/objects.ts";
import type { GuardedResponse } from "../../../shared/net/guarded-fetch.ts";
import { assertMaskFits, readInputPicture, storeInputPicture } from "./input-pictures.ts";

const folder = mkdtempSync(join(tmpdir(), "pictures-"));
afterAll(() => rmSync(folder, { recursive: true }));
const objects = await openEmbeddedObjects(folder);
const bytes = await sharp({ create: { width: 20, height: 10, channels: 3, background: "#123456" } })
  .png()
  .toBuffer();
const dataUrl = `data:image/png;base64,${bytes.toString("base64")}`;
const answer = (response: Partial<GuardedResponse>) => async () => ({
  status: 200,
  headers: {},
  body: bytes,
  truncated: false,
  ...response,
});
const read = (reference: string, response: Partial<GuardedResponse> = {}) =>
  readInputPicture(reference, "image", "acct_1", { objects, localMode: false, fetchPicture: answer(response) });
const store = async (reference: string) => storeInputPicture(await read(reference), "acct_1", { objects });

it("keeps a picture once, whichever way it came", async () => {
  const key = await store(dataUrl);
  expect(key).toMatch(/^in\/acct_1\/picture-[0-9a-f]{64}\.png$/);
  expect(await store("https://example.com/a.png")).toBe(key);
  const id = `file-${"0".repeat(26)}`;
  await objects.put(`in/acct_1/${id}`, bytes, { contentType: "image/png" });
  expect(await store(id)).toBe(key);
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
    'must be a data: URL in base64, an https URL or the id of an uploaded file, got "/etc/passwd"',
  ],
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
  ["a redirect", "https://example.com/a", { status: 302 }, "answers with a redirect (302)"],
  ["an error page", "https://example.com/a", { status: 404 }, "answers with status 404, expected 200"],
  ["too many bytes", "https://example.com/a", { truncated: true }, "is larger than 20000000 bytes"],
])("refuses %s", async (_, reference, response, message) => {
  await expect(read(reference, response)).rejects.toMatchObject({
    code: "invalid_picture",
    param: "image",
    message: expect.stringContaining(message),
  });
});

it("does not fetch from inside the network", async () => {
  const inside = readInputPicture("https://169.254.169.254/latest", "image", "acct_1", { objects, localMode: false });
  await expect(inside).rejects.toMatchObject({ param: "image", message: expect.stringContaining("public address") });
});

it("takes a mask of the picture's proportions, at any scale, and no other", () => {
  const picture = (width: number, height: number) => ({ format: "png" as const, bytes, width, height });
  const fits = (width: number, height: number) => () => assertMaskFits(picture(width, height), picture(1000, 667));
  for (const [width, height] of [
    [1000, 667],
    [500, 333],
    [992, 672],
  ] as const) {
    expect(fits(width, height)).not.toThrow();
  }
  expect(fits(512, 512)).toThrow("mask must have the proportions of image, which has 1000×667; got 512×512");
  expect(fits(667, 1000)).toThrow(expect.objectContaining({ code: "invalid_picture", param: "mask" }));
});
