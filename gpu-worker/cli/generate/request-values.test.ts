import { expect, it } from "vitest";
import { UsageError } from "../../../shared/process/command-line.ts";
import { requestValueHelp, requestValueOptions, requestValues } from "./request-values.ts";

it("reads options as the fields they are, with the defaults of the request", () => {
  const values = requestValues("a fox", { steps: "4", guidance: "1.5", "cfg-normalization": true, sigmas: "1,0.5" });
  expect(values).toMatchObject({ prompt: "a fox", steps: 4, guidance: 1.5, cfg_normalization: true, sigmas: [1, 0.5] });
  expect(requestValues("a fox", {})).toMatchObject({ prompt: "a fox" });
});

it.each([
  [{ steps: "0" }, "--steps must be at least 1, got 0"],
  [{ steps: "x" }, "--steps must be a number"],
  [{ sampler: "dpm" }, "--sampler must be one of euler, heun, euler_ancestral"],
  [{ "mask-blend": "soft" }, "--mask-blend must be one of feather, hard, none"],
])("names the option of %j", (given, message) => {
  expect(() => requestValues("a fox", given)).toThrow(UsageError);
  expect(() => requestValues("a fox", given)).toThrow(message);
});

it("helps with every option that it takes, in lines of 128 columns", () => {
  const help = requestValueHelp();
  for (const option of Object.keys(requestValueOptions)) expect(help).toContain(`--${option}`);
  expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(128);
});
