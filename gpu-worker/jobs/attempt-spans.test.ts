import { expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { attemptSpans } from "./attempt-spans.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const job = { id: "job_1", attempt: 1, createdAt: 1_000, startedAt: 4_000, traceparent } as Job;
const drawn = { endMs: 9_000, workerId: "worker-1", model: "z-image-turbo", inferenceMs: 4_800 };

it("are the wait and the drawing, below the caller's span", () => {
  const parent = { traceId: "0af7651916cd43dd8448eb211c80319c", parentSpanId: "b7ad6b7169203331" };
  expect(attemptSpans(job, drawn)).toMatchObject([
    { ...parent, name: "wait in the queue", startMs: 1_000, endMs: 4_000 },
    { ...parent, name: "draw", startMs: 4_000, endMs: 9_000, attributes: { "z_image.inference_ms": 4_800 } },
  ]);
});

it("have one wait and a span of its own for each attempt", () => {
  const ids = [1, 2].map((attempt) => attemptSpans({ ...job, attempt }, drawn).map(({ spanId }) => spanId));
  expect(ids[0]![0]).toBe(ids[1]![0]);
  expect(ids[0]![1]).not.toBe(ids[1]![1]);
});

it("name the code of what failed, and no message", () => {
  const error = new PipelineError("out_of_memory", "a prompt may stand in it");
  expect(attemptSpans(job, { ...drawn, error })[1]!.error).toBe("out_of_memory");
  expect(attemptSpans(job, { ...drawn, error: new TypeError("x") })[1]!.error).toBe("internal_error");
});

it("are none where the trace is not recorded", () => {
  expect(attemptSpans({ ...job, traceparent: traceparent.replace(/01$/, "00") }, drawn)).toEqual([]);
});
