import { describe, expect, it } from "vitest";
import { decide, defaultScaling, type ScalingMemory, type ScalingSettings, type ScalingState } from "./scaling.ts";

const settings: ScalingSettings = {
  ...defaultScaling,
  maxWorkers: 10,
  targetDrainS: 100,
  secondsPerJob: 10,
  idleS: 300,
};
const now = Date.UTC(2026, 0, 1);
const minutes = (n: number) => now + n * 60_000;

const none = { desired: 0, running: 0 };
const quiet: ScalingState = { waitingJobs: 0, heldJobs: 0, spot: none, onDemand: none, memory: {} };
const up = (n: number) => ({ desired: n, running: n });

const workers = (state: Partial<ScalingState>, at = now, more: Partial<ScalingSettings> = {}) => {
  const { spot, onDemand } = decide({ ...quiet, ...state }, { ...settings, ...more }, at);
  return [spot, onDemand];
};

describe("decide", () => {
  it.each([
    ["nothing to do", {}, [0, 0]],
    ["one job", { waitingJobs: 1 }, [1, 0]],
    ["work for one drain time", { waitingJobs: 10 }, [1, 0]],
    ["work for a little more", { waitingJobs: 11 }, [2, 0]],
    ["half of held jobs counts", { waitingJobs: 5, heldJobs: 10, spot: up(1) }, [1, 0]],
    ["jobs that take longer", { waitingJobs: 10, secondsPerJob: 40 }, [4, 0]],
    ["no more workers than jobs", { waitingJobs: 2, secondsPerJob: 1_000 }, [2, 0]],
    ["more work than the most workers do", { waitingJobs: 10_000 }, [10, 0]],
  ])("asks for what the work needs: %s", (_what, state, expected) => {
    expect(workers(state)).toEqual(expected);
  });

  it("buys no fleet on one reading", () => {
    expect(workers({ waitingJobs: 10_000 }, now, { maxWorkers: 100, maxAddedPerDecision: 20 })).toEqual([20, 0]);
  });

  it("keeps its workers until they were idle for the whole time, then goes by halves", () => {
    let memory: ScalingMemory = {};
    let spot = 8;
    const seen: number[] = [];
    for (let minute = 0; minute <= 9; minute++) {
      const decision = decide({ ...quiet, spot: up(spot), memory }, settings, minutes(minute));
      ({ memory, spot } = decision);
      seen.push(spot);
    }
    expect(seen).toEqual([8, 8, 8, 8, 8, 4, 2, 1, 0, 0]);
  });

  it("restarts the idle time when work came in between", () => {
    const idle = decide({ ...quiet, spot: up(4) }, settings, now);
    const busy = decide({ ...quiet, spot: up(4), waitingJobs: 30, memory: idle.memory }, settings, minutes(4));
    expect(busy.memory.surplusSince).toBeUndefined();
    expect(decide({ ...quiet, spot: up(4), memory: busy.memory }, settings, minutes(6)).spot).toBe(4);
  });

  it("stops no worker while work waits", () => {
    expect(workers({ waitingJobs: 1, spot: up(8), memory: { surplusSince: 0 } })).toEqual([8, 0]);
  });

  it("keeps the least and never exceeds the most, also when the settings changed", () => {
    expect(workers({}, now, { minWorkers: 2 })).toEqual([2, 0]);
    expect(workers({ spot: up(8) }, now, { maxWorkers: 3 })).toEqual([3, 0]);
    expect(workers({ waitingJobs: 5 }, now, { maxWorkers: 0 })).toEqual([0, 0]);
  });

  it("asks on demand for spot workers that do not come, and for spot again later", () => {
    const asked = decide({ ...quiet, waitingJobs: 30 }, settings, now);
    expect([asked.spot, asked.onDemand]).toEqual([3, 0]);
    const short = { ...quiet, waitingJobs: 30, spot: { desired: 3, running: 1 } };
    const waiting = decide({ ...short, memory: asked.memory }, settings, minutes(1));
    expect([waiting.spot, waiting.onDemand]).toEqual([3, 0]);
    const missing = decide({ ...short, memory: waiting.memory }, settings, minutes(6));
    expect([missing.spot, missing.onDemand]).toEqual([1, 2]);
    expect(missing.reason).toContain("no spot");
    const more = { ...quiet, waitingJobs: 50, spot: up(1), onDemand: up(2), memory: missing.memory };
    const during = decide(more, settings, minutes(10));
    expect([during.spot, during.onDemand]).toEqual([1, 4]);
    const after = decide({ ...more, drawnAt: minutes(39) }, settings, minutes(40));
    expect([after.spot, after.onDemand]).toEqual([3, 2]);
  });

  it("does not take a fleet that grows for one without spot machines", () => {
    // Twenty more each minute, and each machine comes four minutes after it was asked for.
    const asked: number[] = [];
    let memory: ScalingMemory = {};
    for (let minute = 0; minute < 14; minute++) {
      const spot = { desired: asked.at(-1) ?? 0, running: asked[minute - 5] ?? 0 };
      const more = { ...settings, maxWorkers: 200 };
      const decision = decide({ ...quiet, waitingJobs: 10_000, spot, memory }, more, minutes(minute));
      expect(decision).toMatchObject({ onDemand: 0, reason: expect.not.stringContaining("no spot") });
      memory = decision.memory;
      asked.push(decision.spot);
    }
    expect(asked.at(-1)).toBe(200);
  });

  it("takes spot machines that only trickle in for missing, after three times the grace", () => {
    let memory: ScalingMemory = {};
    const reasons: string[] = [];
    let spot = { desired: 0, running: 0 };
    for (let minute = 0; minute <= 16; minute++) {
      const decision = decide({ ...quiet, waitingJobs: 100, spot, memory }, settings, minutes(minute));
      reasons.push(decision.reason);
      memory = decision.memory;
      spot = { desired: decision.spot, running: Math.min(decision.spot, Math.floor(minute / 4)) };
    }
    expect(reasons.findIndex((reason) => reason.includes("no spot"))).toBe(15);
  });

  it("stops all workers where none draws, then tries one at a time until one does", () => {
    const crashing = { ...quiet, waitingJobs: 100, spot: up(4) };
    let memory = decide(crashing, settings, now).memory;
    ({ memory } = decide({ ...crashing, memory }, settings, minutes(29)));
    const stopped = decide({ ...crashing, memory }, settings, minutes(30));
    expect(stopped).toMatchObject({ spot: 0, onDemand: 0, reason: "gave up: no image drawn for 30 minutes" });
    const none = { ...crashing, spot: up(0), memory: stopped.memory };
    expect(decide(none, settings, minutes(59))).toMatchObject({ spot: 0, onDemand: 0 });
    const tries = decide(none, settings, minutes(60));
    expect(tries).toMatchObject({ spot: 1, onDemand: 0, reason: "gave up: tries one worker" });
    const one = { ...crashing, spot: up(1), memory: tries.memory };
    ({ memory } = decide(one, settings, minutes(61)));
    expect(decide({ ...one, memory }, settings, minutes(91))).toMatchObject({ spot: 0, onDemand: 0 });
    const draws = decide({ ...one, memory, drawnAt: minutes(62) }, settings, minutes(62));
    expect(draws).toMatchObject({ spot: 10, onDemand: 0, reason: "work waits" });
    expect(draws.memory.gaveUpAt).toBeUndefined();
  });

  it("goes on for as long as images are drawn, and keeps idle workers that have nothing to draw", () => {
    let memory: ScalingMemory = {};
    for (let minute = 0; minute < 120; minute += 10) {
      const state = { ...quiet, waitingJobs: 100, spot: up(10), memory, drawnAt: minutes(minute - 5) };
      const decision = decide(state, settings, minutes(minute));
      expect(decision.spot).toBe(10);
      memory = decision.memory;
    }
    const warm = { ...settings, minWorkers: 2 };
    memory = decide({ ...quiet, spot: up(2) }, warm, now).memory;
    expect(decide({ ...quiet, spot: up(2), memory }, warm, minutes(600)).spot).toBe(2);
  });

  it("lets on-demand workers go first", () => {
    expect(workers({ spot: up(2), onDemand: up(2), memory: { surplusSince: 0 } })).toEqual([2, 0]);
  });

  it("asks on demand alone without spot", () => {
    expect(workers({ waitingJobs: 30 }, now, { spot: false })).toEqual([0, 3]);
  });
});
