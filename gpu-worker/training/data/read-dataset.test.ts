import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { readDataset } from "./read-dataset.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dataset-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});

const write = async (file: string, content: string | Uint8Array) => {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), content);
};
/** A plain image; `red` tells images of one size apart. */
const image = (red: number, width = 80, height = 64) =>
  sharp({ create: { width, height, channels: 3, background: { r: red, g: 0, b: 0 } } });
const png = (red: number, width?: number, height?: number) => image(red, width, height).png().toBuffer();
const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
const reasons = async () =>
  Object.fromEntries(
    (await readDataset(folder, { onBadData: "skip" })).problems.map(({ file, line, reason }) => [
      line ? `${file}:${line}` : file,
      reason,
    ]),
  );

describe("a dataset", () => {
  it("takes captions from .txt, .jsonl and .csv, several per image, in the order of file names", async () => {
    await write("b.png", await png(1));
    await write("b.txt", "\ufeffa cat\r\n\r\n一只猫\n");
    await write("a.JPG", await image(2, 64, 96).jpeg().toBuffer());
    await write("more/c.webp", await image(3).webp().toBuffer());
    await write("more/captions.jsonl", '{"file_name": "c.webp", "text": ["a dog", "狗"]}\n\n');
    await write(
      "captions.csv",
      '\ufefffile_name,score,text\na.JPG,1,"a bird, red"\na.JPG,2,鸟\n./more/c.webp,3,hound\n',
    );
    expect(await readDataset(folder)).toEqual({
      folder,
      examples: [
        { file: "a.JPG", width: 64, height: 96, captions: ["a bird, red", "鸟"], hash },
        { file: "b.png", width: 80, height: 64, captions: ["a cat", "一只猫"], hash },
        { file: "more/c.webp", width: 80, height: 64, captions: ["hound", "a dog", "狗"], hash },
      ],
      problems: [],
    });
  });

  it("lists what is bad by file, and skips it", async () => {
    const truncated = await sharp(Buffer.from(Array.from({ length: 30000 }, (_, i) => (i * 7919) % 256)), {
      raw: { width: 100, height: 100, channels: 3 },
    })
      .png()
      .toBuffer();
    await write("good.png", await png(1));
    await write("good.txt", "a cat");
    await write("twin.png", await png(1));
    await write("twin.txt", "a cat");
    await write("truncated.png", truncated.subarray(0, truncated.length / 2));
    await write("text.png", "hello");
    await write("drawing.png", '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>');
    await write("small.png", await png(2, 80, 10));
    await write("long.png", await png(3, 640, 64));
    await write("no-caption.png", await png(4));
    await write("empty.png", await png(5));
    await write("empty.txt", " \n");
    await write("captions.jsonl", '{"file_name": "gone.png", "text": "x"}');
    const { examples } = await readDataset(folder, { onBadData: "skip" });
    expect(examples).toEqual([{ file: "good.png", width: 80, height: 64, captions: ["a cat"], hash }]);
    expect(await reasons()).toEqual({
      "captions.jsonl:1": "no image gone.png",
      "drawing.png": expect.stringContaining("is svg, expected one of png"),
      "empty.txt": "the caption of empty.png is empty",
      "long.png": expect.stringContaining("640x64 is too long"),
      "no-caption.png": expect.stringContaining("has no caption"),
      "small.png": expect.stringContaining("80x10 is too small"),
      "text.png": expect.stringContaining("cannot be read as an image"),
      "truncated.png": expect.stringContaining("cannot be read as an image"),
      "twin.png": "the same image as good.png",
    });
  });

  it("is refused with the list, unless told to skip", async () => {
    await write("good.png", await png(1));
    await write("good.txt", "a cat");
    await write("bad.png", "hello");
    const reading = readDataset(folder);
    await expect(reading).rejects.toThrow(InvalidFileError);
    await expect(reading).rejects.toThrow(/1 problem\(s\):\n {2}bad\.png: cannot be read/);
  });

  it("without a single usable image is refused either way", async () => {
    await expect(readDataset(folder, { onBadData: "skip" })).rejects.toThrow("has no image with a caption");
    await expect(readDataset(join(folder, "gone"))).rejects.toThrow("cannot be read");
  });

  it("never decodes more pixels than allowed, nor opens large files, nor follows links", async () => {
    await write("bomb.png", await png(1, 2000, 2000));
    await write("bomb.txt", "a bomb");
    await expect(readDataset(folder, { maxPixels: 1_000_000 })).rejects.toThrow("exceeds pixel limit");
    await expect(readDataset(folder, { maxFileBytes: 100 })).rejects.toThrow("expected at most 100");
    await symlink("/etc/hostname", join(folder, "link.txt"));
    expect((await readDataset(folder)).examples.length).toBe(1);
  });

  it("sizes images as EXIF turns them", async () => {
    await write("turned.jpg", await image(1, 96, 64).withMetadata({ orientation: 6 }).jpeg().toBuffer());
    await write("turned.txt", "x");
    expect((await readDataset(folder)).examples[0]).toMatchObject({ width: 64, height: 96 });
  });
});
