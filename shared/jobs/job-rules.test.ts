import { describe, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { sampleWarning } from "../../test/support/sample-warning.ts";
import type { Job } from "../job.ts";
import { maxBrokenWorkers } from "../limits.ts";
import { assertHolds, attemptFailed, claimed, ended, renewed, requeued, succeeded, takeable } from "./job-rules.ts";

const now = 1_700_000_000_000;
const times = { leaseMs: 1_000, maxFailures: 3 };
const queued = (changes: Partial<Job> = {}) => sampleJob("1", now - 5_000, changes);
const running = (changes: Partial<Job> = {}) => claimed(queued(changes), "w1", now, times).job;
const crash = { code: "engine_failed", message: "m", retryable: true };

describe("a claim", () => {
  it("raises the attempt, begins a lease and forgets a former attempt's progress", () => {
    const before = queued({ attempt: 2, progress: { step: 1, total: 2 }, cancelRequestedAt: 1, startedAt: 7 });
    const { job, events } = claimed(before, "w2", now, times);
    expect(job).toMatchObject({ status: "running", attempt: 3, workerId: "w2", leaseUntil: now + 1_000, startedAt: 7 });
    expect([job.progress, job.cancelRequestedAt]).toEqual([undefined, undefined]);
    expect(events).toEqual([{ type: "started", data: { attempt: 3 } }]);
    expect(claimed(queued(), "w1", now, times).job.startedAt).toBe(now);
  });

  it("is held by its own attempt alone, while that runs", () => {
    const job = running();
    expect(() => assertHolds(job, job)).not.toThrow();
    expect(() => assertHolds(renewed(job, now, times), job)).not.toThrow();
    for (const current of [{ ...job, attempt: 2 }, requeued(job, "x").job, ended(job, "canceled", now).job]) {
      expect(() => assertHolds(current, job)).toThrow(expect.objectContaining({ code: "lease_lost" }));
    }
  });
});

describe("a failed attempt", () => {
  const broke = { ...crash, brokeWorker: true };
  it.each([
    ["goes back in the queue while failures are left", { failures: 1 }, crash, "queued"],
    ["is the end at the last failure", { failures: 2 }, crash, "failed"],
    ["is the end when no other try may help", {}, { ...crash, retryable: false }, "failed"],
    ["is the end sooner when workers broke on it", { brokenWorkers: maxBrokenWorkers - 1 }, broke, "failed"],
    ["counts other failures apart from these", { failures: 1, brokenWorkers: 1 }, crash, "queued"],
  ])("%s", (_, before, error, status) => {
    const { job } = attemptFailed(running(before), error, now, times);
    const failures = ("failures" in before ? before.failures! : 0) + 1;
    expect(job).toMatchObject({
      status,
      failures,
      error: { code: "engine_failed", message: expect.stringMatching(/^m/) },
    });
    expect([job.leaseUntil, job.workerId]).toEqual([undefined, undefined]);
    expect(job.error).not.toHaveProperty("brokeWorker");
  });

  it("says why it is not tried again when workers broke on it", () => {
    const { job } = attemptFailed(running({ brokenWorkers: maxBrokenWorkers - 1 }), broke, now, times);
    expect(job.error!.message).toContain("so the job is not tried again: try a smaller size");
  });
});

describe("a job that nobody holds", () => {
  it.each([
    ["may be taken", queued(), "queued"],
    ["is canceled when that was asked for", queued({ cancelRequestedAt: 1, deadlineAt: 1 }), "canceled"],
    ["expires at its deadline", queued({ deadlineAt: now }), "expired"],
    ["does not expire before it", queued({ deadlineAt: now + 1 }), "queued"],
    ["does not expire once begun", queued({ deadlineAt: now, startedAt: 1 }), "queued"],
    ["is tried again when its worker was lost", running(), "queued"],
    ["has failed when it lost its last worker", running({ failures: 2 }), "failed"],
  ])("%s", (_, job, status) => expect(takeable(job, now, times).job.status).toBe(status));
});

describe("the end", () => {
  it("keeps the warnings of the request before those of the worker", () => {
    const { job, events } = succeeded(
      running({ warnings: [sampleWarning("a")] }),
      { images: [], warnings: [sampleWarning("b")], inferenceMs: 9 },
      now,
    );
    expect(job).toMatchObject({
      status: "succeeded",
      warnings: [{ message: "a" }, { message: "b" }],
      inferenceMs: 9,
      finishedAt: now,
    });
    expect(events).toEqual([{ type: "done", data: { images: 0 } }]);
  });

  it("tells the reason of a failure, and shows no error of an attempt before it otherwise", () => {
    expect(ended(running(), "failed", now, crash).events).toEqual([
      { type: "error", data: { code: "engine_failed", message: "m" } },
    ]);
    const { job, events } = ended(queued({ error: crash }), "expired", now);
    expect([job.error, events]).toEqual([undefined, [{ type: "done", data: { status: "expired" } }]]);
  });
});
