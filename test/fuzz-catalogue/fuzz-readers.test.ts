import { expect, it } from "vitest";
import { fuzzReaders } from "./fuzz-readers.ts";

it("reads or refuses every random file by a typed error, within a second of CPU for each megabyte", async () => {
  const { read, refused, broken } = await fuzzReaders(1, (files) => files >= 400);
  expect(broken).toEqual([]);
  // The files are neither all good nor all the same.
  expect(read).toBeGreaterThan(100);
  expect(Object.keys(refused).length).toBeGreaterThan(4);
});
