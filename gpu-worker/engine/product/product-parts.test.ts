import { expect, it } from "vitest";
import { keepLargeParts } from "./product-parts.ts";

/** Marks the `#` of rows as product, takes specks out, and draws what remains. */
function keep(...rows: readonly string[]) {
  const width = rows[0]!.length;
  const product = Uint8Array.from(rows.join(""), (letter) => (letter === "#" ? 1 : 0));
  const kept = keepLargeParts(product, { width, height: rows.length });
  const drawn = rows.map((_, y) =>
    Array.from(product.subarray(y * width, (y + 1) * width), (p) => (p ? "#" : ".")).join(""),
  );
  return { kept, drawn };
}

it("keeps parts of at least a fiftieth of the largest, and takes smaller ones out", () => {
  const large = "#".repeat(50);
  // 100 pixels in the largest part: two are a fiftieth, one is less.
  const rows = [`${large}..##..#`, `${large}.......`];
  expect(keep(...rows)).toEqual({ kept: 102, drawn: [`${large}..##...`, `${large}.......`] });
});

it("connects pixels in eight directions, and never across the ends of rows", () => {
  const line = "#".repeat(60);
  const blank = ".".repeat(60);
  expect(keep(`${line}..`, `${blank}#.`, `${blank}.#`).kept).toBe(62); // down to the right, twice
  expect(keep(`#${".".repeat(61)}#`, `.${line}#.`).kept).toBe(63); // and up to the right at the end
  // The last pixel of a row does not touch the first of the next but one.
  expect(keep(`${line}..#`, `${".".repeat(63)}`, `#${".".repeat(62)}`, `${".".repeat(63)}`).kept).toBe(60);
});

it("has nothing to keep of nothing", () => {
  expect(keep("...", "...")).toEqual({ kept: 0, drawn: ["...", "..."] });
});
