import sharp from "sharp";
import { expect, it } from "vitest";
import { parseInfotext } from "../../../shared/image-files/infotext.ts";
import { readPngTexts } from "../../../shared/image-files/png-text.ts";
import { readXmpRequest } from "../../../shared/image-files/xmp-request.ts";
import { imageTexts } from "../../provenance/image-texts.ts";
import { encodeImageFile } from "./encode-image-file.ts";

/** A gradient with a little texture: every byte value and odd sizes occur. */
function gradient(width: number, height: number) {
  const data = new Uint8Array(width * height * 3).map((_, i) => (i * 7 + Math.floor(i / (width * 3)) * 13) & 255);
  return { data, width, height };
}

it("writes a PNG that another decoder reads back exactly", async () => {
  const image = gradient(144, 80);
  const data = await sharp(await encodeImageFile(image, "png"))
    .raw()
    .toBuffer();
  expect(Buffer.compare(data, image.data)).toBe(0);
});

it.each(["jpeg", "webp", "avif"] as const)("writes %s of the same size", async (format) => {
  const bytes = await encodeImageFile(gradient(64, 48), format);
  const metadata = await sharp(bytes).metadata();
  expect(metadata).toMatchObject({ width: 64, height: 48, format: format === "avif" ? "heif" : format });
});

it("takes the quality asked for", async () => {
  const image = gradient(128, 128);
  const [low, high] = [
    await encodeImageFile(image, "jpeg", { quality: 20 }),
    await encodeImageFile(image, "jpeg", { quality: 95 }),
  ];
  expect(low.length).toBeLessThan(high.length / 2);
});

const prompt = `a fox & <b>, 狐狸 🦊\n${"long ".repeat(400)}`;
const described = {
  params: { width: 64, height: 48, steps: 8, guidance: 0, sampler: "euler" },
  prompt,
  seed: 7,
  isComposite: false,
} as const;
const origin = { model: "z-image-turbo", request: { prompt } };
const texts = imageTexts(gradient(64, 48), { ...described, origin });

it.each([
  "png",
  "jpeg",
  "webp",
  "avif",
] as const)("writes the marks and the request into a %s, and the same bytes again", async (format) => {
  const image = gradient(64, 48);
  const bytes = await encodeImageFile(image, format, { texts });
  expect(readXmpRequest(bytes)).toEqual({ prompt, seed: 7, n: 1 });
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const plain = await sharp(await encodeImageFile(image, format))
    .raw()
    .toBuffer();
  expect([info.width, info.height, Buffer.compare(data, plain)]).toEqual([64, 48, 0]);
  expect((await sharp(bytes).metadata()).xmp?.toString()).toContain("digitalsourcetype/trainedAlgorithmicMedia<");
  expect(Buffer.compare(await encodeImageFile(image, format, { texts }), bytes)).toBe(0);
});

it.each(["jpeg", "webp", "avif"] as const)("writes the settings into the EXIF comment of a %s", async (format) => {
  const { exif } = await sharp(await encodeImageFile(gradient(64, 48), format, { texts })).metadata();
  const at = exif!.indexOf("UNICODE\0");
  const utf16 = Buffer.from(exif!.subarray(at + 8, at + 8 + 2 * texts.parameters!.length)).swap16();
  expect(utf16.toString("utf16le")).toBe(texts.parameters);
});

it("writes each text of a PNG under the keyword that its readers know", async () => {
  const found = readPngTexts(await encodeImageFile(gradient(64, 48), "png", { texts }));
  expect([...found.keys()]).toEqual(["parameters", "zimage", "AIGC", "XML:com.adobe.xmp"]);
  expect(parseInfotext(found.get("parameters")!)).toMatchObject({ Steps: "8", Seed: "7", Size: "64x48" });
});

it("tells nothing of the prompt where it is not to be told", async () => {
  const marks = imageTexts(gradient(64, 48), { ...described, origin: { model: "z-image-turbo" } });
  for (const format of ["png", "jpeg", "webp", "avif"] as const) {
    const file = Buffer.from(await encodeImageFile(gradient(64, 48), format, { texts: marks }));
    expect([file.includes("fox"), file.includes("TC260:AIGC")], format).toEqual([false, true]);
  }
});
