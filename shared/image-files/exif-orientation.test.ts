import { expect, it } from "vitest";
import { isTurnedByExif } from "./exif-orientation.ts";

/** A TIFF header with one directory of `entries`, each a tag and a value. */
function tiff(entries: readonly (readonly [tag: number, value: number])[], little = true): DataView {
  const view = new DataView(new ArrayBuffer(8 + 2 + 12 * entries.length));
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, entries.length, little);
  for (const [i, [tag, value]] of entries.entries()) {
    view.setUint16(10 + 12 * i, tag, little);
    view.setUint16(10 + 12 * i + 8, value, little);
  }
  return view;
}

const orientation = 0x0112;

it.each([1, 2, 3, 4, 5, 6, 7, 8])("turns by a quarter for 5 to 8: %i", (value) => {
  for (const little of [true, false])
    expect(
      isTurnedByExif(
        tiff(
          [
            [1, 6],
            [orientation, value],
          ],
          little,
        ),
        0,
      ),
    ).toBe(value >= 5);
});

it("takes anything it cannot read for an image that stands upright", () => {
  const view = tiff([[orientation, 6]]);
  expect(isTurnedByExif(new DataView(view.buffer, 0, 12), 0), "cut off").toBe(false);
  view.setUint32(4, 0xffffffff, true);
  expect(isTurnedByExif(view, 0), "a directory beyond the file").toBe(false);
  view.setUint16(0, 0x4944);
  expect(isTurnedByExif(view, 0), "no byte order").toBe(false);
  expect(isTurnedByExif(tiff([[1, 6]]), 0), "without the tag").toBe(false);
});

it("looks at a bounded number of entries", () => {
  const filler = Array.from({ length: 200 }, (): [number, number] => [1, 1]);
  expect(isTurnedByExif(tiff([...filler, [orientation, 6]]), 0)).toBe(false);
});
