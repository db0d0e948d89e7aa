import { describe, expect, it } from "vitest";
import type { ImageChecks } from "../../../shared/job.ts";
import type { NamedFile, TaskResult } from "../run/task-results.ts";
import { findingsOfFiles, flagsOf } from "./flags.ts";

const checks: ImageChecks = {
  borderWhiteExact: 1,
  borderWhite: 1,
  fill: 0.88,
  sharpness: 90,
  flat: false,
  dhash: "0".repeat(16),
};
const file: NamedFile = {
  name: "A_main_1.jpg",
  n: 1,
  key: "k/a.jpg",
  sha256: "",
  crc32: 0,
  bytes: 400_000,
  width: 1600,
  height: 1600,
  format: "jpeg",
  seed: 1,
  checks,
};

function flagged(
  task: Partial<TaskResult["task"]>,
  changes: Partial<ImageChecks & Pick<NamedFile, "warnings">> = {},
  alike: readonly string[] = [],
  uneven: readonly string[] = [],
) {
  const whole = {
    key: "A#main",
    sku: "A",
    shot: "main",
    line: 2,
    status: "draw",
    version: 1,
    stems: [],
    ...task,
  } as const;
  const { warnings, ...numbers } = changes;
  const result = { task: whole, files: [{ ...file, warnings, checks: { ...checks, ...numbers } }] };
  const findings = findingsOfFiles(result, { marketplaces: ["amazon_main", "google"] });
  return flagsOf(result, findings, { alike: new Set(alike), uneven: new Set(uneven) });
}

it("is worth a look where it is larger than the others of its category, or has old background in it", () => {
  expect(flagged({}, {}, [], ["A#main"])).toEqual(["uneven_fill"]);
  expect(flagged({}, { warnings: ["product_enlarged"] })).toEqual([]);
  expect(flagged({}, { warnings: ["background_enclosed"] })).toEqual(["background_enclosed"]);
});

describe("an image is worth a look", () => {
  it.each([
    ["for nothing", {}, {}, [], []],
    ["where it misses a number", {}, { fill: 0.5 }, [], ["failed_check"]],
    ["where it shows one colour", {}, { flat: true }, [], ["failed_check"]],
    ["where its text is not what it should be", {}, { textDistances: [0, 1] }, [], ["failed_check"]],
    ["where it shows more text than it should", {}, { textDistances: [0], textElsewhere: 4 }, [], ["failed_check"]],
    ["not where its text is right", {}, { textDistances: [0], textElsewhere: 0 }, [], []],
    ["not for what is asked of main images alone", { shot: "scene" }, { fill: 0.5, borderWhiteExact: 0 }, [], []],
    ["where it looks like another product's", {}, {}, ["A#main"], ["near_duplicate"]],
    [
      "where its method changes the product",
      { method: "restyle" },
      {},
      ["A#main"],
      ["near_duplicate", "changes_product"],
    ],
  ] as const)("%s", (_, task, changes, alike, expected) => {
    expect(flagged(task, changes, alike)).toEqual(expected);
  });
});
