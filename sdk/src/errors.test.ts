import { expect, it } from "vitest";
import type { Job } from "./api.ts";
import { JobError } from "./errors.ts";

const job = { id: "job_1", status: "canceled", error: null } as Job;

it("has the code of a failed job, and the status of one that has none", () => {
  const error = { code: "engine_failed", message: "out of memory" };
  const failed = new JobError({ ...job, status: "failed", error } as Job);
  expect(failed).toMatchObject({ code: "engine_failed", message: "job job_1 failed: out of memory" });
  expect(new JobError(job)).toMatchObject({ code: "canceled", message: "job job_1 is canceled" });
});
