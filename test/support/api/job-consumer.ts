import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { afterEach } from "vitest";
import { consumeJobs } from "../../../gpu-worker/jobs/consume-jobs.ts";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { openEmbeddedObjects } from "../../../shared/embedded/objects.ts";
import { openEmbeddedQueue } from "../../../shared/embedded/queue.ts";
import type { Job } from "../../../shared/job.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import { jobMessage } from "../../../shared/jobs/job-message.ts";
import { type Clock, systemClock } from "../../../shared/ports/clock.ts";
import { Activity } from "../activity.ts";
import { createFakeEngine, type FakeEngineOptions } from "../engine/fake-engine.ts";
import { sampleJob, sampleParams, samplePrice } from "./sample-job.ts";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A worker over embedded stores and a fake engine, with what a test needs to give it jobs and to see what it does. */
export async function setUpConsumer(engineOptions: FakeEngineOptions = {}, { leaseMs = 2_000, graceMs = 200 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "consume-jobs-"));
  const items = openEmbeddedItems(":memory:");
  const queue = openEmbeddedQueue(":memory:", "jobs");
  const objects = openEmbeddedObjects(folder);
  cleanUps.push(async () => {
    await Promise.all([items.close(), queue.close(), objects.close()]);
    // A preview that was on its way when the job was given back may still arrive.
    await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 50 });
  });
  const newId = () => ulid();
  let ahead = 0;
  const clock: Clock = { now: () => Date.now() + ahead, sleep: systemClock.sleep };
  /** Time that passes for the worker and the store, and not for the test. */
  const advance = (ms: number) => {
    ahead += ms;
  };
  const jobs = createJobStore({ items, leaseMs, clock });
  const activity = new Activity();
  const logged: string[] = [];
  const engine = createFakeEngine(engineOptions);
  const stop = new AbortController();
  const hurry = new AbortController();
  const options = {
    queue: activity.watch(queue),
    jobs: activity.watch(jobs),
    objects,
    engine,
    newId,
    clock,
    log(_level: string, message: string) {
      logged.push(message);
      activity.tell();
    },
    workerId: "w1",
    previews: true,
    leaseMs,
    heartbeatMs: 20,
    lookMs: 5,
    graceMs,
  };
  const submit = async (changes: Partial<Job["params"]> = {}, message?: string) => {
    const { job } = await jobs.submit({
      job: sampleJob(newId(), Date.now(), {
        price: samplePrice,
        params: { ...sampleParams, seed: 7, steps: 3, ...changes },
      }),
      terms: { unlimited: true },
    });
    await queue.send(message ?? jobMessage(job.id));
    return job.id;
  };
  const start = () => {
    const running = consumeJobs(options, { stop: stop.signal, hurry: hurry.signal });
    cleanUps.push(async () => {
      stop.abort();
      hurry.abort();
      await running.catch(() => {});
    });
    return running;
  };
  const ended = (id: string) =>
    activity.until(async () => {
      const job = await jobs.get(id);
      return job?.finishedAt === undefined ? undefined : job;
    });
  const drained = () =>
    activity.until(async () => {
      const { visible, inFlight, delayed } = await queue.depth();
      return visible + inFlight + delayed === 0 || undefined;
    });
  const said = (message: string) => activity.until(() => logged.includes(message) || undefined);
  return { jobs, queue, objects, engine, options, stop, hurry, submit, start, ended, drained, said, advance };
}
