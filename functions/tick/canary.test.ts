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

  it("tries it beside the others where all machines are on demand: in the service that has no workers then", () => {
    const onDemandOnly = { ...settings, spot: false };
    const services = { spot: service("old"), onDemand: service("old", 5) };
    const begun = planCanary(state({ services }), onDemandOnly, now);
    expect(begun).toMatchObject({ rolls: { spot: "new" }, canary: "spot" });
    const idle = { spot: service("old"), onDemand: service("old") };
    expect(planCanary(state({ services: idle }), onDemandOnly, now).canary).toBe("spot");
    const trying = { spot: service("new", 1, 1), onDemand: service("old", 5) };
    const seen = { services: trying, memory: begun.memory };
    expect(planCanary(state({ ...seen, hasDrawn: true }), onDemandOnly, now).rolls).toEqual({ onDemand: "new" });
  });

  describe("with one worker at most", () => {
    const alone = { ...settings, maxWorkers: 1 };
    const services = { spot: service("old", 1), onDemand: service("old") };
    const rolled = { spot: service("new", 1), onDemand: service("new") };

    it("has that worker try it, and keeps what has drawn", () => {
      const begun = planCanary(state({ services }), alone, now);
      expect(begun).toMatchObject({ rolls: { spot: "new", onDemand: "new" }, memory: { kind: "both", before: "old" } });
      expect(begun.canary).toBeUndefined();
      const drawn = state({ services: rolled, memory: begun.memory, hasDrawn: true });
      expect(planCanary(drawn, alone, now)).toMatchObject({ rolls: {} });
      expect(planCanary(drawn, alone, now).memory).toBeUndefined();
    });

    it("goes back with both where it draws nothing while jobs wait", () => {
      const begun = planCanary(state({ services }), alone, now);
      const first = planCanary(state({ services: rolled, memory: begun.memory }), alone, now);
      expect(first).toMatchObject({ rolls: {}, memory: { triedSince: now } });
      const refused = planCanary(state({ services: rolled, memory: first.memory }), alone, minutes(30));
      expect(refused).toMatchObject({ rolls: { spot: "old", onDemand: "old" }, memory: { refused: true } });
      expect(planCanary(state({ services, memory: refused.memory }), alone, minutes(31)).rolls).toEqual({});
    });

    it("goes back with the other service, too, where ECS took one back", () => {
      const memory: CanaryMemory = { taskDefinition: "new", kind: "both", before: "old" };
      const half = { spot: service("old", 1), onDemand: service("new") };
      expect(planCanary(state({ services: half, memory }), alone, now)).toMatchObject({
        rolls: { onDemand: "old" },
        memory: { refused: true },
      });
    });
  });

  it("lets all follow what has drawn", () => {
    const both = { spot: "new", onDemand: "new" };
    expect(planCanary(state({ hasDrawn: true }), settings, now).rolls).toEqual(both);
  });
});
