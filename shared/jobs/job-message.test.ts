import { expect, it } from "vitest";
import { jobMessage, parseJobMessage } from "./job-message.ts";

const jobId = "job_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

it("carries the id, and the trace context where there is one", () => {
  expect(parseJobMessage(jobMessage(jobId, traceparent))).toEqual({ jobId, traceparent });
  expect(parseJobMessage(jobMessage(jobId))).toEqual({ jobId, traceparent: undefined });
  expect(parseJobMessage(JSON.stringify({ v: 1, jobId, traceparent: "x" })), "a job is not lost for its trace").toEqual(
    {
      jobId,
      traceparent: undefined,
    },
  );
});

it.each([
  ["", "expected JSON"],
  ["{", "expected JSON"],
  ["null", 'expected {"v":1'],
  ["[1]", 'expected {"v":1'],
  [JSON.stringify({ jobId }), 'expected {"v":1'],
  [JSON.stringify({ v: 2, jobId }), "expected message version 1, got"],
  [JSON.stringify({ v: 1, jobId: "job_1" }), "expected a job id like"],
  [JSON.stringify({ v: 1, jobId: 5 }), "expected a job id like"],
  ["x".repeat(1_001), "at most 1000 characters, got 1001"],
])("says what is wrong with case %# in a short sentence", (body, problem) => {
  const parsed = parseJobMessage(body);
  expect(parsed).toEqual({ problem: expect.stringContaining(problem) });
  expect(JSON.stringify(parsed).length).toBeLessThan(250);
});
