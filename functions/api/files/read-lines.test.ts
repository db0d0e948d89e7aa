import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { readLines } from "./read-lines.ts";

async function* pieces(text: string, size: number) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const lines = (text: string, size: number, maxLineBytes = 100) =>
  collect(readLines(pieces(text, size), { maxLineBytes }));

it.each([
  1, 2, 3, 1_000,
])("gives the same lines from pieces of %i bytes, characters across pieces included", async (size) => {
  const found = await lines("茶壶\r\n\na\nlast", size);
  expect(found.map(({ number, text }) => [number, text])).toEqual([
    [1, "茶壶"],
    [2, ""],
    [3, "a"],
    [4, "last"],
  ]);
  expect(await lines("a\n", size)).toHaveLength(1);
  expect(await lines("", size)).toEqual([]);
});

it("cuts a line that is too long, says so, and goes on with the next", async () => {
  const found = await lines(`${"x".repeat(5_000)}\nb`, 7, 10);
  expect(found).toEqual([
    { number: 1, text: "x".repeat(10), tooLong: true },
    { number: 2, text: "b", tooLong: false },
  ]);
});
