import sharp from "sharp";
import { describe, expect, it, onTestFinished } from "vitest";
import { CanceledError } from "../../shared/errors.ts";
import { pixelCalls } from "../../shared/request/drawing-passes.ts";
import { collect } from "../../test/support/collect.ts";
import { fakeComponents } from "../../test/support/engine/fake-components.ts";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { sampleWarning } from "../../test/support/sample-warning.ts";
import type { GenerateParams } from "../engine.ts";
import { refusedImage } from "../moderation/image-classifier.ts";
import { ImagePipeline } from "../pipeline/generate-image.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { Watermark } from "../watermark/watermark.ts";
import { watermarkPayload } from "../watermark/watermark-payload.ts";
import { engineGenerate, type ImageStages } from "./engine-generate.ts";
import { loadPipeline } from "./load-pipeline.ts";

const params: GenerateParams = {
  prompt: "cat",
  width: 32,
  height: 16,
  steps: 4,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  seed: 1,
  format: "png",
  preview: false,
};

it("hands guidance, negative prompt and normalisation to the pipeline", async () => {
  const fakes = fakeComponents();
  const wanted = { ...params, guidance: 2, negativePrompt: "d", cfgTruncation: 0.2, cfgNormalization: true };
  await collect(engineGenerate(new ImagePipeline(fakes), wanted, () => false));
  expect(fakes.encodedIds).toEqual([
    [1, 99, 97, 116],
    [1, 100],
  ]);
  expect(fakes.transformerCalls.map((call) => call.length)).toEqual([2, 2, 1, 1]); // t = 0, .1, .25, .5
});

it.each([0, 1, 3])("runs %d steps when canceled after that many", async (steps) => {
  const fakes = fakeComponents();
  const isCanceled = () => fakes.transformerCalls.length >= steps;
  const run = collect(engineGenerate(new ImagePipeline(fakes), params, isCanceled));
  await expect(run).rejects.toThrow(CanceledError);
  expect(fakes.transformerCalls.length).toBe(steps);
});

const flatOnce = (times: number) => {
  const fakes = fakeComponents();
  const { decode } = fakes.vae;
  let left = times;
  const vae = {
    ...fakes.vae,
    decode: async (z: Tensor) => {
      const image = await decode(z);
      return left-- > 0 ? tensor(image.data.fill(-1), image.shape) : image;
    },
  };
  return new ImagePipeline({ ...fakes, vae });
};

it("draws an image of one colour once more from another seed, and says so", async () => {
  const events = await collect(engineGenerate(flatOnce(1), params, () => false));
  expect(events.filter(({ type }) => type === "warning")).toEqual([
    {
      type: "warning",
      warning: expect.objectContaining({
        code: "drawn_again",
        message: expect.stringMatching(/seed 1 came out in one colour.* again from seed \d+/),
      }),
    },
  ]);
  const last = events.at(-1);
  expect(last?.type === "image" && last.image.seed).not.toBe(1);
});

it("gives up on the second image of one colour", async () => {
  const run = collect(engineGenerate(flatOnce(2), params, () => false));
  await expect(run).rejects.toMatchObject({ code: "flat_output", retryable: false });
});

it("treats an overflow in the same way", async () => {
  const fakes = fakeComponents({ output: () => Number.NaN });
  const run = collect(engineGenerate(new ImagePipeline(fakes), params, () => false));
  await expect(run).rejects.toMatchObject({ code: "flat_output" });
  expect(fakes.transformerCalls.length).toBe(2);
});

it("runs the share of the steps that strength leaves, and those of the refinement", async () => {
  const image = await sharp({ create: { width: 40, height: 20, channels: 3, background: "#777" } })
    .png()
    .toBuffer();
  const fakes = fakeComponents();
  const wanted = { ...params, image, strength: 0.5, upscale: "refine" as const };
  const events = await collect(engineGenerate(new ImagePipeline(fakes), wanted, () => false));
  const steps = events.flatMap((event) => (event.type === "step" ? [[event.step, event.total]] : []));
  expect(steps).toEqual([
    [1, 4], // 2 of 4 steps
    [2, 4],
    [3, 4], // int(4 − 4 · 0.35) = 2 are left out
    [4, 4],
  ]);
  expect(events.at(-1)).toMatchObject({ type: "image", image: { width: 64, height: 32 } });
});

