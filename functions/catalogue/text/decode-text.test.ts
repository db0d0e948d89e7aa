import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { decodeText } from "./decode-text.ts";

const textOf = async (bytes: Uint8Array, encoding = "utf-8") =>
  (await collect(decodeText(bytesSource(bytes), encoding))).join("");

it("reads a character that two pieces of the file share", async () => {
  const text = `${"a".repeat(262_143)}花,b\n`;
  expect((await textOf(Buffer.from(text))) === text).toBe(true);
});

it("drops the byte order mark at the beginning, and no other", async () => {
  expect(await textOf(Buffer.from("\uFEFFsku,a\uFEFFb"))).toBe("sku,a\uFEFFb");
});

it("shows bytes that are no characters, also at the end", async () => {
  expect(await textOf(Uint8Array.of(0x61, 0xff, 0x62, 0xe8, 0x8a))).toBe("a\uFFFDb\uFFFD");
});

it("refuses an encoding that there is not, and a file that ends too early", async () => {
  await expect(textOf(Buffer.from("a"), "klingon")).rejects.toThrow(RangeError);
  const short = { bytes: 5, read: async () => Buffer.from("abc") };
  await expect(collect(decodeText(short, "utf-8"))).rejects.toMatchObject({ code: "upload_incomplete" });
});
