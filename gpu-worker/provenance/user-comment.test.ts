import { expect, it } from "vitest";
import { userComment } from "./user-comment.ts";

const wrap = (comment: string) => Buffer.from(`before ASCII\0\0\0${comment} after`, "latin1");

it("fills the placeholder with UTF-16, big-endian, and leaves the rest of the file alone", () => {
  const { placeholder, fill } = userComment("a 猫");
  expect(placeholder).toHaveLength(6);
  const file = fill(wrap(placeholder));
  const expected = Buffer.concat([
    Buffer.from("before UNICODE\0"),
    Buffer.from([0, 0x61, 0, 0x20, 0x73, 0x2b]),
    Buffer.from(" after"),
  ]);
  expect(file.equals(expected)).toBe(true);
});

it("does not touch a file without its placeholder", () => {
  const { placeholder, fill } = userComment("a cat");
  expect(() => fill(Buffer.from(`ASCII\0\0\0${"x".repeat(placeholder.length)}`))).toThrow("no EXIF comment to fill");
  // The placeholder alone, as it may stand in an image's own bytes.
  expect(() => fill(Buffer.from(placeholder))).toThrow("no EXIF comment to fill");
});
