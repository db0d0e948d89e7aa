import { expect, it } from "vitest";
import { samplers } from "./samplers.ts";

it("says what a step of each costs", () => {
  expect(Object.entries(samplers).map(([name, { callsPerStep }]) => [name, callsPerStep])).toEqual([
    ["euler", 1],
    ["heun", 2],
    ["euler_ancestral", 1],
  ]);
});
