import { describe, expect, it } from "vitest";
import { prepareTeardown, type TeardownActions } from "./prepare-teardown.ts";

const resources = {
  rules: ["EveryMinute"],
  cluster: "workers",
  services: ["spot", "onDemand"],
  buckets: ["images", "weights"],
};

/** A cluster whose tasks end and whose machines leave at given times, and what was done to it. */
function deployment({ tasksEndAt = 0, machinesLeaveAt = 0 }: { tasksEndAt?: number; machinesLeaveAt?: number }) {
  const done: string[] = [];
  let now = 0;
  let stopped = false;
  const actions: TeardownActions = {
    disableRule: async (name) => void done.push(`disable ${name}`),
    setDesiredCount: async (_cluster, service, count) => void done.push(`${service}=${count}`),
    listTasks: async () => (!stopped && now < tasksEndAt ? ["task"] : []),
    stopTask: async (_cluster, task) => {
      stopped = true;
      done.push(`stop ${task}`);
    },
    countMachines: async () => (now < machinesLeaveAt ? 1 : 0),
    emptyBucket: async (name) => {
      done.push(`empty ${name}`);
      return 3;
    },
  };
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const written: string[] = [];
  const options = { resources, actions, clock, write: (text: string) => void written.push(text) };
  return { options, done, written, elapsed: () => now };
}

describe("prepareTeardown", () => {
  it("stops the tick before the workers, which it would start again, and keeps data", async () => {
    const { options, done } = deployment({});
    await prepareTeardown({ ...options, deleteData: false });
    expect(done).toEqual(["disable EveryMinute", "spot=0", "onDemand=0"]);
  });

  it("waits for jobs to end and for machines to leave", async () => {
    const { options, done, elapsed } = deployment({ tasksEndAt: 60_000, machinesLeaveAt: 200_000 });
    await prepareTeardown({ ...options, deleteData: false });
    expect(elapsed()).toBeGreaterThanOrEqual(200_000);
    expect(done).not.toContain("stop task");
  });

  it("stops a task that holds its job for more than five minutes", async () => {
    const { options, done } = deployment({ tasksEndAt: Number.POSITIVE_INFINITY });
    await prepareTeardown({ ...options, deleteData: false });
    expect(done.at(-1)).toBe("stop task");
  });

  it("does not go on while a machine stays, since its network could not be deleted", async () => {
    const { options, done } = deployment({ machinesLeaveAt: Number.POSITIVE_INFINITY });
    await expect(prepareTeardown({ ...options, deleteData: true })).rejects.toThrow("1 machines are still in");
    expect(done).not.toContain("empty images");
  });

  it("empties the buckets of a trial once nothing writes to them", async () => {
    const { options, done } = deployment({});
    await prepareTeardown({ ...options, deleteData: true });
    expect(done.slice(-2)).toEqual(["empty images", "empty weights"]);
  });

  it("empties the buckets of a stack that has no cluster, as a failed first deployment leaves it", async () => {
    const { options, done } = deployment({});
    await prepareTeardown({ ...options, resources: { ...resources, cluster: undefined }, deleteData: true });
    expect(done).toEqual(["disable EveryMinute", "empty images", "empty weights"]);
  });
});
