import { expect, it } from "vitest";
import { readExifComment } from "./exif-comment.ts";

/** TIFF data with one directory, its EXIF directory, and a comment in it. */
function exif(comment: Buffer, little = false): Buffer {
  const data = Buffer.alloc(44);
  const put16 = (value: number, at: number) => (little ? data.writeUInt16LE(value, at) : data.writeUInt16BE(value, at));
  const put32 = (value: number, at: number) => (little ? data.writeUInt32LE(value, at) : data.writeUInt32BE(value, at));
  data.write(little ? "II" : "MM", 0, "latin1");
  put16(42, 2);
  put32(8, 4);
  put16(1, 8);
  put16(0x8769, 10);
  put16(4, 12);
  put32(1, 14);
  put32(26, 18);
  put16(1, 26);
  put16(0x9286, 28);
  put16(7, 30);
  put32(comment.length, 32);
  put32(44, 36);
  return Buffer.concat([data, comment]);
}

const text = "a fox, 狐狸\nSteps: 8, Seed: 1";
const utf16 = (swap: boolean) => {
  const content = Buffer.from(text, "utf16le");
  return Buffer.concat([Buffer.from("UNICODE\0"), swap ? content.swap16() : content]);
};

it.each([
  ["UTF-16 in the order of a big-endian file", exif(utf16(true)), text],
  ["UTF-16, big-endian in a little-endian file, as most write it", exif(utf16(true), true), text],
  ["UTF-16 in the order of a little-endian file", exif(utf16(false), true), text],
  ["ASCII", exif(Buffer.from("ASCII\0\0\0a fox"), true), "a fox"],
  ["no encoding that is named", exif(Buffer.from("\0\0\0\0\0\0\0\0a fox")), "a fox"],
])("reads %s", (_, tiff, expected) => {
  expect(readExifComment(Buffer.concat([Buffer.from("any container "), tiff]))).toBe(expected);
});

it("finds nothing where a directory, or the comment, lies outside of the file", () => {
  const whole = exif(utf16(true));
  const far = Buffer.from(whole);
  far.writeUInt32BE(0x7fffffff, 18);
  expect([readExifComment(far), readExifComment(whole.subarray(0, 60)), readExifComment(Buffer.alloc(9))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it("looks at four starts of EXIF data, so that a file of nothing else takes no longer", () => {
  const file = Buffer.concat([Buffer.from("MM\0*".repeat(1_000_000)), exif(utf16(true))]);
  expect(readExifComment(file)).toBeUndefined();
});
