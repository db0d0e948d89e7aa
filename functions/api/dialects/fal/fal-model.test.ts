import { expect, it } from "vitest";
import { base, turbo } from "../../../../test/support/api/api-under-test.ts";
import { falModel } from "./fal-model.ts";

const models = [turbo, base];

it.each([
  ["fal-ai/z-image/turbo", "z-image-turbo", "text-to-image", "turbo"],
  ["fal-ai/z-image/turbo/lora", "z-image-turbo", "text-to-image", "turbo"],
  ["fal-ai/z-image/turbo/image-to-image/lora", "z-image-turbo", "image-to-image", "turbo"],
  ["fal-ai/z-image/turbo/inpaint", "z-image-turbo", "inpaint", "turbo"],
  ["fal-ai/z-image/turbo/controlnet/lora", "z-image-turbo", "controlnet", "turbo"],
  ["fal-ai/z-image/base", "z-image", "text-to-image", "base"],
  ["fal-ai/z-image/base/lora", "z-image", "text-to-image", "base/lora"],
  ["z-image-turbo/inpaint", "z-image-turbo", "inpaint", undefined],
  ["Tongyi-MAI/Z-Image", "z-image", "text-to-image", undefined],
])("takes %s for %s, %s, with the defaults of %s", (id, modelId, task, falName) => {
  const { model, ...found } = falModel(models, id);
  expect([model.id, found]).toEqual([modelId, { task, falName }]);
});

it("prefers a model whose own id ends in /lora to the task of another", () => {
  const own = { ...base, id: "z-image-turbo/lora", aliases: [] };
  expect(falModel([turbo, own], "z-image-turbo/lora").model.id).toBe("z-image-turbo/lora");
});

it.each([
  ["a task that the model has not", "fal-ai/z-image/turbo/tiling/lora", "unsupported_capability", "tiling is not supp"],
  ["training", "fal-ai/z-image-turbo-trainer-v2", "unsupported_capability", "npm run train"],
  ["a model that is not there", "fal-ai/flux/dev", "model_not_found", "fal-ai/flux/dev"],
])("refuses %s", (_, id, code, message) => {
  expect(() => falModel(models, id)).toThrow(
    expect.objectContaining({ code, param: "model", message: expect.stringContaining(message) }),
  );
});
