import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { watchMs } from "../../shared/jobs/watched-jobs.ts";
import type { Items } from "../../shared/ports/items.ts";
import { Activity } from "../../test/support/activity.ts";
import { sampleJob, sampleParams } from "../../test/support/api/sample-job.ts";
import { createFakeEngine } from "../../test/support/engine/fake-engine.ts";
import type { TestClock } from "../../test/support/fast-clock.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createMemoryQueue } from "../../test/support/memory-queue.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import { type Hold, holdJob } from "./hold-job.ts";

const leaseMs = 60_000;
const heartbeatMs = 20_000;
const lookMs = 1_000;
const graceMs = 10_000;

let clock: TestClock;
let items: Items;
let activity: Activity;
let hold: Hold | undefined;

beforeEach(() => {
  clock = manualClock();
  items = openEmbeddedItems(":memory:");
  activity = new Activity();
});
afterEach(async () => {
  hold?.release();
  await items.close();
});

/** A claimed job of ten steps, held. */
async function held(
  changes: Partial<ConsumeOptions> = {},
  { watchFirst = false, webhook }: { readonly watchFirst?: boolean; readonly webhook?: Job["webhook"] } = {},
) {
  const store = createJobStore({ items, clock, leaseMs });
  const queue = createMemoryQueue({ clock });
  const { job: submitted } = await store.submit({
    job: sampleJob("1", clock.now(), { params: { ...sampleParams, steps: 10 }, webhook }),
  });
  if (watchFirst) await store.watch(submitted.id);
  await queue.send(submitted.id);
  const [message] = await queue.receive({ visibilityMs: leaseMs });
  const claim = await store.claim(submitted.id, "w1");
  if (claim.outcome !== "claimed") throw new Error(claim.outcome);
  const [stop, hurry] = [new AbortController(), new AbortController()];
  const options: ConsumeOptions = {
    queue: activity.watch(queue),
    jobs: activity.watch(store),
    objects: openEmbeddedObjects("/nowhere"),
    engine: createFakeEngine(),
    clock,
    log: activity.tell,
    workerId: "w1",
    previews: false,
    leaseMs,
    heartbeatMs,
    lookMs,
    graceMs,
    ...changes,
  };
  hold = holdJob(claim.job, message!, options, { stop: stop.signal, hurry: hurry.signal });
  hold.signal.addEventListener("abort", activity.tell);
  return { hold, store, queue, job: claim.job, stop, hurry };
}

const step = (done: number) => ({
  event: { type: "step" as const, data: { step: done } },
  step: done,
  total: 10,
});
const leaseOf = (job: Job | undefined) => job?.leaseUntil;

describe("the lease", () => {
  it("is renewed with every heartbeat, and so is the message", async () => {
    const { store, queue, job } = await held();
    const before = leaseOf(job)!;
    clock.advance(heartbeatMs);
    const renewed = await activity.until(async () => {
      const now = leaseOf(await store.get(job.id))!;
      return now > before ? now : undefined;
    });
    expect(renewed).toBe(before + heartbeatMs);
    expect(await queue.depth()).toMatchObject({ visible: 0, inFlight: 1 });
  });

  it("is lost when another worker has claimed the job", async () => {
    const { hold, store, job } = await held();
    clock.advance(leaseMs + 1); // the heartbeat that this wakes comes after the claim
    expect((await store.claim(job.id, "w2")).outcome).toBe("claimed");
    await activity.until(() => hold.signal.aborted || undefined);
    expect(hold.reason()).toBe("lost");
  });

  it("counts as lost once the store was silent for as long as it lasts, not before", async () => {
    const store = createJobStore({ items, clock, leaseMs });
    const silent = { ...store, heartbeat: () => Promise.reject(new Error("ECONNRESET")) };
    let failures = 0;
    const log = () => {
      failures++;
      activity.tell();
    };
    const { hold } = await held({ jobs: silent, log });
    for (let beats = 1; beats <= 2; beats++) {
      clock.advance(heartbeatMs);
      await activity.until(() => failures === beats || undefined);
      expect(hold.signal.aborted).toBe(false);
    }
    clock.advance(heartbeatMs);
    await activity.until(() => hold.signal.aborted || undefined);
    expect(hold.reason()).toBe("lost");
  });
});

