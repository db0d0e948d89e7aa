import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { caseFile } from "../../test/support/engine/case-file.ts";
import { maxSeed } from "../limits.ts";
import { parseJsonWithSeeds, seedOfImage } from "./seed.ts";

it("takes the lower 53 bits of a wider seed, exactly", () => {
  const seed = (text: string) => (parseJsonWithSeeds(`{"seed":${text}}`) as { seed: number }).seed;
  expect(seed("18446744073709551615")).toBe(2 ** 53 - 1);
  expect(seed("9223372036854775809")).toBe(1);
  expect(seed("9223372036854775810")).toBe(2);
  expect(seed("1125899906842624")).toBe(1125899906842624);
  expect(seed("-1")).toBe(-1);
  expect(seed("18446744073709551616"), "wider than 64 bits: refused by the schema").toBe(2 ** 64);
  const cases: string[] = readFileSync(caseFile("24-seeds/seeds.json"), "utf8").match(/-?\d+/g) ?? [];
  expect(cases.map(seed).every((value) => value >= -1 && value <= maxSeed)).toBe(true);
});

it("counts on from image to image, and around the end", () => {
  expect([0, 1, 2].map((index) => seedOfImage(maxSeed - 1, index))).toEqual([maxSeed - 1, maxSeed, 0]);
  expect(seedOfImage(2 ** 32 - 1, 1)).toBe(2 ** 32);
  expect(seedOfImage(7, 3)).toBe(10);
});
