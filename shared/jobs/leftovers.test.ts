import { expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { leftoversDue, leftoversGraceMs, leftoverWrites } from "./leftovers.ts";

it.each([
  ["succeeded", 1, 0],
  ["succeeded", 2, 1],
  ["failed", 1, 1],
  ["canceled", 0, 0],
] as const)("of a job that %s in attempt %i: %i note", (status, attempt, notes) => {
  expect(leftoverWrites(sampleJob("1", 0, { status, attempt }), 5_000)).toHaveLength(notes);
});

it("are looked for an hour after the end", () => {
  const [write] = leftoverWrites(sampleJob("1", 0, { status: "failed", attempt: 1 }), 5_000);
  expect(write).toMatchObject({
    put: { duePk: leftoversDue, dueAt: 5_000 + leftoversGraceMs, data: { jobId: "job_1" } },
  });
});
