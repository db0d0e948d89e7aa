import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { fleetLogMessage } from "../../shared/fair-queue/fleet-gauges.ts";
import { defaultScaling } from "../../shared/fair-queue/scaling.ts";
import { reportSecondsPerJob } from "../../shared/fair-queue/worker-reports.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Log } from "../../shared/process/log.ts";
import { countFeedable } from "../runs/count-feedable.ts";
import type { Run } from "../runs/run.ts";
import { runWrite } from "../runs/run-store.ts";
import type { Fleet } from "./ecs-fleet.ts";
import { readScalingSettings, scaleFleet } from "./scale-fleet.ts";

let now: number;
let items: Items;
let queue: Queue;
const desired = { spot: 0, onDemand: 0 };
const started = { spot: "worker:1", onDemand: "worker:1" };
let asked: [string, number][];

/** Machines that are up as soon as they are asked for. */
const fleet: Fleet = {
  counts: async () => ({
    spot: { desired: desired.spot, running: desired.spot, taskDefinition: started.spot },
    onDemand: { desired: desired.onDemand, running: desired.onDemand, taskDefinition: started.onDemand },
  }),
  async setDesired(kind, count, taskDefinition) {
    desired[kind] = count;
    started[kind] = taskDefinition ?? started[kind];
    asked.push([kind, count]);
  },
};

const clock = { now: () => now, sleep: async () => {} };
const settings = { ...defaultScaling, maxWorkers: 10, targetDrainS: 100, secondsPerJob: 10, idleS: 120 };
const log = vi.fn<Log>();
const version = { taskDefinition: "worker:1", name: "v1" };
const tick = (changes: Partial<typeof version> = {}) =>
  scaleFleet({ items, queue, fleet, settings, version: { ...version, ...changes }, clock, log });

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  Object.assign(desired, { spot: 0, onDemand: 0 });
  Object.assign(started, { spot: "worker:1", onDemand: "worker:1" });
  log.mockClear();
  asked = [];
  items = openEmbeddedItems(":memory:", { clock });
  queue = openEmbeddedQueue(":memory:", "jobs", { clock });
});

afterEach(() => Promise.all([items.close(), queue.close()]));

