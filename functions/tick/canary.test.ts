import { describe, expect, it } from "vitest";
import { type CanaryMemory, type CanaryState, planCanary } from "./canary.ts";

const settings = { maxWorkers: 10, spot: true, giveUpS: 1_800 };
const now = Date.UTC(2026, 0, 1);
const minutes = (n: number) => now + n * 60_000;
const service = (taskDefinition: string, desired = 0, running = desired) => ({ taskDefinition, desired, running });
const state = (changes: Partial<CanaryState> = {}): CanaryState => ({
  services: { spot: service("old", 5), onDemand: service("old") },
  wanted: "new",
  hasDrawn: false,
  waitingJobs: 20,
  ...changes,
});
const memory: CanaryMemory = { taskDefinition: "new", kind: "onDemand", before: "old" };
const tried = (running: number, more: Partial<CanaryMemory> = {}, changes: Partial<CanaryState> = {}) =>
  state({
    services: { spot: service("old", 5), onDemand: service("new", 1, running) },
    memory: { ...memory, ...more },
    ...changes,
  });

describe("planCanary", () => {
  it("leaves services that have the version", () => {
    const services = { spot: service("new", 5), onDemand: service("new") };
    expect(planCanary(state({ services, memory }), settings, now)).toEqual({ rolls: {} });
  });

  it("tries a new version on the service that does less", () => {
    expect(planCanary(state(), settings, now)).toMatchObject({
      rolls: { onDemand: "new" },
      canary: "onDemand",
      memory,
    });
    const services = { spot: service("old", 1), onDemand: service("old", 4) };
    expect(planCanary(state({ services }), settings, now)).toMatchObject({ rolls: { spot: "new" }, canary: "spot" });
  });

  it("lets the other service follow once an image is drawn", () => {
    expect(planCanary(tried(1, {}, { hasDrawn: true }), settings, now)).toEqual({
      rolls: { spot: "new" },
      reason: "the new version follows",
    });
  });

  it("goes back where no image is drawn while jobs wait, and does not try that version again", () => {
    const first = planCanary(tried(1), settings, now);
    expect(first.memory?.triedSince).toBe(now);
    expect(planCanary(tried(1, first.memory), settings, minutes(29)).rolls).toEqual({});
    const refused = planCanary(tried(1, first.memory), settings, minutes(30));
    expect(refused).toMatchObject({ rolls: { onDemand: "old" }, memory: { refused: true } });
    expect(refused.canary).toBeUndefined();
    expect(refused.reason).toContain("no image drawn in 30 minutes");
    expect(planCanary(state({ memory: refused.memory }), settings, minutes(31))).toMatchObject({ rolls: {} });
    // The next deployment is another version.
    expect(planCanary(state({ wanted: "newer", memory: refused.memory }), settings, minutes(40)).rolls).toEqual({
      onDemand: "newer",
    });
  });

  it("does not count the time without a machine, or without a job to draw", () => {
    const before = { triedSince: now };
    expect(planCanary(tried(0, before), settings, minutes(60)).memory?.triedSince).toBeUndefined();
    expect(planCanary(tried(1, before, { waitingJobs: 0 }), settings, minutes(60)).memory?.triedSince).toBeUndefined();
  });

  it("takes what ECS's circuit breaker took back for refused", () => {
    expect(planCanary(state({ memory }), settings, now)).toMatchObject({ rolls: {}, memory: { refused: true } });
  });

  it("rolls both at once where there is no second service to go on meanwhile", () => {
    const both = { spot: "new", onDemand: "new" };
    expect(planCanary(state(), { ...settings, maxWorkers: 1 }, now).rolls).toEqual(both);
    expect(planCanary(state(), { ...settings, spot: false }, now).rolls).toEqual(both);
    expect(planCanary(state({ hasDrawn: true }), settings, now).rolls).toEqual(both);
  });
});
