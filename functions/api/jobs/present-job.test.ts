import { describe, expect, it } from "vitest";
import type { Job, JobImage } from "../../../shared/job.ts";
import { makeWarning } from "../../../shared/warnings/warning.ts";
import { sampleJob, sampleParams, samplePrice } from "../../../test/support/api/sample-job.ts";
import { presentJob, presentPlace } from "./present-job.ts";

const link = {
  origin: "https://api.example.com",
  file: (key: string) => ({ url: `https://files.example.com/${key}`, expiresAt: 3_600_000 }),
};
const present = (changes: Partial<Job>) => presentJob(sampleJob("1", 1_000, changes), { link });
const image: JobImage = {
  index: 0,
  key: "o/1.png",
  width: 1_000,
  height: 500,
  format: "png" as const,
  bytes: 9,
  sha256: "ab",
  seed: 4,
};

describe("a job", () => {
  it("that was just submitted has no times, no usage and no cost but its own addresses", () => {
    const self = "https://api.example.com/v1/jobs/job_1";
    expect(present({})).toMatchObject({
      created_at: "1970-01-01T00:00:01.000Z",
      started_at: null,
      finished_at: null,
      usage: null,
      cost: null,
      error: null,
      queue: null,
      webhook: null,
      timings: { queued_ms: null, inference_ms: null, total_ms: null },
      links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
    });
  });

  it("that succeeded tells what it used: steps and pixels of the images that exist", () => {
    const shown = present({
      status: "succeeded",
      startedAt: 1_250,
      finishedAt: 3_000,
      inferenceMs: 1_499.6,
      params: { ...sampleParams, steps: 8, n: 3 },
      images: [image, { ...image, index: 1 }],
      price: samplePrice,
      charged: 90,
    });
    expect(shown.timings).toEqual({ queued_ms: 250, inference_ms: 1_500, total_ms: 2_000 });
    expect(shown.usage).toEqual({ gpu_ms: 1_500, steps: 16, megapixels: 1 });
    expect(shown.cost).toEqual({
      amount: 100,
      amount_decimal: "0.0001",
      charged: 90,
      charged_decimal: "0.00009",
      currency: "USD",
      lane: "interactive",
    });
    expect(shown.images[0]).toMatchObject({
      url: "https://files.example.com/o/1.png",
      url_expires_at: "1970-01-01T01:00:00.000Z",
      content_type: "image/png",
    });
  });

  it("that is tried again shows no error, and one that failed always shows one", () => {
    const error = { code: "engine_failed", message: "out of memory", retryable: true };
    expect(present({ status: "queued", error }).error).toBeNull();
    expect(present({ status: "failed", error }).error).toEqual(error);
    expect(present({ status: "failed" }).error).toEqual({ code: "internal_error", message: "the job failed" });
  });

  it("links its input images and shows neither their keys nor where a LoRA is stored", () => {
    const shown = present({
      params: {
        ...sampleParams,
        imageKey: "i/start",
        maskKey: "i/mask",
        referenceKeys: ["i/r1", "i/r2"],
        latentsKey: "i/latents",
        loras: [{ id: "lora_1", scale: 0.5, stored: { sha256: "secret", parts: 1 } }],
      },
    });
    expect(shown.params).toMatchObject({
      image_url: "https://files.example.com/i/start",
      mask_url: "https://files.example.com/i/mask",
      reference_urls: ["https://files.example.com/i/r1", "https://files.example.com/i/r2"],
      latents_url: "https://files.example.com/i/latents",
      loras: [{ id: "lora_1", scale: 0.5 }],
    });
    expect(JSON.stringify(shown)).not.toMatch(/secret|Key"/);
  });
});

it.each([
  [12_340, 12.3],
  [12_350, 12.4],
  [49, 0],
  [undefined, null],
])("an estimate of %s ms is shown as %s s", (etaMs, eta_s) => {
  expect(presentPlace({ position: 2, exact: true, etaMs } as Parameters<typeof presentPlace>[0])).toEqual({
    position: 2,
    eta_s,
  });
});

describe("in Chinese", () => {
  const inChinese = (changes: Partial<Job>) => presentJob(sampleJob("1", 1_000, changes), { link, language: "zh" });

  it("are the warnings, with the values that programs go by", () => {
    const warnings = [makeWarning("unusual_steps", { made_for: 8, steps: 50 }, "steps")];
    expect(inChinese({ warnings }).warnings).toEqual([
      {
        code: "unusual_steps",
        message: "该模型适合 8 步；用 50 步只会变差或变慢",
        param: "steps",
        values: { made_for: 8, steps: 50 },
      },
    ]);
  });

  it.each([
    "out_of_memory",
    "invalid_picture",
    "invalid_image",
    "non_finite_output",
    "worker_lost",
    "internal_error",
  ])("is the error %s", (code) => {
    const error = { code, message: "in English", retryable: false };
    expect(inChinese({ status: "failed", error }).error?.message).toMatch(/^\p{Script=Han}/u);
  });

  it("is no error that nobody has put into Chinese", () => {
    const error = { code: "constructor", message: "in English", retryable: false };
    expect(inChinese({ status: "failed", error }).error?.message).toBe("in English");
  });
});
