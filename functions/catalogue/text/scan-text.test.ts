import { expect, it } from "vitest";
import { encodeText } from "../../../test/support/catalogue/encode-text.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { scanText } from "./scan-text.ts";

const pieceBytes = 262_144;
const scan = (bytes: Uint8Array) => scanText(bytesSource(bytes));
const texts = (lines: readonly Uint8Array[]) => lines.map((line) => Buffer.from(line).toString("latin1"));

it("finds the only line beyond ASCII, though it is the last of megabytes", async () => {
  const plain = "A-1,plain bag\n".repeat(80_000);
  expect(await scan(Buffer.from(plain))).toEqual({ isAscii: true, isUtf8: true, lines: [] });
  const { isAscii, isUtf8, lines } = await scan(Buffer.from(`${plain}A-2,caf\xe9`, "latin1"));
  expect([isAscii, isUtf8, texts(lines)]).toEqual([false, false, ["A-2,caf\xe9"]]);
});

it("takes a character of UTF-8 that two pieces share, and none that never ends", async () => {
  const text = Buffer.from(`${"a".repeat(pieceBytes - 2)}花\n`);
  expect(await scan(text)).toMatchObject({ isAscii: false, isUtf8: true });
  expect(await scan(text.subarray(0, -2))).toMatchObject({ isUtf8: false });
});

it("cuts long lines to two thousand bytes, at no half of a character", async () => {
  const { lines } = await scan(encodeText(`${"红 ".repeat(1_500)}\n`, "gb18030"));
  expect(lines).toHaveLength(1);
  expect(lines[0]!.length).toBeLessThanOrEqual(2_000);
  expect(new TextDecoder("gb18030", { fatal: true }).decode(lines[0])).toMatch(/^(红 )+$/);
});

it("reads no further once it knows enough", async () => {
  const bytes = Buffer.from("A-1,caf\xe9\n".repeat(600_000), "latin1");
  let read = 0;
  const source = {
    bytes: bytes.length,
    read: async (start: number, end: number) => {
      read += end - start;
      return bytes.subarray(start, end);
    },
  };
  const { lines } = await scanText(source);
  expect(lines.reduce((sum, line) => sum + line.length, 0)).toBeLessThanOrEqual(65_536);
  expect(read).toBeLessThanOrEqual(5 * pieceBytes);
  expect(bytes.length).toBeGreaterThan(20 * pieceBytes);
});
