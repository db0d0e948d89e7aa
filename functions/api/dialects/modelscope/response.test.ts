import { expect, it } from "vitest";
import type { Job, JobImage } from "../../../../shared/job.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { presentTask } from "./response.ts";

const link = { origin: "https://api.test", file: (key: string) => ({ url: `https://f/${key}`, expiresAt: 0 }) };
const present = (changes: Partial<Job>) => presentTask(sampleJob("1", 0, changes), link, "req_1");
const image: JobImage = {
  index: 0,
  key: "o/a.png",
  width: 64,
  height: 64,
  format: "png",
  bytes: 1,
  sha256: "",
  seed: 1,
};

it.each([
  ["queued", "PENDING"],
  ["running", "PROCESSING"],
] as const)("shows a %s job as %s", (status, task_status) => {
  expect(present({ status })).toEqual({ task_id: "job_1", task_status, request_id: "req_1" });
});

it("shows the links of a job that succeeded", () => {
  expect(present({ status: "succeeded", images: [image] })).toMatchObject({
    task_status: "SUCCEED",
    output_images: ["https://f/o/a.png"],
  });
});

it.each([
  [{ status: "failed", error: { code: "engine_failed", message: "m", retryable: false } }, "m", "engine_failed"],
  [{ status: "failed" }, "the job failed", "job_failed"],
  [{ status: "canceled" }, "the job is canceled", "job_canceled"],
  [{ status: "expired" }, "the job is expired", "job_expired"],
] as const)("shows %j as FAILED, with the reason", (changes, message, code) => {
  expect(present(changes)).toMatchObject({ task_status: "FAILED", errors: { message, code } });
});
