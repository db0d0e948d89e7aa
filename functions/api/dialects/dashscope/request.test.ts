import { expect, it } from "vitest";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { base, turbo } from "../../../../test/support/api/api-under-test.ts";
import { parseMessagesRequest, parsePromptRequest } from "./request.ts";

const context = { models: [turbo, base], newSeed: () => 7 };
const messages = (content: unknown[], parameters: unknown = {}, rest: object = {}) => ({
  input: { messages: [{ role: "user", content }] },
  parameters,
  ...rest,
});

function refusal(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.errors.map(({ param }) => param);
    throw error;
  }
  return [];
}

it("reads prompt, image and parameters of a message", () => {
  const parameters = { size: "128*64", n: 2, seed: 3, steps: 4, scale: 2, negative_prompt: "fog" };
  const body = messages([{ image: "https://x.test/a.png" }, { text: "一只红狐" }], parameters, { model: base.id });
  const { params, inputImages } = parseMessagesRequest(body, context);
  expect(params).toMatchObject({ prompt: "一只红狐", width: 128, height: 64, n: 2, seed: 3, steps: 4, guidance: 2 });
  expect(params).toMatchObject({ model: base.id, negativePrompt: "fog" });
  expect(inputImages.image).toBe("https://x.test/a.png");
});

it("takes null for nothing said", () => {
  const { params } = parseMessagesRequest(messages([{ text: "x" }], null, { model: null }), context);
  expect(params).toMatchObject({ model: turbo.id, seed: 7 });
  const older = { model: null, input: { prompt: "x", negative_prompt: null }, parameters: null };
  expect(parsePromptRequest(older, context).params.negativePrompt).toBeUndefined();
});

it("reads the older body", () => {
  const body = { model: base.id, input: { prompt: "x", negative_prompt: "fog" }, parameters: { size: "64*128" } };
  expect(parsePromptRequest(body, context).params).toMatchObject({ negativePrompt: "fog", width: 64, height: 128 });
});

it.each([
  ["no text", messages([{ image: "https://x.test/a.png" }]), ["input.messages.0.content"]],
  ["two texts", messages([{ text: "a" }, { text: "b" }]), ["input.messages.0.content"]],
  ["a size in another form", messages([{ text: "a" }], { size: "64" }), ["parameters.size"]],
  ["a feature that is not there", messages([{ text: "a" }], { watermark: true }), ["parameters.watermark"]],
  ["an unknown parameter", messages([{ text: "a" }], { colour: 1 }), ["parameters.colour"]],
  ["an empty prompt", messages([{ text: "" }]), ["input.messages.0.content.0.text"]],
])("refuses %s by the name it was given", (_, body, params) => {
  expect(refusal(() => parseMessagesRequest(body, context))).toEqual(params);
});

it("accepts features that are switched off", () => {
  const off = { watermark: false, prompt_extend: false, prompt_extend_mode: "any" };
  expect(refusal(() => parseMessagesRequest(messages([{ text: "a" }], off), context))).toEqual([]);
});
