import { describe, expect, it } from "vitest";
import { catalogModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { servedModel } from "./model-names.ts";
import { cancelAfterS, parsePrediction, submissionOfPrediction } from "./request.ts";

const adapters = { loras: new Set(["ink", "oil"]), controlnets: new Set(["union"]) };
const models = [
  { ...catalogModel({ id: "z-image-turbo", family: "turbo", random: false }), adapters },
  catalogModel({ id: "z-image", family: "base", random: false }),
];
const submit = (body: object, name = "prunaai/z-image-turbo") =>
  submissionOfPrediction(
    parsePrediction({ input: { prompt: "a fox" }, ...body }),
    { model: servedModel(models, name), deadlineS: 60 },
    { models, newSeed: () => 7 },
  );
const params = (input: object, name?: string) => submit({ input: { prompt: "a fox", ...input } }, name).params;

describe("the input", () => {
  it("has that model's own defaults: JPEG of quality 80", () => {
    expect(params({})).toMatchObject({ format: "jpeg", quality: 80 });
    expect(params({ output_format: "webp", output_quality: 0 })).toMatchObject({ format: "webp", quality: 1 });
    expect(params({ output_format: "png" }).quality).toBeUndefined();
  });

  it.each([
    [{ output_format: "bmp" }, "input.output_format"],
    [{ output_quality: 101 }, "input.output_quality"],
    [{ num_outputs: 0 }, "input.num_outputs"],
    [{ width: 1_001, height: 64 }, "input.width"],
    [{ strength: 0, image: "x" }, "input.strength"],
    [{ strength: 0.5 }, "input.strength"],
    [{ lora_weights: "sepia" }, "input.lora_weights.0"],
    [{ lora_weights: ["ink", "sepia"] }, "input.lora_weights.1"],
    [{ lora_weights: ["ink"], lora_scales: [9] }, "input.lora_scales.0"],
    [{ lora_weights: [7] }, "input.lora_weights.0"],
    [{ control_image: "x", controlnet_conditioning_scale: 9 }, "input.controlnet_conditioning_scale"],
    [{ controlnet_conditioning_scale: 1 }, "input.control_image"],
  ])("is refused by its own name: %j", (input, param) => {
    expect(() => params(input)).toThrow(expect.objectContaining({ param }));
  });
});

describe("a sibling of the model", () => {
  it("takes LoRAs by id, address or repository, alone or in a list", () => {
    const weights = ["https://huggingface.co/a/b/resolve/main/c.safetensors", "someone/ink", "ink"];
    const drawn = params({ lora_weights: weights, lora_scales: [0.5] }, "prunaai/z-image-turbo-lora");
    expect(drawn).toMatchObject({
      model: "z-image-turbo",
      loras: [
        { id: weights[0], scale: 0.5 },
        { id: "https://huggingface.co/someone/ink", scale: 1 },
        { id: "ink", scale: 1 },
      ],
    });
    expect(params({ lora_weights: "ink", lora_scales: 2 }).loras).toEqual([{ id: "ink", scale: 2 }]);
  });

  it("guides by a control image", () => {
    const input = { control_image: "data:;base64,AAAA", controlnet_conditioning_scale: 1.5 };
    expect(params(input, "prunaai/z-image-turbo-controlnet").controlNet).toMatchObject({ id: "union", scale: 1.5 });
    expect(params({ control_image: "x" }).controlNet?.scale).toBe(0.75);
  });

  it("has its own defaults, and fields that it cannot do without", () => {
    expect(params({}, "prunaai/z-image-lora")).toMatchObject({ model: "z-image", steps: 28, guidance: 4 });
    expect(params({ num_inference_steps: 50 }, "prunaai/z-image-lora").steps).toBe(50);
    expect(() => params({}, "prunaai/z-image-turbo-img2img")).toThrow("input.image is required");
    expect(() => params({}, "prunaai/z-image-turbo-controlnet")).toThrow("input.control_image is required");
    const control = { control_image: "x" };
    expect(() => params(control, "prunaai/z-image-lora")).toThrow("input.control_image is not supported here");
  });

  it("warns of what has no effect", () => {
    expect(
      warningMessages(submit({ input: { prompt: "x", go_fast: true, disable_safety_checker: true } }).warnings),
    ).toEqual(["input.go_fast has no effect: there is one speed"]);
  });
});

describe("the webhook", () => {
  const webhook = "https://example.com/hook";
  const eventsOf = (webhook_events_filter: string[] | null) =>
    submit({ webhook, webhook_events_filter }).webhook?.events;
  const ends = ["job.succeeded", "job.failed", "job.canceled", "job.expired"];

  it("hears of the beginning and of every end, in that dialect's body", () => {
    expect(submit({ webhook }).webhook).toMatchObject({ url: webhook, form: "replicate" });
    expect(eventsOf(null)).toEqual(["job.started", ...ends]);
  });

  it("hears of an output as of a success, once", () => {
    expect(eventsOf(["output"])).toEqual(["job.succeeded"]);
    expect(eventsOf(["output", "completed"])).toEqual(ends);
    expect(eventsOf(["start"])).toEqual(["job.started"]);
  });

  it("is left out where its filter asks for nothing that is sent", () => {
    expect(submit({ webhook, webhook_events_filter: ["logs"] }).webhook).toBeUndefined();
  });
});

it.each([
  ["90s", 90],
  ["90", 90],
  ["2m", 120],
  ["1h30m", 5_400],
  ["99h", 86_400],
  ["0s", undefined],
  ["", undefined],
  ["1m1h", undefined],
  ["-5s", undefined],
  ["5 s", undefined],
  [undefined, undefined],
])("Cancel-After: %s is %s seconds", (header, seconds) => {
  expect(cancelAfterS(header)).toBe(seconds);
});
