import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { InvalidInputError, PipelineError } from "../../shared/errors.ts";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import type { ReceiveOptions } from "../../shared/ports/queue.ts";
import { setUpConsumer } from "../../test/support/api/job-consumer.ts";
import { sampleWarning } from "../../test/support/sample-warning.ts";
import { consumeJobs } from "./consume-jobs.ts";

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

describe("a job that goes well", () => {
  it("ends with stored images, one seed each, its history, and an empty queue", async () => {
    const { jobs, objects, engine, submit, start, ended, drained } = await setUpConsumer();
    const id = await submit({ n: 2, seed: 2 ** 32 - 1 });
    await jobs.watch(id);
    start();
    const job = await ended(id);
    expect(job).toMatchObject({ status: "succeeded", attempt: 1, failures: 0, progress: { step: 6, total: 6 } });
    expect(engine.seen.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 2 ** 32]);
    expect(job.images.map(({ index, seed }) => [index, seed])).toEqual([
      [0, 2 ** 32 - 1],
      [1, 2 ** 32],
    ]);
    for (const image of job.images) {
      const stored = await objects.get(image.key);
      expect(stored).toMatchObject({ contentType: "image/png", bytes: image.bytes });
      expect(image.key).toBe(`o/${id}/${image.index}-${image.sha256}.png`);
    }
    const events = await jobs.events(id, 0);
    const steps = ["step", "step", "step", "image"];
    expect(events.map(({ type }) => type)).toEqual(["queued", "started", ...steps, ...steps, "done"]);
    const lastStep = events.findLast(({ type }) => type === "step");
    expect(lastStep?.data).toMatchObject({ image: 1, step: 3, total: 3 });
    expect((await objects.get(String(lastStep?.data.preview_key)))?.contentType).toBe("image/png");
    await drained();
  });

  it("is written when it begins and when it ends, where nobody watches: no step, no preview", async () => {
    const { jobs, objects, submit, start, ended } = await setUpConsumer();
    start();
    const id = await submit({ n: 2 });
    expect(await ended(id)).toMatchObject({ status: "succeeded", progress: { step: 6, total: 6 } });
    expect((await jobs.events(id, 0)).map(({ type }) => type)).toEqual(["queued", "started", "done"]);
    expect((await objects.list("p/", { limit: 10 })).objects).toEqual([]);
  });

  it("warns when the prompt was cut", async () => {
    const { submit, start, ended } = await setUpConsumer({ truncated: true });
    start();
    expect((await ended(await submit())).warnings).toMatchObject([
      { code: "prompt_truncated", message: expect.stringContaining("600 tokens") },
    ]);
  });
});