it.each([
  {},
  { guidance: 2 },
  { sampler: "heun" as const },
  { sampler: "heun" as const, guidance: 2, upscale: "refine" as const },
  { strength: 0.5, upscale: "refine" as const },
])("calls the transformer as often as the price counts: %j", async (changes) => {
  const image = await sharp({ create: { width: 32, height: 16, channels: 3, background: "#777" } })
    .png()
    .toBuffer();
  const fakes = fakeComponents();
  const wanted = { ...params, image: "strength" in changes ? image : undefined, ...changes };
  await collect(engineGenerate(new ImagePipeline(fakes), wanted, () => false));
  // A cell of the latents is 8 × 8 pixels, of 16 channels.
  const called = fakes.transformerCalls.flat().map(({ latents }) => (64 * latents.data.length) / 16);
  const { controlNet: _, ...priced } = wanted;
  expect(called.reduce((sum, pixels) => sum + pixels, 0)).toBe(pixelCalls(priced));
});

it("never ignores the image that it starts from, at two steps as little as at eight", async () => {
  const pipeline = await loadPipeline(goldenCheckpoint("tiny-turbo"), { threads: 1 });
  onTestFinished(() => pipeline.release());
  const startFrom = async (background: string, steps: number) => {
    const image = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .png()
      .toBuffer();
    const wanted = { ...params, width: 64, height: 64, steps, image };
    const last = (await collect(engineGenerate(pipeline, wanted, () => false))).at(-1);
    return last?.type === "image" ? Buffer.from(last.image.bytes) : undefined;
  };
  for (const steps of [1, 2, 8]) {
    const [red, blue] = [await startFrom("#d33", steps), await startFrom("#33d", steps)];
    expect(red?.equals(blue!), `${steps} steps`).toBe(false);
  }
});

it("hands LoRAs and the ControlNet's image on", async () => {
  const image = await sharp({ create: { width: 32, height: 16, channels: 3, background: "#777" } })
    .png()
    .toBuffer();
  const fakes = fakeComponents();
  const wanted = { ...params, loras: [{ path: "a", scale: 2 }], controlNet: { path: "c", image, scale: 0.5 } };
  const events = await collect(engineGenerate(new ImagePipeline(fakes), wanted, () => false));
  expect(events[0]).toEqual({ type: "warning", warning: sampleWarning("a: 1 tensor is left out"), of: "request" });
  expect(fakes.adaptations).toEqual([{ loras: [{ path: "a", scale: 2 }], controlNet: "c" }]);
  expect(fakes.transformerCalls[0]![0]!.control).toMatchObject({ scale: 0.5, latents: { shape: [16, 2, 4] } });
});

it.each([
  [undefined, undefined, [0.5, 0.5, 0.5, 0.5]],
  [undefined, 0.5, [0.5, 0.5, 0, 0]],
  [0.25, 0.8, [0, 0.5, 0.5, 0]],
])("lets the ControlNet act from %d to %d of the steps", async (start, end, scales) => {
  const image = await sharp({ create: { width: 32, height: 16, channels: 3, background: "#777" } })
    .png()
    .toBuffer();
  const fakes = fakeComponents();
  const controlNet = { path: "c", image, scale: 0.5, start, end };
  await collect(engineGenerate(new ImagePipeline(fakes), { ...params, controlNet }, () => false));
  expect(fakes.transformerCalls.map(([item]) => item!.control!.scale)).toEqual(scales);
});

