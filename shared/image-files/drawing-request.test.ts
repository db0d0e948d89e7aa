import sharp from "sharp";
import { expect, it } from "vitest";
import { readDrawingRequest } from "./drawing-request.ts";
import { withPngText } from "./png-text.ts";

const settings = "a fox\nSteps: 5, Sampler: DPM++ 2M, CFG scale: 1, Seed: 42, Size: 64x128";
const plain = () => sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });

it("reads the settings of other programs, whose samplers may be unknown", async () => {
  const png = withPngText(await plain().png().toBuffer(), "parameters", settings);
  const fields = { prompt: "a fox", steps: 5, guidance: 0, seed: 42, size: "64x128" };
  expect(readDrawingRequest(png)).toEqual({ ...fields, negative_prompt: undefined, sampler: undefined });
});

it.each(["jpeg", "webp", "avif"] as const)("reads them from the EXIF comment of a %s", async (format) => {
  const file = await plain()
    .toFormat(format)
    .withExif({ IFD2: { UserComment: settings } })
    .toBuffer();
  expect(readDrawingRequest(file)).toMatchObject({ prompt: "a fox", seed: 42 });
});

it.each([
  ["no JSON", "{"],
  ["a list", "[1]"],
  ["nothing", "null"],
])("takes %s for no request", async (_, text) => {
  expect(readDrawingRequest(withPngText(await plain().png().toBuffer(), "zimage", text))).toBeUndefined();
});

it("finds nothing in a file without texts, an empty one and one that is cut off", async () => {
  const file = await plain()
    .jpeg()
    .withExif({ IFD2: { UserComment: settings } })
    .toBuffer();
  const at = file.indexOf("a fox");
  for (const bytes of [await plain().png().toBuffer(), new Uint8Array(0), file.subarray(0, at + 3)]) {
    expect(readDrawingRequest(bytes)).toBeUndefined();
  }
});
