import { expect, it } from "vitest";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { turbo } from "../../../../test/support/api/api-under-test.ts";
import { parseForeignRequest } from "../map-fields.ts";
import type { FalTask } from "./fal-model.ts";
import { inputRules } from "./input-rules.ts";

const context = { models: [turbo], newSeed: () => 7 };

function parse(fields: object, task: FalTask = "text-to-image") {
  return parseForeignRequest({ fields: { prompt: "a fox", ...fields }, rules: inputRules[task] }, context);
}

/** [field, code] of each error. */
function refusal(fields: object, task?: FalTask) {
  try {
    parse(fields, task);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.errors.map(({ param, code }) => [param, code]);
    throw error;
  }
  throw new Error("was accepted");
}

it.each([
  ["square_hd", 1024, 1024],
  ["portrait_16_9", 576, 1024],
  ["landscape_4_3", 1024, 768],
  [{ width: 640 }, 640, 512],
  [{ height: 768 }, 512, 768],
])("draws image_size %j in %i x %i", (image_size, width, height) => {
  expect(parse({ image_size }).params).toMatchObject({ width, height });
});

it.each([
  "huge",
  "toString",
  ["square"],
  { width: 512, height: 512, depth: 3 },
  512,
])("refuses image_size %j", (image_size) => {
  expect(refusal({ image_size })).toEqual([["image_size", "invalid_value"]]);
});

it.each([
  ["sync_mode", "yes"],
  ["loras", { path: "owner/ink" }],
  ["loras", [{ scale: 1 }]],
  ["loras", [null]],
])("refuses %s %j", (field, value) => {
  expect(refusal({ [field]: value })).toEqual([[field, "invalid_value"]]);
});

it("refuses to rewrite prompts, and takes a request that says not to", () => {
  expect(refusal({ enable_prompt_expansion: true })).toEqual([["enable_prompt_expansion", "unsupported_capability"]]);
  expect(parse({ enable_prompt_expansion: false }).warnings).toEqual([]);
});

it("warns of what has no effect, unless the value asks for what happens anyway", () => {
  const warned = parse({ enable_safety_checker: true, acceleration: "high", sync_mode: true }).warnings;
  expect(warned.map(({ message }) => message.split(" ")[0])).toEqual(["enable_safety_checker", "acceleration"]);
  expect(parse({ enable_safety_checker: false, acceleration: "none", sync_mode: false }).warnings).toEqual([]);
});

it("takes only fal's own defaults of a ControlNet for inpainting, which has none", () => {
  const rule = inputRules.inpaint.control_scale;
  if (typeof rule !== "object" || !("make" in rule)) throw new Error("control_scale has no rule that makes a field");
  expect([rule.make(0.75), rule.make(0.5)]).toEqual([{}, undefined]);
  expect(refusal({ control_end: 1 }, "inpaint")).toEqual([["control_end", "invalid_value"]]);
});

it("knows the fields of a ControlNet only for its own task", () => {
  expect(refusal({ control_scale: 0.5 })).toEqual([["control_scale", "unknown_field"]]);
  const rule = inputRules.controlnet.control_scale;
  if (typeof rule !== "object" || !("make" in rule)) throw new Error("control_scale has no rule that makes a field");
  expect(rule.make(0.5)).toEqual({ controlnet: { scale: 0.5 } });
});
