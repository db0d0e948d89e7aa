import type { Clock } from "../../shared/ports/clock.ts";

/** A deployment's resources, by the names that AWS knows them by. */
export interface DeployedResources {
  readonly rules: readonly string[];
  readonly cluster: string | undefined;
  readonly services: readonly string[];
  readonly buckets: readonly string[];
}

export interface TeardownActions {
  disableRule(name: string): Promise<void>;
  setDesiredCount(cluster: string, service: string, count: number): Promise<void>;
  listTasks(cluster: string): Promise<readonly string[]>;
  stopTask(cluster: string, task: string): Promise<void>;
  /** Machines that still belong to the cluster. */
  countMachines(cluster: string): Promise<number>;
  /** Deletes every version of every object. @returns how many */
  emptyBucket(name: string): Promise<number>;
}

export interface TeardownOptions {
  readonly resources: DeployedResources;
  readonly actions: TeardownActions;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  /** A trial: what is stored goes with the stack. */
  readonly deleteData: boolean;
}

/**
 * Workers that hold a job protect their tasks; this long they may end it. A job that is not done is lost with the
 * stack.
 */
const jobsEndMs = 5 * 60_000;
/** ECS takes idle machines back a minute after their last task, and terminates them. */
const machinesLeaveMs = 15 * 60_000;
const pollMs = 10_000;

/**
 * Brings a deployment to rest, so that its stack can be deleted: the tick is stopped first, since it would start
 * workers again; then services go to none, tasks end, and machines leave the network, which cannot be deleted around
 * them.
 * @throws Error when machines are still there after fifteen minutes
 */
export async function prepareTeardown(options: TeardownOptions): Promise<void> {
  const { resources, actions, write, deleteData } = options;
  for (const rule of resources.rules) await actions.disableRule(rule);
  write("The tick is stopped: nothing starts workers any more.\n");
  const { cluster } = resources;
  if (cluster !== undefined) await stopWorkers(cluster, options);
  if (!deleteData) return;
  for (const bucket of resources.buckets) {
    write(`${bucket}: ${await actions.emptyBucket(bucket)} objects and versions deleted.\n`);
  }
}

async function stopWorkers(cluster: string, { resources, actions, clock, write }: TeardownOptions): Promise<void> {
  for (const service of resources.services) await actions.setDesiredCount(cluster, service, 0);
  const running = async () => (await actions.listTasks(cluster)).length;
  await waitForNone(running, { clock, write, what: "workers", waitMs: jobsEndMs });
  for (const task of await actions.listTasks(cluster)) await actions.stopTask(cluster, task);
  const machines = await waitForNone(() => actions.countMachines(cluster), {
    clock,
    write,
    what: "machines",
    waitMs: machinesLeaveMs,
  });
  if (machines > 0) {
    throw new Error(`${machines} machines are still in the cluster ${cluster}; look at it, and give --destroy again`);
  }
  write("No worker and no machine is left.\n");
}

/** Waits until `count` is 0, or `waitMs` are over. @returns the last count */
async function waitForNone(
  count: () => Promise<number>,
  {
    clock,
    write,
    what,
    waitMs,
  }: {
    readonly clock: Clock;
    readonly write: (text: string) => void;
    readonly what: string;
    readonly waitMs: number;
  },
): Promise<number> {
  const until = clock.now() + waitMs;
  let left = await count();
  while (left > 0 && clock.now() < until) {
    write(`${left} ${what} left …\n`);
    await clock.sleep(pollMs);
    left = await count();
  }
  return left;
}