it("learns of a cancel from its next look", async () => {
  const { hold, store, job } = await held();
  await store.requestCancel(job.id);
  clock.advance(lookMs);
  await activity.until(() => hold.signal.aborted || undefined);
  expect(hold.reason()).toBe("canceled");
});

describe("when the worker is to stop", () => {
  it.each([
    ["finishes what fits the grace period at the pace so far", 5, 10_000, false],
    ["gives up at once what does not", 5, 10_001, true],
    ["gives up at once before the first step, which says nothing of the pace", 0, 1, true],
  ])("%s", async (_, steps, elapsedMs, givesUp) => {
    const { hold, stop } = await held();
    clock.advance(elapsedMs);
    if (steps > 0) await hold.report(step(steps));
    stop.abort();
    expect(hold.reason()).toBe(givesUp ? "stopping" : undefined);
  });

  it("gives up at the end of the grace period what took longer than expected", async () => {
    const { hold, stop } = await held();
    clock.advance(1_000);
    await hold.report(step(5));
    stop.abort();
    clock.advance(graceMs);
    await activity.until(() => hold.signal.aborted || undefined);
    expect(hold.reason()).toBe("stopping");
  });

  it("gives up at once on the second signal", async () => {
    const { hold, stop, hurry } = await held();
    clock.advance(1_000);
    await hold.report(step(5));
    stop.abort();
    hurry.abort();
    expect(hold.reason()).toBe("stopping");
  });
});

describe("steps of a job that nobody watches", () => {
  const types = async (store: JobStore, id: string) => (await store.events(id, 0)).map(({ type }) => type);

  it("cost no write, and go with the heartbeats", async () => {
    const { hold, store, job } = await held();
    for (const done of [1, 2, 3]) await hold.report(step(done));
    expect(await types(store, job.id)).toEqual(["queued", "started"]);
    expect((await store.get(job.id))?.progress).toBeUndefined();
    expect(hold.done()).toEqual({ step: 3, total: 10 });
    clock.advance(heartbeatMs);
    const progress = await activity.until(async () => (await store.get(job.id))?.progress);
    expect(progress).toEqual({ step: 3, total: 10 });
  });

  it("are told from the first on to who watched before the job was begun", async () => {
    const { hold, store, job } = await held({}, { watchFirst: true });
    for (const done of [1, 2]) await hold.report(step(done));
    await activity.until(async () => (await types(store, job.id)).length === 4 || undefined);
    expect(await types(store, job.id)).toEqual(["queued", "started", "step", "step"]);
  });

  it("are told as they are now, within a look, to who comes later, and not any more once it has left", async () => {
    const { hold, store, job } = await held();
    for (const done of [1, 2]) await hold.report(step(done));
    await store.watch(job.id);
    clock.advance(lookMs);
    const found = await activity.until(async () => (await store.events(job.id, 2)).at(0));
    expect(found.data).toEqual({ step: 2 });
    clock.advance(watchMs);
    await hold.report(step(3));
    await hold.report({ ...step(4), event: { type: "image", data: { index: 0 } } });
    expect(await types(store, job.id)).toEqual(["queued", "started", "step"]);
  });

  it("are told where a webhook wants them", async () => {
    const webhook = { url: "https://example.test/hook", events: ["job.progress"] };
    const { hold, store, job } = await held({}, { webhook });
    await hold.report({ ...step(1), event: { type: "image", data: { index: 0 } } });
    expect(await types(store, job.id)).toEqual(["queued", "started", "image"]);
  });

  it("are told when a look had failed, by the next one that does not", async () => {
    const store = createJobStore({ items, clock, leaseMs });
    let broken = true;
    const look: JobStore["look"] = async (job) => (broken ? Promise.reject(new Error("ECONNRESET")) : store.look(job));
    const { hold, job } = await held({ jobs: activity.watch({ ...store, look }) }, { watchFirst: true });
    await hold.report(step(1));
    expect(hold.signal.aborted).toBe(false);
    broken = false;
    clock.advance(lookMs);
    await activity.until(async () => (await types(store, job.id)).length === 3 || undefined);
  });
});