describe("scaleFleet", () => {
  it("asks for what the queue needs, and for nothing twice", async () => {
    for (let i = 0; i < 15; i++) await queue.send("{}");
    await tick();
    await tick();
    expect(asked).toEqual([["spot", 2]]);
  });

  it("sees rows of runs that can be jobs before another machine is up, and no more", async () => {
    const run = (id: string, fields: Partial<Run>) =>
      runWrite(
        {
          id,
          face: "openai_batch",
          identity: { accountId: "acc_1", terms: {} },
          inFlight: [],
          errors: [],
          nextAt: now,
          status: "running",
          total: 30,
          next: 5,
          createdAt: now,
          expiresAt: now + 1,
          ...fields,
        } as unknown as Run,
        undefined,
      );
    const pause = { code: "insufficient_balance", message: "", since: now, checks: 0, checkAt: now };
    await items.write([
      run("1", {}),
      run("2", { expiresAt: now }),
      run("3", { status: "canceling" }),
      run("4", { status: "paused", paused: pause }),
    ]);
    await tick();
    expect(desired.spot).toBe(3);
    // 300 rows in flight, looked at each 15 s: 4,800 in the four minutes until a machine is up.
    expect(await countFeedable(items, now, 10)).toBe(25);
    await items.write([run("5", { total: 50_000, next: 0 })]);
    expect(await countFeedable(items, now, 10)).toBe(25 + 4_800);
  });

  it("reckons with the pace that workers tell", async () => {
    await reportSecondsPerJob(items, "w1", 30, now);
    await reportSecondsPerJob(items, "w2", 50, now);
    for (let i = 0; i < 10; i++) await queue.send("{}");
    await tick();
    expect(desired.spot).toBe(4);
  });

  it("forgets workers that it has not heard of for ten minutes", async () => {
    await reportSecondsPerJob(items, "w1", 1_000, now);
    now += 600_001;
    await queue.send("{}");
    await tick();
    expect(desired.spot).toBe(1);
  });

  it("lets one worker of a new version draw a job before the other service follows", async () => {
    for (let i = 0; i < 40; i++) await queue.send("{}");
    await tick();
    expect(desired).toEqual({ spot: 4, onDemand: 0 });
    const next = { taskDefinition: "worker:2", name: "v2" };
    await tick(next);
    expect([desired, started]).toEqual([
      { spot: 4, onDemand: 1 },
      { spot: "worker:1", onDemand: "worker:2" },
    ]);
    now += 60_000;
    await reportSecondsPerJob(items, "old", 10, now, "v1");
    await tick(next);
    expect(started.spot).toBe("worker:1");
    await reportSecondsPerJob(items, "new", 10, now, "v2");
    await tick(next);
    expect(started).toEqual({ spot: "worker:2", onDemand: "worker:2" });
  });

  it("takes a version back of which no image is drawn, and says so once", async () => {
    for (let i = 0; i < 40; i++) await queue.send("{}");
    await tick();
    const broken = { taskDefinition: "worker:2", name: "v2" };
    for (let minute = 0; minute <= 32; minute++) {
      await reportSecondsPerJob(items, "old", 10, now, "v1");
      await tick(broken);
      now += 60_000;
    }
    expect(started).toEqual({ spot: "worker:1", onDemand: "worker:1" });
    const errors = log.mock.calls.filter(([level]) => level === "error");
    expect(errors).toEqual([["error", "new worker version refused", expect.objectContaining({ version: "v2" })]]);
  });

  it("takes a version back from the only worker of a fleet, whichever kind of machine it has", async () => {
    const broken = { taskDefinition: "worker:2", name: "v2" };
    for (const spot of [true, false]) {
      Object.assign(started, { spot: "worker:1", onDemand: "worker:1" });
      const single = { ...settings, maxWorkers: 1, spot };
      const tickSingle = (changed: typeof version) =>
        scaleFleet({ items, queue, fleet, settings: single, version: changed, clock, log });
      for (let i = 0; i < 5; i++) await queue.send("{}");
      await tickSingle(version);
      await reportSecondsPerJob(items, "old", 10, now, "v1");
      let refusedAfter: number | undefined;
      for (let minute = 0; minute <= 90 && refusedAfter === undefined; minute++) {
        now += 60_000;
        await tickSingle(broken);
        if (minute > 0 && started.spot === "worker:1" && started.onDemand === "worker:1") refusedAfter = minute;
      }
      expect(refusedAfter, `spot ${spot}`).toBeLessThanOrEqual(31);
      now += 60_000;
      await tickSingle(broken);
      expect(desired.spot + desired.onDemand, "the version before draws again").toBe(1);
      expect(started).toEqual({ spot: "worker:1", onDemand: "worker:1" });
    }
  });

  it("draws on while a new version is tried where all machines are on demand", async () => {
    const onDemandOnly = { ...settings, spot: false };
    const tickOnDemand = (changed: typeof version) =>
      scaleFleet({ items, queue, fleet, settings: onDemandOnly, version: changed, clock, log });
    for (let i = 0; i < 40; i++) await queue.send("{}");
    await tickOnDemand(version);
    expect(desired).toEqual({ spot: 0, onDemand: 4 });
    const next = { taskDefinition: "worker:2", name: "v2" };
    await tickOnDemand(next);
    expect([desired, started]).toEqual([
      { spot: 1, onDemand: 4 },
      { spot: "worker:2", onDemand: "worker:1" },
    ]);
    await reportSecondsPerJob(items, "new", 10, now, "v2");
    await tickOnDemand(next);
    expect([desired, started]).toEqual([
      // It draws, and so it stays while there is work.
      { spot: 1, onDemand: 4 },
      { spot: "worker:2", onDemand: "worker:2" },
    ]);
  });

  it("says for as long as it lasts that spot machines are missing, and that no image is drawn", async () => {
    const { counts } = fleet;
    const noMachines: Fleet = {
      ...fleet,
      counts: async () => {
        const { spot, onDemand } = await counts();
        return { spot: { ...spot, running: 0 }, onDemand: { ...onDemand, running: 0 } };
      },
    };
    for (let i = 0; i < 40; i++) await queue.send("{}");
    for (let minute = 0; minute < 75; minute++) {
      await scaleFleet({ items, queue, fleet: noMachines, settings, version, clock, log });
      now += 60_000;
    }
    const gauges = log.mock.calls.filter(([, message]) => message === fleetLogMessage).map(([, , fields]) => fields!);
    const avoided = gauges.map(({ spotAvoided }) => spotAvoided);
    // Missing after five minutes, and avoided for the half hour that follows.
    expect([avoided.indexOf(1), avoided.slice(5, 35).every((one) => one === 1)]).toEqual([5, true]);
    const vain = gauges.map(({ vainMinutes }) => Number(vainMinutes));
    expect(Math.max(...vain.slice(0, 3))).toBeLessThan(3);
    // Also after all were stopped at half an hour, since jobs still wait.
    expect(vain.slice(20).every((minutes) => minutes > 15)).toBe(true);
    expect(gauges.every(({ tasksFailed, versionRefused }) => tasksFailed === 0 && versionRefused === 0)).toBe(true);
  });

  it("remembers idleness from tick to tick", async () => {
    desired.spot = 2;
    for (const expected of [2, 2, 1, 0]) {
      await tick();
      expect(desired.spot).toBe(expected);
      now += 60_000;
    }
  });
});

describe("readScalingSettings", () => {
  it("fills in defaults", () => {
    expect(readScalingSettings({})).toEqual(defaultScaling);
    expect(readScalingSettings({ SCALING: '{"maxWorkers":7}' }).maxWorkers).toBe(7);
  });

  it.each(["{", '{"maxWorkers":-1}', '{"maxWorker":1}'])("refuses %s", (SCALING) => {
    expect(() => readScalingSettings({ SCALING })).toThrow("SCALING must be JSON of ScalingSettings");
  });
});
