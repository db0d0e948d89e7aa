import { describe, expect, it } from "vitest";
import { catalogModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { cancelAfterS, parsePrediction, submissionOfPrediction } from "./request.ts";

const model = "z-image-turbo";
const context = { models: [catalogModel({ id: model, family: "turbo", random: false })], newSeed: () => 7 };
const submit = (body: object) =>
  submissionOfPrediction(parsePrediction({ input: { prompt: "a fox" }, ...body }), { model, deadlineS: 60 }, context);
const params = (input: object) => submit({ input: { prompt: "a fox", ...input } }).params;

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
  ])("is refused by its own name: %j", (input, param) => {
    expect(() => params(input)).toThrow(expect.objectContaining({ param }));
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
