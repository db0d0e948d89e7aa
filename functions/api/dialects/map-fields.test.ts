import { describe, expect, it } from "vitest";
import { catalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { accepted, type FieldRules, type ForeignRequest, parseForeignRequest } from "./map-fields.ts";

const context = { models: [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })], newSeed: () => 7 };

const rules: FieldRules = {
  text: "prompt",
  num_steps: "steps",
  safety: accepted,
  format: { native: "output.format", make: (value) => ({ output: { format: value } }), expected: "png or webp" },
  quality: { native: "output.quality", make: (value) => ({ output: { quality: value } }), expected: "0 to 100" },
  dimensions: {
    native: "size",
    make: (value) => (typeof value === "string" ? { size: value.replace("*", "x") } : undefined),
    expected: "WIDTH*HEIGHT",
  },
};

const parse = (fields: object, more: Partial<ForeignRequest> = {}) =>
  parseForeignRequest({ fields, rules, ...more }, context);

/** [field, code, message] of each error. */
function errorsOf(fields: unknown, more: Partial<ForeignRequest> = {}) {
  try {
    parse(fields as object, more);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.errors.map((e) => [e.param, e.code, e.message]);
    throw error;
  }
  return [];
}

describe("a foreign field", () => {
  it("is renamed, made into native fields, or accepted without effect", () => {
    const fields = { text: "a fox", num_steps: 3, safety: true, format: "webp", quality: 50, dimensions: "128*64" };
    expect(parse(fields).params).toMatchObject({
      prompt: "a fox",
      steps: 3,
      width: 128,
      height: 64,
      format: "webp",
      quality: 50,
    });
  });

  it("counts as absent when it is null", () => {
    expect(parse({ text: "a fox", num_steps: null, dimensions: null }).params).toMatchObject({ steps: 8, width: 1024 });
  });

  it("is refused when nothing knows it", () => {
    expect(errorsOf({ text: "a fox", colour: 1 }, { path: "input." })).toEqual([
      ["input.colour", "unknown_field", "unknown field input.colour"],
    ]);
  });
});

describe("a native field that only the pipeline reads", () => {
  it("is taken where the foreign API has no word for it", () => {
    expect(parse({ text: "a fox", cfg_truncation: 0.5 }).params.cfgTruncation).toBe(0.5);
  });

  it("keeps its limits, under the path of the foreign fields", () => {
    expect(errorsOf({ text: "a fox", cfg_truncation: 2 }, { path: "input." })).toEqual([
      ["input.cfg_truncation", "invalid_value", "input.cfg_truncation must be at most 1, got 2"],
    ]);
  });

  it("is refused where the foreign API says it otherwise", () => {
    expect(errorsOf({ text: "a fox", prompt: "a dog" })).toEqual([["prompt", "unknown_field", "unknown field prompt"]]);
    const native = { negative_prompt: "blur" };
    expect(errorsOf({ text: "a fox", negative_prompt: "fog" }, { native })).toHaveLength(1);
  });

  it("is refused when the service reads it too: those are the foreign API's to offer", () => {
    expect(errorsOf({ text: "a fox", max_cost: 1 })).toEqual([["max_cost", "unknown_field", "unknown field max_cost"]]);
  });
});

describe("an error", () => {
  it("names the foreign field that the value came in", () => {
    expect(errorsOf({ text: "a fox", num_steps: 0 }, { path: "input." })).toEqual([
      ["input.num_steps", "invalid_value", "input.num_steps must be at least 1, got 0"],
    ]);
    expect(errorsOf({ text: "a fox", dimensions: "65*64" })[0]?.slice(0, 2)).toEqual(["dimensions", "invalid_size"]);
    expect(errorsOf({ text: "a fox", quality: 200, format: "webp" })[0]?.[0]).toBe("quality");
  });

  it("names the field that is missing", () => {
    expect(errorsOf({})).toEqual([["text", "invalid_value", "text is required"]]);
  });

  it("says what a value must be that cannot be made into anything", () => {
    expect(errorsOf({ text: "a fox", dimensions: 64 })).toEqual([
      ["dimensions", "invalid_value", "dimensions must be WIDTH*HEIGHT, got 64"],
    ]);
  });

  it("says so when the fields are no object", () => {
    expect(errorsOf("a fox", { path: "input." })).toEqual([
      ["input", "invalid_value", 'input must be an object, got "a fox"'],
    ]);
  });
});
