import { expect, it } from "vitest";
import type { RgbaImage } from "../../pipeline/image.ts";
import { borderColour, floodBackground, isPlainBorder, tolerance } from "./plain-background.ts";

type Level = readonly [number, number, number];

/** A photo of `rows`, one letter a pixel. */
function photoOf(rows: readonly string[], colours: Readonly<Record<string, Level>>): RgbaImage {
  const data = rows.flatMap((row) => [...row].flatMap((letter) => [...colours[letter]!, 255]));
  return { data: Uint8Array.from(data), width: rows[0]!.length, height: rows.length };
}
const white: Level = [250, 250, 250];
const drawn = (photo: RgbaImage, colour: Level) => {
  const reached = floodBackground(photo, colour);
  return Array.from({ length: photo.height }, (_, y) =>
    Array.from(reached.subarray(y * photo.width, (y + 1) * photo.width), (one) => (one ? "." : "#")).join(""),
  );
};

it("takes the median of a frame of two pixels for the background's colour, whatever is inside of it", () => {
  const rows = ["wwwwwwww", "wwwwwwww", "wwrrrrww", "wwrrrrww", "wwwwwwww", "wwwwwwxw"];
  const { colour, share } = borderColour(photoOf(rows, { w: white, r: [200, 0, 0], x: [0, 0, 0] }));
  expect(colour).toEqual([250, 250, 250]);
  expect(share).toBe(39 / 40); // 6 · 8 − 2 · 4 pixels, one of which is another
  expect([isPlainBorder(share), isPlainBorder(0.99)]).toEqual([false, true]);
});

it("reaches what has the colour within the tolerance, and nothing that the product encloses", () => {
  const near: Level = [250 - tolerance, 250, 250];
  const far: Level = [250 - tolerance - 1, 250, 250];
  const rows = ["wnwwww", "wwffff", "wwfwwf", "wwffff", "wwwwww"];
  expect(drawn(photoOf(rows, { w: white, n: near, f: far }), white)).toEqual([
    "......",
    "..####",
    "..####",
    "..####",
    "......",
  ]);
});

it("follows a shadow that darkens gradually in the background's own colour, and stops at an edge or another tint", () => {
  const shades = Object.fromEntries(
    [..."abcdefgh"].map((letter, i) => [letter, [245 - 6 * i, 245 - 6 * i, 245 - 6 * i] as Level]),
  );
  const grey = photoOf(["wabcdefgh", "wabcdefgh"], { w: white, ...shades });
  expect(drawn(grey, white)).toEqual([".........", "........."]);
  const edge = photoOf(["wwwhhh", "wwwhhh", "wwwhhh"], { w: white, ...shades });
  expect(drawn(edge, white)[1]).toBe("...###");
  const tinted = photoOf(["wwww", "wabt", "wwww"], { w: white, ...shades, t: [236, 236, 215] });
  expect(drawn(tinted, white)[1]).toBe("...#");
});

it("does not take what is nearly black for a shadow", () => {
  const steps = Array.from({ length: 40 }, (_, i) => 245 - 6 * i);
  const letters = steps.map((_, i) => String.fromCharCode(0x100 + i));
  const colours = Object.fromEntries(letters.map((letter, i) => [letter, [steps[i]!, steps[i]!, steps[i]!] as Level]));
  const [, row] = drawn(
    photoOf([`w${"w".repeat(40)}`, `w${letters.join("")}`, `w${"w".repeat(40)}`], { w: white, ...colours }),
    white,
  );
  const darkest = steps.findIndex((level) => level / 250 < 0.35);
  expect(row).toBe(`${".".repeat(1 + darkest)}${"#".repeat(40 - darkest)}`);
});
