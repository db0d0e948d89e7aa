import { describe, expect, it } from "vitest";
import type { Job } from "../../../../shared/job.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { sampleWarning } from "../../../../test/support/sample-warning.ts";
import { presentFalResult, presentFalStatus, presentFalWebhook } from "./response.ts";

const link = { origin: "https://api.example.com", file: (key: string) => ({ url: `https://f/${key}`, expiresAt: 0 }) };
const images = [0, 1].map((index) => ({
  index,
  key: `k${index}`,
  format: "jpeg",
  bytes: 9,
})) as unknown as Job["images"];
const job = (changes: Partial<Job>) => sampleJob("1", 1_000, changes);
const status = (changes: Partial<Job>, logs = true) =>
  presentFalStatus(job(changes), { origin: link.origin, app: "fal-ai/z-image", logs, position: 3 });

describe("the result", () => {
  it("has links, or the images themselves where the job asked for them", () => {
    const { images: linked } = presentFalResult(job({ images }), { files: [], link });
    expect(linked.map(({ url, file_name }) => [url, file_name])).toEqual([
      ["https://f/k0", "0.jpeg"],
      ["https://f/k1", "1.jpeg"],
    ]);
    const { images: inline } = presentFalResult(job({ images, response: "b64" }), { files: ["AA==", "/w=="], link });
    expect(inline[1]!.url).toBe("data:image/jpeg;base64,/w==");
  });

  it("tells the inference time in seconds", () => {
    expect(presentFalResult(job({ inferenceMs: 1_250 }), { files: [], link }).timings).toEqual({ inference: 1.25 });
  });
});

describe("the status", () => {
  const self = "https://api.example.com/fal/queue/fal-ai/z-image/requests/job_1";

  it("of a queued job has its place and where to ask again", () => {
    expect(status({})).toEqual({
      status: "IN_QUEUE",
      request_id: "job_1",
      queue_position: 3,
      response_url: self,
      status_url: `${self}/status`,
      cancel_url: `${self}/cancel`,
    });
  });

  it("has logs only where they are asked for: warnings, then progress", () => {
    const running = {
      status: "running",
      startedAt: 2_000,
      warnings: [sampleWarning("cut")],
      progress: { step: 3, total: 8 },
    } as const;
    expect(status(running as Partial<Job>)).toMatchObject({
      status: "IN_PROGRESS",
      logs: [
        { message: "cut", timestamp: "1970-01-01T00:00:02.000Z" },
        { message: "step 3 of 8", timestamp: "1970-01-01T00:00:02.000Z" },
      ],
    });
    expect(status(running as Partial<Job>, false)).toMatchObject({ logs: null });
  });

  it.each(["failed", "canceled", "expired"] as const)("of a job that %s is COMPLETED", (ended) => {
    expect(status({ status: ended })).toMatchObject({ status: "COMPLETED", metrics: {} });
  });
});

describe("the webhook", () => {
  it("carries links, also for a job whose images were to be inline", () => {
    expect(presentFalWebhook(job({ status: "succeeded", images, response: "b64" }), link)).toMatchObject({
      status: "OK",
      error: null,
      payload: { images: [{ url: "https://f/k0" }, { url: "https://f/k1" }] },
    });
  });

  it("tells why there is no image", () => {
    const error = { code: "engine_failed", message: "out of memory", retryable: true };
    expect(presentFalWebhook(job({ status: "failed", error }), link)).toMatchObject({
      status: "ERROR",
      error: "out of memory",
      payload: { detail: "out of memory" },
    });
  });
});
