import { expect, it } from "vitest";
import { z } from "zod";
import { distillSchema } from "./distill-config.ts";

const schema = distillSchema({ seed: z.int() });
const least = { kind: "distill", seed: 1, student: { steps: 2 } };

it("fills in what a distillation leaves out", () => {
  expect(schema.parse(least)).toMatchObject({
    seed: 1,
    student: { steps: 2, trains: "all" },
    fake: { updates: 4, warmup: 60, learningRate: 6e-4, trains: "all" },
    schedule: "hybrid",
    guidance: 1.5,
    negative: "",
  });
});

const paths = { images: 8, steps: 4, updates: 4, learningRate: 1e-3 };

it.each<[string, object, string, RegExp]>([
  ["guidance without matching", { matching: 0 }, "matching", /is 0: guidance alone oversaturates and collapses/],
  [
    "a reward without matching",
    { matching: 0, augmentation: 0, reward: { module: "./reward.ts" } },
    "matching",
    /is 0: a reward alone collapses/,
  ],
  ["a student of many steps", { student: { steps: 17 } }, "student.steps", /at most 16/],
  [
    "paths that pass by the student's levels",
    { student: { steps: 3 }, paths },
    "paths",
    /multiple of the student's 3, .*got 4; try 6/,
  ],
  ["an unknown schedule", { schedule: "flipped" }, "schedule", /hybrid/],
  ["a LoRA without a rank", { student: { steps: 2, trains: { alpha: 8 } } }, "student.trains", /./],
  ["a reward that is tried once", { reward: { module: "./reward.ts", noises: 1 } }, "reward.noises", />=2/],
])("refuses %s by the field", (_, changes, field, message) => {
  const issues = schema.safeParse({ ...least, ...changes }).error?.issues ?? [];
  expect(issues.map(({ path }) => path.join("."))).toEqual([field]);
  expect(issues[0]!.message).toMatch(message);
});

it("takes matching alone, and paths whose steps are a multiple of the student's", () => {
  expect(schema.safeParse({ ...least, augmentation: 0, paths }).success).toBe(true);
  expect(schema.safeParse({ ...least, matching: 0, augmentation: 0 }).success).toBe(true);
});
