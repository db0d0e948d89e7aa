import { describe, expect, it } from "vitest";
import { catalogModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { parseOpenaiRequest } from "./request.ts";

const context = { models: [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })], newSeed: () => 7 };
const parse = (fields: object) => parseOpenaiRequest({ prompt: "a fox", ...fields }, context);

function errorsOf(fields: object) {
  try {
    parse(fields);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.errors.map(({ param, code }) => [param, code]);
    throw error;
  }
  return [];
}

describe("a request", () => {
  it("is for base64 and PNG unless it says otherwise, and null says nothing", () => {
    const { submission, stream, partialImages } = parse({ size: null, n: null, response_format: null, stream: null });
    expect(submission).toMatchObject({ response: "b64", params: { format: "png", n: 1, seed: 7 } });
    expect([stream, partialImages]).toEqual([false, 0]);
    expect(parse({ response_format: "url" }).submission.response).toBe("url");
  });

  it("may compress what is lossy: 0 is the worst quality there, and 1 here", () => {
    const quality = (fields: object) => parse(fields).submission.params.quality;
    expect(quality({ output_format: "webp", output_compression: 60 })).toBe(60);
    expect(quality({ output_format: "jpeg", output_compression: 0 })).toBe(1);
    expect(quality({ output_format: "png", output_compression: 60 })).toBeUndefined();
  });

  it("passes our own fields through", () => {
    expect(parse({ steps: 3, seed: 5, user: "me", style: "vivid" }).submission.params).toMatchObject({
      steps: 3,
      seed: 5,
    });
  });
});

describe("input_fidelity", () => {
  it.each([
    [{}, 0.6],
    [{ input_fidelity: "low" }, 0.6],
    [{ input_fidelity: "high" }, 0.4],
    [{ input_fidelity: "high", strength: 0.9 }, 0.9],
    [{ input_fidelity: "high", mask: "m" }, 1],
  ])("%j draws at strength %d", (fields, strength) => {
    expect(parse({ image: "i", ...fields }).submission.params.strength).toBe(strength);
  });
});

it("warns of what has no effect, and of nothing that asks for what happens anyway", () => {
  const warnings = (fields: object) =>
    parse(fields).submission.warnings.map(({ message }) => message.split(" has no")[0]);
  const ignored = {
    quality: "high",
    moderation: "low",
    style: "vivid",
    complexity: "low",
    user: "u",
    safety_identifier: "s",
  };
  expect(warnings(ignored)).toEqual(Object.keys(ignored));
  expect(warnings({ quality: "auto", moderation: "auto", style: null })).toEqual([]);
  expect(warnings({ output_compression: 50, input_fidelity: "high" })).toEqual([
    "input_fidelity",
    "output_compression",
  ]);
});

it.each([
  [{ background: "transparent" }, [["background", "unsupported_capability"]]],
  [{ stream: true, response_format: "url" }, [["response_format", "invalid_value"]]],
  [{ partial_images: 2 }, [["partial_images", "invalid_value"]]],
  [
    { background: "transparent", partial_images: 1 },
    [
      ["background", "unsupported_capability"],
      ["partial_images", "invalid_value"],
    ],
  ],
  [{ partial_images: 0 }, []],
  [{ stream: true, partial_images: 2, response_format: "b64_json" }, []],
  [{ response: "url" }, [["response", "unknown_field"]]],
  [{ svg: { model: "x" } }, [["svg", "unsupported_capability"]]],
  [{ "svg[model]": "x" }, [["svg[model]", "unsupported_capability"]]],
  [
    { frame_count: 4, markup: "x" },
    [
      ["frame_count", "unsupported_capability"],
      ["markup", "unsupported_capability"],
    ],
  ],
  [{ svg: null, frame_count: null, markup: null, complexity: null }, []],
  [{ output_format: "gif" }, [["output_format", "invalid_value"]]],
  [{ image: ["a", "b"] }, [["image", "unsupported_capability"]]],
  [{ image: ["a"] }, []],
  [{ foo: null }, [["foo", "unknown_field"]]],
  [{ webhook: { url: "https://example.com" } }, [["webhook", "unknown_field"]]],
])("%j is refused for %j", (fields, errors) => {
  expect(errorsOf(fields)).toEqual(errors);
});
