import type { Hono } from "hono";
import { createApp } from "../../functions/api/app.ts";
import type { ApiEnv } from "../../functions/api/dependencies.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { DeliveryDispatcher, type DispatchDependencies } from "../../functions/webhook/dispatch-deliveries.ts";
import { consumeJobs } from "../../gpu-worker/jobs/consume-jobs.ts";
import { PipelineError } from "../../shared/errors.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { heartbeatsPerLease } from "../../shared/limits.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { createFakeEngine, fakeModel } from "../support/engine/fake-engine.ts";
import type { Scheduler } from "./scheduler.ts";

export const simulatedLeaseMs = 10_000;

/** What a process does: the production code that each kind runs is below. */
export type Role = "api" | "tick" | "dispatcher" | "worker";
/** There are several workers, and one of each other kind. */
export type ProcessName = Exclude<Role, "worker"> | `worker-${number}`;

export function kindOf(name: ProcessName): Role {
  return name.startsWith("worker") ? "worker" : (name as Role);
}

/** What a process stands on: its view of the stores, and its own clock. */
export interface RolePorts {
  readonly items: Items;
  readonly queue: Queue;
  readonly objects: Objects;
  readonly jobs: JobStore;
  readonly clock: Clock;
  readonly newId: () => string;
}

export function openApi(ports: RolePorts, scheduler: Scheduler): Hono<ApiEnv> {
  return createApp({
    ...ports,
    models: [catalogModel(fakeModel)],
    linkSecret: "a secret for links",
    localMode: false,
    newSeed: () => scheduler.between(0, 1_000),
    log: () => {},
  });
}

export async function runTick({ jobs, queue, clock }: RolePorts, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await sweepJobs({ jobs, queue }).catch(() => {});
    await clock.sleep(900, stop);
  }
}

export function runDispatcher(
  { items, jobs, clock, newId }: RolePorts,
  { fetch, random, pollMs }: Pick<DispatchDependencies, "fetch" | "random"> & { readonly pollMs: number },
  stop: AbortSignal,
): Promise<void> {
  return new DeliveryDispatcher({
    items,
    clock,
    newId,
    random,
    fetch,
    log: () => {},
    endpoints: new WebhookEndpoints({ items, clock, newId }),
    job: (id) => jobs.get(id),
    present: ({ id, status }) => ({ id, status }),
    secrets: async () => ["whsec_c2ltdWxhdGlvbi1zaW11bGF0aW9uLXNpbXVsYXRpb24="],
  }).run(stop, { pollMs });
}

interface WorkerOptions {
  readonly workerId: string;
  readonly scheduler: Scheduler;
  /** Whether its engine fails now and then. */
  readonly isStormy: () => boolean;
}

export function runWorker(
  { queue, objects, jobs, clock, newId }: RolePorts,
  { workerId, scheduler, isStormy }: WorkerOptions,
  stop: AbortSignal,
): Promise<void> {
  const engine = createFakeEngine({
    beforeStep: async ({ prompt }) => {
      await clock.sleep(scheduler.between(100, 1_500));
      if (prompt.includes("impossible")) throw new PipelineError("engine_refused", "it cannot be drawn");
      if (isStormy() && scheduler.chance(0.01)) {
        throw new PipelineError("out_of_memory", "no memory", { retryable: true });
      }
      if (isStormy() && scheduler.chance(0.003)) throw new Error("a bug");
    },
  });
  const options = {
    queue,
    objects,
    jobs,
    engine,
    newId,
    workerId,
    clock,
    previews: false,
    log: () => {},
    leaseMs: simulatedLeaseMs,
    heartbeatMs: simulatedLeaseMs / heartbeatsPerLease,
    lookMs: 500,
    graceMs: 2_000,
  };
  return consumeJobs(options, { stop, hurry: new AbortController().signal });
}