describe("a job that fails", () => {
  it("is tried again, and ends as a dead letter after three failures", async () => {
    const failing = () => {
      throw new PipelineError("adapter_unreachable", "no route to the store", { retryable: true });
    };
    const { queue, submit, start, ended, drained } = await setUpConsumer({ beforeStep: failing });
    start();
    const id = await submit();
    const job = await ended(id);
    expect(job).toMatchObject({ status: "failed", failures: 3, error: { code: "adapter_unreachable" } });
    await drained();
    expect(await queue.deadLetters(10)).toEqual([{ body: jobMessage(id), reason: "adapter_unreachable" }]);
  });

  it("fails at once when trying again cannot help", async () => {
    const failing = () => {
      throw new PipelineError("non_finite_output", "NaN");
    };
    const { submit, start, ended, drained } = await setUpConsumer({ beforeStep: failing });
    start();
    expect(await ended(await submit())).toMatchObject({ status: "failed", failures: 1 });
    await drained();
  });

  it.each([
    ["its request", new InvalidInputError("invalid_size", "too large"), 66],
    ["the engine", new PipelineError("flat_output", "one colour"), 0],
  ])("pays the steps begun where the fault lies with %s: %#", async (_, error, charged) => {
    const beforeStep = ({ seed }: { seed: number }) => {
      if (seed === 8) throw error;
    };
    const { submit, start, ended } = await setUpConsumer({ beforeStep });
    start();
    // The first of two images is drawn: 3 of 6 steps and the one begun, of 100 micro-units.
    const id = await submit({ n: 2 });
    expect(await ended(id)).toMatchObject({ status: "failed", charged });
  });

  it("says that its start latents are gone", async () => {
    const { submit, start, ended } = await setUpConsumer();
    start();
    expect(await ended(await submit({ latentsKey: "latents/none.f32" }))).toMatchObject({
      status: "failed",
      error: { code: "latents_missing" },
    });
  });

  it.each([
    [new TypeError("a bug"), "internal_error"],
    [new PipelineError("engine_stopped", "the thread ended", { retryable: true }), "engine_stopped"],
  ])("settles the attempt and ends the process on %s", async (failure, code) => {
    const failing = () => {
      throw failure;
    };
    const { jobs, submit, start } = await setUpConsumer({ beforeStep: failing });
    const id = await submit();
    await expect(start()).rejects.toThrow("the worker cannot draw any more");
    expect(await jobs.get(id)).toMatchObject({ status: "queued", failures: 1, error: { code } });
  });

  it.each([
    [new TypeError("a bug"), "internal_error", 3],
    [new PipelineError("engine_failed", "the engine failed: a bug", { retryable: true }), "engine_failed", 2],
  ])("costs no worker where the engine still draws after %s", async (failure, code, failures) => {
    const { queue, submit, start, ended, engine } = await setUpConsumer({
      beforeStep({ steps }) {
        if (steps === 5) throw failure;
      },
    });
    const [bad, good] = [await submit({ steps: 5 }), await submit()];
    start();
    expect(await ended(bad)).toMatchObject({ status: "failed", failures, error: { code } });
    expect(await ended(good)).toMatchObject({ status: "succeeded", failures: 0 });
    await expect.poll(() => engine.seen.filter(({ steps }) => steps === 1).length).toBe(failures);
    expect(await queue.deadLetters(10)).toEqual([{ body: jobMessage(bad), reason: code }]);
  });

  it("names a full disk, of which the engine is innocent, and charges nothing", async () => {
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const { submit, start, ended, engine } = await setUpConsumer({
      beforeStep() {
        throw full;
      },
    });
    const id = await submit();
    start();
    const error = { code: "storage_full", message: expect.stringContaining("the disk of this service is full") };
    expect(await ended(id)).toMatchObject({ status: "failed", failures: 3, error, charged: 0 });
    expect(engine.seen.every(({ steps }) => steps === 3)).toBe(true);
  });

  it("ends the process when memory ran out twice in a row, and is not tried on a third worker", async () => {
    const { jobs, submit, start } = await setUpConsumer({
      beforeStep() {
        throw new PipelineError("out_of_memory", "no memory left", { retryable: true });
      },
    });
    const id = await submit();
    await expect(start()).rejects.toThrow("the worker cannot draw any more");
    expect(await jobs.get(id)).toMatchObject({ status: "failed", failures: 2, error: { code: "out_of_memory" } });
  });

  it("keeps the process where memory ran out, but not twice in a row", async () => {
    let calls = 0;
    const { submit, start, ended } = await setUpConsumer({
      beforeStep() {
        if (calls++ % 2 === 0) throw new PipelineError("out_of_memory", "no memory left", { retryable: true });
      },
    });
    start();
    for (let round = 0; round < 3; round++) {
      expect(await ended(await submit({ steps: 1 }))).toMatchObject({ status: "succeeded", failures: 1 });
    }
  });

  it("gives the job back, which is no failure of it, and ends the process when the GPU is gone", async () => {
    const gone = () => {
      throw new PipelineError("device_lost", "no CUDA-capable device is detected", { retryable: true });
    };
    const { jobs, queue, submit, start } = await setUpConsumer({ beforeStep: gone });
    const id = await submit();
    await expect(start()).rejects.toThrow("the worker cannot draw any more");
    expect(await jobs.get(id)).toMatchObject({ status: "queued", failures: 0 });
    expect(await queue.depth()).toMatchObject({ visible: 1, inFlight: 0 });
  });
});

