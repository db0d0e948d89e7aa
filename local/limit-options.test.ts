import { expect, it } from "vitest";
import { readLimits } from "./limit-options.ts";

const options = [
  { option: "max-open-jobs", name: "maxOpenJobs", min: 1 },
  { option: "monthly-cap", name: "monthlyCap", min: 0 },
] as const;

it("reads the limits that are named, and takes one away for none", () => {
  expect(readLimits({ "max-open-jobs": "2", other: "7" }, options)).toEqual({ maxOpenJobs: 2 });
  const limits = readLimits({ "monthly-cap": "none" }, options);
  expect(Object.entries(limits)).toEqual([["monthlyCap", undefined]]);
});

it("refuses a limit that is too low, naming the option and the way to remove it", () => {
  expect(() => readLimits({ "max-open-jobs": "0" }, options)).toThrow(
    '--max-open-jobs must be a whole number of at least 1, got "0"; or none',
  );
});
