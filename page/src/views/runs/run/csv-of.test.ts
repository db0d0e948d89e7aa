import { expect, it } from "vitest";
import { csvOf } from "./csv-of.ts";

it("quotes every cell, and lets no cell act as a formula", async () => {
  const bytes = new Uint8Array(
    await csvOf([
      ["SKU", "why"],
      ['=cmd|"x"', 12],
      ["商品", "-1"],
    ]).arrayBuffer(),
  );
  expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(new TextDecoder().decode(bytes)).toBe('"SKU","why"\r\n"\'=cmd|""x""","12"\r\n"商品","\'-1"\r\n');
});
