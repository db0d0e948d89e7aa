import { expect, it } from "vitest";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { base, turbo } from "../../../../test/support/api/api-under-test.ts";
import { readA1111Request, submissionOf } from "./request.ts";

const context = { models: [turbo, base], newSeed: () => 42 };

function submit(body: object, task: "txt2img" | "img2img" = "txt2img", checkpoint?: string) {
  return submissionOf(readA1111Request(body, task), { checkpoint, loras: [] }, context);
}

it("turns the fields of this API into the job's", () => {
  const fields = { width: 128, height: 64, steps: 9, sampler_index: "k_heun", batch_size: 2, n_iter: 3 };
  expect(submit({ prompt: "a fox", negative_prompt: "", seed: -1, ...fields }).params).toMatchObject({
    model: turbo.id,
    prompt: "a fox",
    width: 128,
    height: 64,
    steps: 9,
    sampler: "heun",
    n: 6,
    seed: 42,
  });
});

it("takes one off the scale of guidance, never below 0, and none for a model without it", () => {
  const guidance = (cfg_scale: number, model: string) => submit({ prompt: "x", cfg_scale }, "txt2img", model).params;
  expect(guidance(5, base.id)).toMatchObject({ guidance: 4 });
  expect(guidance(0, base.id)).toMatchObject({ guidance: 0 });
  expect(guidance(7, turbo.id)).toMatchObject({ guidance: 0 });
});

it("takes the model that is named, else the account's choice, else the default", () => {
  const named = { prompt: "x", override_settings: { sd_model_checkpoint: turbo.id } };
  expect(submit(named, "txt2img", base.id).params.model).toBe(turbo.id);
  expect(submit({ prompt: "x" }, "txt2img", base.id).params.model).toBe(base.id);
  expect(submit({ prompt: "x" }, "txt2img", "gone").params.model).toBe(turbo.id);
  expect(() => submit({ prompt: "x", override_settings: { sd_model_checkpoint: "sd_xl" } })).toThrow(
    expect.objectContaining({ code: "model_not_found", param: "override_settings.sd_model_checkpoint" }),
  );
});

it("rounds sides down, and says so", () => {
  const { params, warnings } = submit({ prompt: "x", width: 100, height: 79 });
  expect(params).toMatchObject({ width: 96, height: 64 });
  expect(warningMessages(warnings)).toEqual([
    expect.stringMatching("^width 100 "),
    expect.stringMatching("^height 79 "),
  ]);
});

it("keeps the prompt as it was sent beside the one without tags", () => {
  expect(readA1111Request({ prompt: "a fox <lora:ink:0.5>" }, "txt2img")).toMatchObject({
    prompt: "a fox",
    sent: { prompt: "a fox <lora:ink:0.5>", negativePrompt: "" },
    loras: [{ name: "ink", scale: 0.5 }],
  });
});

it("draws a masked part, hard at the edge and inverted where it is asked to", () => {
  const image = Buffer.from("image").toString("base64");
  const body = { prompt: "x", width: 64, height: 64, init_images: [image], mask: image };
  expect(submit(body, "img2img").params).toMatchObject({ strength: 0.75, maskMode: "white" });
  expect(submit({ ...body, mask_blur: 0, inpainting_mask_invert: 1 }, "img2img").params).toMatchObject({
    maskMode: "black",
    maskBlend: "hard",
  });
});

it.each([
  ["no image", {}, "got nothing"],
  ["two images", { init_images: ["a", "b"] }, "got 2"],
])("refuses img2img with %s", (_, fields, message) => {
  expect(() => readA1111Request({ prompt: "x", ...fields }, "img2img")).toThrow(
    expect.objectContaining({ param: "init_images", message: expect.stringContaining(message) }),
  );
});

it("refuses everything that is wrong at once, by this API's names", () => {
  expect(() => readA1111Request({ prompt: "x", tiling: true, restore_faces: true }, "img2img")).toThrow(
    expect.objectContaining({
      errors: ["restore_faces", "tiling", "init_images"].map((param) => expect.objectContaining({ param })),
    }),
  );
  expect(() => submit({ prompt: "x", batch_size: 4, n_iter: 4 })).toThrow(
    expect.objectContaining({ param: "batch_size" }),
  );
});