it("writes the visible mark into what is drawn, on the pixels that are stored", async () => {
  const wanted = { ...params, width: 64, height: 64 };
  const pixelsWith = async (stages: ImageStages) => {
    const events = await collect(engineGenerate(new ImagePipeline(fakeComponents()), wanted, () => false, stages));
    const last = events.at(-1);
    if (last?.type !== "image") throw new Error("no image");
    return sharp(last.image.bytes).raw().toBuffer();
  };
  const [plain, marked] = [await pixelsWith({}), await pixelsWith({ visibleMark: "top-left" })];
  const differs = (x: number, y: number) =>
    !plain
      .subarray(3 * (64 * y + x), 3 * (64 * y + x) + 3)
      .equals(marked.subarray(3 * (64 * y + x), 3 * (64 * y + x) + 3));
  const changed = Array.from({ length: 64 * 64 }, (_, i) => [i % 64, Math.floor(i / 64)] as const).filter(([x, y]) =>
    differs(x, y),
  );
  expect(changed.length).toBeGreaterThan(50);
  expect(changed.every(([x, y]) => x < 43 && y < 18)).toBe(true);
});

it("has the classifier look at the images that are drawn from, before anything is drawn", async () => {
  const image = await sharp({ create: { width: 32, height: 16, channels: 3, background: "#f00" } })
    .png()
    .toBuffer();
  const seen: (string | undefined)[] = [];
  const assertAllowed = async ({ data }: { readonly data: Uint8Array }, param?: string) => {
    seen.push(param);
    if (param === "controlnet.image" && data[0]! > 200) throw refusedImage("red", param);
  };
  const fakes = fakeComponents();
  const wanted = { ...params, image, controlNet: { path: "c", image, scale: 0.5 } };
  const drawing = collect(
    engineGenerate(new ImagePipeline(fakes), wanted, () => false, { classifier: { assertAllowed } }),
  );
  await expect(drawing).rejects.toMatchObject({ code: "content_policy", param: "controlnet.image" });
  expect([seen, fakes.transformerCalls]).toEqual([["image", "controlnet.image"], []]);
});

describe("the watermark", () => {
  const named = watermarkPayload({ deployment: "shop", job: "job_7" });
  const inverting = () => {
    const payloads: unknown[] = [];
    const embed: Watermark["embed"] = async ({ data, ...size }, payload) => {
      payloads.push(payload);
      return { data: data.map((value) => 255 - value), ...size };
    };
    return { payloads, watermark: { mark: { embed }, deployment: "shop" } };
  };
  const wanted = { ...params, origin: { model: "m", job: "job_7" } };
  const pixelsOf = async (given: GenerateParams, stages: ImageStages) => {
    const events = await collect(engineGenerate(new ImagePipeline(fakeComponents()), given, () => false, stages));
    const last = events.at(-1);
    if (last?.type !== "image") throw new Error("no image");
    return [...(await sharp(last.image.bytes).removeAlpha().raw().toBuffer())];
  };

  it("is in the pixels of what is drawn, and names deployment and job", async () => {
    const { payloads, watermark } = inverting();
    const plain = await pixelsOf(wanted, {});
    expect(await pixelsOf(wanted, { watermark })).toEqual(plain.map((value) => 255 - value));
    expect(payloads).toEqual([named]);
  });

  it("leaves the part of an image alone that is kept, and images that are to be exactly white", async () => {
    const { payloads, watermark } = inverting();
    const solid = (background: string) =>
      sharp({ create: { width: 32, height: 16, channels: 3, background } })
        .png()
        .toBuffer();
    const mask = await sharp(await solid("black"))
      .composite([
        {
          input: await sharp(await solid("white"))
            .extract({ left: 0, top: 0, width: 16, height: 16 })
            .toBuffer(),
          left: 0,
          top: 0,
        },
      ])
      .png()
      .toBuffer();
    const edit = { ...wanted, image: await solid("#205080"), mask, maskBlend: "hard" } as const;
    const [plain, marked] = [await pixelsOf(edit, {}), await pixelsOf(edit, { watermark })];
    const kept = (pixels: number[]) => pixels.filter((_, i) => Math.floor(i / 3) % 32 >= 16);
    expect(kept(marked)).toEqual(kept(plain));
    expect(marked).not.toEqual(plain);
    expect(payloads).toHaveLength(1);
    const white = { ...wanted, finish: { pure_white: true } };
    expect(await pixelsOf(white, { watermark })).toEqual(await pixelsOf(white, {}));
    expect(payloads).toHaveLength(1);
  });
});
