import { describe, expect, it } from "vitest";
import type { Job } from "../../../../shared/job.ts";
import { catalogModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { sampleJob, sampleParams } from "../../../../test/support/api/sample-job.ts";
import { sampleWarning } from "../../../../test/support/sample-warning.ts";
import { versionOf } from "./model-names.ts";
import { presentPrediction } from "./response.ts";

const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
const link = { origin: "https://api.example.com", file: (key: string) => ({ url: `https://f/${key}`, expiresAt: 0 }) };
const present = (changes: Partial<Job>, models = [turbo]) =>
  presentPrediction(sampleJob("1", 1_000, changes), { link, models });
const images = ["a", "b"].map((key) => ({ key })) as unknown as Job["images"];

describe("a prediction", () => {
  it("has one link for one image and a list for several, and neither before it succeeded", () => {
    expect(present({ status: "succeeded", images: images.slice(1) }).output).toBe("https://f/b");
    expect(present({ status: "succeeded", images }).output).toEqual(["https://f/a", "https://f/b"]);
    expect(present({ status: "canceled", images }).output).toBeNull();
  });

  it("has an error only when it failed, and is aborted when it expired", () => {
    const error = { code: "engine_failed", message: "out of memory", retryable: true };
    expect(present({ status: "failed", error }).error).toBe("out of memory");
    expect(present({ status: "failed" }).error).toBe("the job failed");
    expect(present({ status: "queued", error })).toMatchObject({ status: "starting", error: null });
    expect(present({ status: "expired" })).toMatchObject({ status: "aborted", error: null });
  });

  it("tells its times in seconds once it is over", () => {
    expect(present({ status: "running" }).metrics).toEqual({});
    const over = present({ status: "succeeded", images, finishedAt: 3_500, inferenceMs: 1_250 });
    expect(over.metrics).toEqual({ predict_time: 1.25, total_time: 2.5 });
  });

  it("logs its progress as tqdm prints it, after seed and warnings", () => {
    const { logs } = present({ warnings: [sampleWarning("cut")], progress: { step: 3, total: 8 } } as Partial<Job>);
    // 3 of 8 are 37.5 percent: 37, and three of ten blocks.
    expect(logs).toBe("Using seed: 1\ncut\n 37%|███       | 3/8\n");
  });

  it("names JPEG as that API does, and the model that is served no more by its id", () => {
    expect(present({ params: { ...sampleParams, format: "jpeg" } }).input.output_format).toBe("jpg");
    expect(present({}).version).toBe(versionOf(turbo));
    expect(present({}, [])).toMatchObject({ model: "z-image-turbo", version: "" });
  });
});
