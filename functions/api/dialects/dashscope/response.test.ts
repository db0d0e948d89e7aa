import { expect, it } from "vitest";
import type { Job } from "../../../../shared/job.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { presentTask } from "./response.ts";

const link = { origin: "https://api.example.com", file: (key: string) => ({ url: `https://f/${key}`, expiresAt: 0 }) };
const present = (changes: Partial<Job>) =>
  presentTask(sampleJob("1", Date.UTC(2026, 0, 31, 12), changes), { link, requestId: "req_1" });
const images = [{ key: "a" }, { key: "b" }] as unknown as Job["images"];

it("shows the images of a job that succeeded in both forms, and times without a zone", () => {
  const { output, usage } = present({ status: "succeeded", images, finishedAt: Date.UTC(2026, 0, 31, 12, 0, 1, 5) });
  expect(output).toMatchObject({
    task_status: "SUCCEEDED",
    submit_time: "2026-01-31 12:00:00.000",
    end_time: "2026-01-31 12:00:01.005",
    results: [{ url: "https://f/a" }, { url: "https://f/b" }],
    choices: [
      { message: { content: [{ image: "https://f/a" }, { text: "a fox" }] } },
      { message: { content: [{ image: "https://f/b" }, { text: "a fox" }] } },
    ],
  });
  expect(usage).toEqual({ width: 64, height: 64, image_count: 2 });
});

it("shows neither images nor an error of a job under way, though an attempt has failed", () => {
  const error = { code: "engine_failed", message: "out of memory", retryable: true };
  const { output, ...rest } = present({ status: "running", images, error });
  expect(output).toEqual({ task_id: "job_1", task_status: "RUNNING", submit_time: "2026-01-31 12:00:00.000" });
  expect(rest).toEqual({ request_id: "req_1" });
});

it.each([
  ["failed", { code: "content_policy", message: "no" }, "FAILED", "DataInspectionFailed", "no"],
  ["failed", undefined, "FAILED", "job_failed", "the job is failed"],
  ["canceled", undefined, "CANCELED", "job_canceled", "the job is canceled"],
  ["expired", undefined, "FAILED", "job_expired", "the job is expired"],
] as const)("tells why a job %s: %j", (status, error, task_status, code, message) => {
  expect(present({ status, error: error as Job["error"] }).output).toMatchObject({ task_status, code, message });
});
