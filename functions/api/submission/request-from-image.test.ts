import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withPngText } from "../../../shared/image-files/png-text.ts";
import { type ApiUnderTest, openApi, readProblem } from "../../../test/support/api/api-under-test.ts";
import type { JobResource } from "../jobs/job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const drawn = { prompt: "a red cup", seed: 7, steps: 3, size: "128x64", sampler: "heun", n: 1 };

async function image(keyword?: string, text = ""): Promise<string> {
  const png = await sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const file = keyword === undefined ? png : withPngText(png, keyword, text);
  return `data:image/png;base64,${Buffer.from(file).toString("base64")}`;
}

const submit = (body: object) => api.request("POST", "/v1/jobs", body);
const paramsOf = async (body: object) => ((await (await submit(body)).json()) as JobResource).params;

describe("a job from an image", () => {
  it("draws what its file says, and otherwise what the request says", async () => {
    const from_image = await image("zimage", JSON.stringify(drawn));
    expect(await paramsOf({ from_image })).toMatchObject({
      prompt: "a red cup",
      seed: 7,
      steps: 3,
      width: 128,
      height: 64,
      sampler: "heun",
    });
    expect(await paramsOf({ from_image, seed: 8, aspect_ratio: "1:1", prompt: "a blue cup" })).toMatchObject({
      prompt: "a blue cup",
      seed: 8,
      steps: 3,
      sampler: "heun",
    });
  });

  it("draws an image of AUTOMATIC1111's web UI", async () => {
    const text =
      "a fox\nNegative prompt: blurry\nSteps: 5, Sampler: Euler a, CFG scale: 3, Seed: 42, Size: 64x128, Model: other";
    expect(await paramsOf({ from_image: await image("parameters", text) })).toMatchObject({
      prompt: "a fox",
      negative_prompt: "blurry",
      steps: 5,
      sampler: "euler_ancestral",
      guidance: 2,
      seed: 42,
      width: 64,
      height: 128,
    });
  });

  it("asks for the files that it was drawn from", async () => {
    const edited = { ...drawn, strength: 0.5, inputs: ["image"] };
    const from_image = await image("zimage", JSON.stringify(edited));
    expect(await readProblem(await submit({ from_image }))).toMatchObject({
      status: 400,
      param: "image",
      code: "missing_input",
      detail: expect.stringContaining("drawn with image"),
    });
    expect(await paramsOf({ from_image, image: await image() })).toMatchObject({ strength: 0.5, seed: 7 });
  });

  it("refuses a file that does not say, one that says nonsense, and one that is no image; nothing is charged", async () => {
    const cases: [string, string, string][] = [
      [await image(), "from_image", "no_parameters"],
      [await image("zimage", JSON.stringify({ ...drawn, steps: 1e9 })), "steps", "invalid_value"],
      ["data:image/png;base64,aGVsbG8=", "from_image", "invalid_image"],
    ];
    for (const [from_image, param, code] of cases) {
      expect(await readProblem(await submit({ from_image }))).toMatchObject({ status: 400, param, code });
    }
    expect(await readProblem(await submit({ from_image: 5 }))).toMatchObject({ status: 400, param: "from_image" });
    expect(await api.queue.depth()).toMatchObject({ visible: 0 });
  });
});
