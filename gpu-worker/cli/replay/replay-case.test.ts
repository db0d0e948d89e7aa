import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import type { ComparedTensor } from "./comparison.ts";
import { replayCase } from "./replay-case.ts";

const cases = readdirSync("test/golden", { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "checkpoints")
  .map(({ name }) => name);

it("has cases of every kind", () => {
  expect(cases.length).toBeGreaterThanOrEqual(27);
});

it.each(cases)("%s agrees with the reference", async (name) => {
  const lines: ComparedTensor[] = [];
  const result = await replayCase(`test/golden/${name}`, (line) => lines.push(line));
  expect(lines.filter(({ ok }) => !ok)).toEqual([]);
  expect(result).toEqual({ case: name, outcome: "agrees" });
  expect(lines.length).toBeGreaterThan(5);
});