describe("stopping", () => {
  it("cancels between two steps", async () => {
    const { jobs, submit, start, ended, drained, engine } = await setUpConsumer({
      async beforeStep(_params, step, signal) {
        if (step < 3) return;
        await jobs.requestCancel(await id);
        await aborted(signal!); // by a look, which reads the request
      },
    });
    start();
    const id = submit({ steps: 50 });
    // Two steps of 50 and the one begun, of 100 micro-units, though nobody watched.
    expect(await ended(await id)).toMatchObject({ status: "canceled", images: [], charged: 6 });
    expect(engine.seen).toHaveLength(1);
    await drained();
  });

  it("finishes the job at hand when it fits the grace period", async () => {
    const { jobs, stop, submit, start, advance } = await setUpConsumer(
      {
        beforeStep(_params, step) {
          advance(20);
          if (step === 3) stop.abort();
        },
      },
      { graceMs: 5_000 },
    );
    const id = await submit({ steps: 4 });
    await start();
    expect((await jobs.get(id))?.status).toBe("succeeded");
  });

  it("gives the job back at once when it does not fit, and that is no failure", async () => {
    const { jobs, queue, stop, submit, start, advance } = await setUpConsumer({
      beforeStep(_params, step) {
        advance(20);
        if (step === 2) stop.abort();
        if (step > 2) throw new Error("step 3 was drawn");
      },
    });
    const id = await submit({ steps: 100 });
    await start();
    expect(await jobs.get(id)).toMatchObject({ status: "queued", attempt: 1, failures: 0 });
    expect(await queue.depth()).toMatchObject({ visible: 1, inFlight: 0 });
  });

  it("gives the job back on the second signal", async () => {
    const { jobs, stop, hurry, submit, start, advance } = await setUpConsumer(
      {
        beforeStep(_params, step) {
          advance(10);
          if (step === 2) stop.abort();
          if (step === 4) hurry.abort();
          if (step > 4) throw new Error("step 5 was drawn");
        },
      },
      { graceMs: 60_000 },
    );
    const id = await submit({ steps: 100 });
    await start();
    expect(await jobs.get(id)).toMatchObject({ status: "queued", failures: 0 });
  });

  it("discards what it drew when the lease was lost meanwhile", async () => {
    let taken = false;
    const { jobs, submit, start, engine, ended, said, advance } = await setUpConsumer(
      {
        // The process stands still past its lease, as on a frozen machine: no heartbeat runs before the claim.
        async beforeStep() {
          if (taken) return;
          taken = true;
          advance(150);
          const claim = await jobs.claim(await id, "w2");
          if (claim.outcome !== "claimed") throw new Error(claim.outcome);
          await jobs.succeed(claim.job, { images: [], warnings: [sampleWarning("by w2")], inferenceMs: 1 });
        },
      },
      { leaseMs: 100 },
    );
    const id = submit();
    start();
    expect(await ended(await id)).toMatchObject({ status: "succeeded", warnings: [{ message: "by w2" }] });
    await said("lease lost; the result is discarded");
    expect((await jobs.get(await id))?.warnings).toEqual([sampleWarning("by w2")]);
    expect(engine.seen).toHaveLength(1);
  });
});

it("draws on when progress and previews cannot be stored", async () => {
  const { objects, options, stop, hurry, submit, ended } = await setUpConsumer();
  const id = await submit();
  const put: typeof objects.put = async (key, ...rest) => {
    if (key.startsWith("p/")) throw new Error("ECONNRESET");
    return objects.put(key, ...rest);
  };
  const progress = () => Promise.reject(new Error("ECONNRESET"));
  const flaky = { ...options, jobs: { ...options.jobs, progress }, objects: { ...objects, put } };
  const running = consumeJobs(flaky, { stop: stop.signal, hurry: hurry.signal });
  expect(await ended(id)).toMatchObject({ status: "succeeded", failures: 0 });
  stop.abort();
  await running;
});

it("goes on when the queue cannot be told of a job that is done", async () => {
  const { queue, options, stop, hurry, submit, ended } = await setUpConsumer();
  const id = await submit();
  const receive = (how: ReceiveOptions) => queue.receive(how);
  const unreachable = { ...queue, receive, delete: () => Promise.reject(new Error("ECONNRESET")) };
  const running = consumeJobs({ ...options, queue: unreachable }, { stop: stop.signal, hurry: hurry.signal });
  expect(await ended(id)).toMatchObject({ status: "succeeded", failures: 0 });
  stop.abort();
  await expect(running, "it ends because it was told to").resolves.toBeUndefined();
});
