import sharp from "sharp";
import { expect, it } from "vitest";
import { withPngText } from "../../../../../shared/image-files/png-text.ts";
import { readPngTexts } from "./read-png-texts.ts";

const plain = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
  .png()
  .toBuffer();

it.each([
  ["tEXt", "a fox\nSteps: 5"],
  ["iTXt", "狐狸\nSteps: 5"],
])("reads what stands in %s", async (chunk, text) => {
  const file = new Uint8Array(withPngText(plain, "parameters", text));
  expect(new TextDecoder("latin1").decode(file)).toContain(chunk);
  expect([...(await readPngTexts(file))]).toEqual([["parameters", text]]);
});

it("finds nothing in another file, and in one that is cut off", async () => {
  const file = new Uint8Array(withPngText(plain, "parameters", "a fox"));
  expect((await readPngTexts(new TextEncoder().encode("a fox"))).size).toBe(0);
  expect((await readPngTexts(file.slice(0, 40))).size).toBe(0);
});
