import { expect, it } from "vitest";
import { productPhotos } from "../../../test/support/catalogue/product-photos.ts";
import type { RgbaImage } from "../../pipeline/image.ts";
import { decodePhotoFile } from "../images/decode-image-file.ts";
import { cutOut } from "./cut-out.ts";

type Level = readonly [number, number, number, number?];

/** A photo of `rows`, one letter a pixel. */
function photoOf(rows: readonly string[], colours: { readonly [letter: string]: Level }): RgbaImage {
  const width = rows[0]!.length;
  const data = rows.flatMap((row) =>
    [...row].flatMap((letter) => [...colours[letter]!.slice(0, 3), colours[letter]![3] ?? 255]),
  );
  return { data: Uint8Array.from(data as number[]), width, height: rows.length };
}

function alphaRows({ data, width, height }: RgbaImage): string[] {
  const row = (y: number) => Array.from({ length: width }, (_, x) => data[4 * (y * width + x) + 3]!);
  return Array.from({ length: height }, (_, y) =>
    row(y)
      .map((level) => (level === 255 ? "#" : level === 0 ? "." : "~"))
      .join(""),
  );
}

const colours = { w: [255, 255, 255], v: [246, 246, 246], r: [200, 20, 20], s: [251, 251, 251] } as const;

it("floods the background from the border and keeps what it encloses", () => {
  const rows = [
    "wwwwwwwwwwww",
    "wvwwwwwwwwww",
    "wwwwwwwwwwww",
    "wwwrrrrrrwww",
    "wwwrwwwwrwww",
    "wwwrwwwwrwww",
    "wwwrrrrrrwww",
    "wwwwwwwwwwww",
    "wwwwwwwwwwww",
    "wwwwwwwwwwww",
  ];
  const { image, by, warnings } = cutOut(photoOf(rows, colours));
  expect(by).toBe("background");
  expect(alphaRows(image)).toEqual([
    "............",
    "............",
    "............",
    "...######...",
    "...######...",
    "...######...",
    "...######...",
    "............",
    "............",
    "............",
  ]);
  // 8 of the 24 pixels of the product are white.
  expect(warnings).toMatchObject([{ message: expect.stringContaining("33.3 %") }]);
});

it("takes a mixed pixel at the edge for the product's colour with its share as alpha, and changes no other", () => {
  // 60 % of red over white: 0.6 · 200 + 0.4 · 255 = 222, 0.6 · 20 + 0.4 · 255 = 114.
  const mixed = { ...colours, m: [222, 114, 114] as const };
  const rows = Array.from({ length: 10 }, (_, y) => (y < 3 || y > 6 ? "wwwwwwwwwwww" : "wwwmrrrrmwww"));
  const { image } = cutOut(photoOf(rows, mixed));
  const at = (x: number) => [...image.data.subarray(4 * (4 * 12 + x), 4 * (4 * 12 + x) + 4)];
  expect([at(3), at(4), at(5)]).toEqual([
    [200, 20, 20, 153],
    [200, 20, 20, 255],
    [200, 20, 20, 255],
  ]);
});

it("leaves specks out, and keeps both shoes of a pair", () => {
  const rows = Array.from({ length: 12 }, (_, y) => {
    if (y === 2) return "wwrwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
    if (y < 4 || y > 9) return "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
    return "wwwwwrrrrrrrrrrrrwwwwwrrrrrrrrrrrrrwwwwwwwwww".slice(0, 44);
  });
  const alphas = alphaRows(cutOut(photoOf(rows, colours)).image);
  expect(alphas[2]).not.toContain("#");
  expect(alphas[5]).toBe(`.....${"#".repeat(12)}.....${"#".repeat(13)}.........`);
});

it("goes by transparency where the photo has any, and forgets what an eraser left", () => {
  const rows = ["aaaaaa", "abrraa", "abrraa", "aaaaaa"];
  const { image, by } = cutOut(photoOf(rows, { a: [9, 9, 9, 0], b: [9, 9, 9, 5], r: [1, 2, 3, 255] }));
  expect([by, alphaRows(image)]).toEqual(["alpha", ["......", "..##..", "..##..", "......"]]);
});

it("goes by a mask before anything else: its white is background", () => {
  const photo = photoOf(["rrrr", "rrrr"], colours);
  const { image, by } = cutOut(photo, { data: Uint8Array.of(255, 0, 0, 255, 255, 0, 0, 255), width: 4, height: 2 });
  expect([by, alphaRows(image)]).toEqual(["mask", [".##.", ".##."]]);
});

it.each([
  ["busy", /border is of one colour/],
  ["white_on_white", /background has edges in it/],
] as const)("does not guess at %s", async (name, why) => {
  const photo = await decodePhotoFile(await productPhotos[name](), "image");
  expect(() => cutOut(photo)).toThrow(
    expect.objectContaining({ code: "no_cutout", message: expect.stringMatching(why) }),
  );
});

it.each([
  ["all of it is transparent", photoOf(["aa", "aa"], { a: [0, 0, 0, 0] })],
  ["nothing is on it", photoOf(["www", "www", "www"], colours)],
])("fails where %s", (_, photo) => {
  expect(() => cutOut(photo)).toThrow(expect.objectContaining({ code: "no_cutout", param: "image" }));
});

/** Pixels of the shape: ellipse π·95·75, rectangle and polygon outside of it, about 23,600. */
it.each([
  "white",
  "almost_white",
  "grey",
  "blue",
  "shadow",
  "black",
] as const)("finds the same product on %s", async (name) => {
  const photo = await decodePhotoFile(await productPhotos[name](), "image");
  const reference = cutOut(await decodePhotoFile(await productPhotos.alpha(), "image"));
  const { image } = cutOut(photo);
  let [both, either] = [0, 0];
  for (let i = 3; i < image.data.length; i += 4) {
    const [mine, theirs] = [image.data[i]! >= 128, reference.image.data[i]! >= 128];
    if (mine && theirs) both++;
    if (mine || theirs) either++;
  }
  expect(either).toBeGreaterThan(20_000);
  expect(both / either).toBeGreaterThan(name === "shadow" ? 0.97 : 0.98);
});
