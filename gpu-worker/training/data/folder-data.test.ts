import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { openFolderData } from "./folder-data.ts";
import { randomStream } from "./random-stream.ts";

const folder = temporaryFolder();
beforeAll(async () => {
  const write = async (name: string, width: number, height: number, caption: string) => {
    const background = { r: width, g: 0, b: 0 };
    await sharp({ create: { width, height, channels: 3, background } }).toFile(join(folder, `${name}.png`));
    await writeFile(join(folder, `${name}.txt`), caption);
  };
  await write("a", 80, 48, "a mug\na cup");
  await write("b", 64, 64, "a jug");
  await write("c", 65, 65, "a jar");
  await write("d", 40, 40, "too small");
});

const open = async (sizes: { width: number; height: number } | { pixels: number; maxAspectRatio: number }) => {
  const told: string[] = [];
  const data = await openFolderData(folder, {
    ...sizes,
    minSide: 48,
    onBadData: "skip",
    tell: (text) => told.push(text),
  });
  return { data, told };
};
const several = { pixels: 4096, maxAspectRatio: 2 };

it("gives each image the size nearest to its shape, and says how many have which", async () => {
  const { data, told } = await open(several);
  expect(data.imageCount).toBe(3);
  expect([0, 1, 2].map((image) => data.size(image))).toEqual([
    { width: 80, height: 48 },
    { width: 64, height: 64 },
    { width: 64, height: 64 },
  ]);
  expect(told).toEqual([
    expect.stringMatching(/^skipped:\n {2}d\.png: 40x40 is too small/),
    "3 images: 2 at 64×64, 1 at 80×48",
  ]);
  const { width, height, data: pixels } = await data.image(0);
  expect([width, height, pixels.length, pixels[0]]).toEqual([80, 48, 80 * 48 * 3, 80]);
});

it("gives all images the one size that was asked for", async () => {
  const { data, told } = await open({ width: 32, height: 16 });
  expect(data.size(0)).toEqual({ width: 32, height: 16 });
  expect(told.at(-1)).toBe("3 images: 3 at 32×16");
});

it("draws one of an image's captions, and lists all of them", async () => {
  const { data } = await open(several);
  expect([...data.captions!()]).toEqual(["a mug", "a cup", "a jug", "a jar"]);
  const drawn = Array.from({ length: 20 }, (_, draw) => data.caption(0, randomStream(draw)));
  expect(new Set(drawn.map(({ text }) => text))).toEqual(new Set(["a mug", "a cup"]));
  expect(data.caption(2, randomStream(1))).toEqual({ text: "a jar", image: 2 });
});

it("has another fingerprint for other sizes, and the same for other captions", async () => {
  const { fingerprint } = (await open(several)).data;
  expect((await open({ width: 32, height: 16 })).data.fingerprint).not.toBe(fingerprint);
  await writeFile(join(folder, "b.txt"), "a jug with a handle");
  expect((await open(several)).data.fingerprint).toBe(fingerprint);
});

it("refuses a folder with bad files unless they are to be skipped", async () => {
  const options = { ...several, minSide: 48, onBadData: "refuse", tell: () => {} } as const;
  await expect(openFolderData(folder, options)).rejects.toThrow(/1 problem\(s\):\n {2}d\.png: 40x40 is too small/);
});
