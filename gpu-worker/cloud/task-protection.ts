import type { JobStore } from "../../shared/jobs/job-store.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";

/**
 * ECS's word that neither a smaller fleet nor a deployment may stop this task. A spot machine that is taken away stops
 * it all the same.
 */
export interface TaskProtection {
  /** Protected from now for so many minutes, or no longer. */
  set(protectedMinutes: number | undefined): Promise<void>;
}

/** Protection by the agent on the machine. @param agentUri - `ECS_AGENT_URI`, as ECS sets it */
export function openTaskProtection(agentUri: string): TaskProtection {
  return {
    async set(minutes) {
      const response = await fetch(`${agentUri}/task-protection/v1/state`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(
          minutes === undefined ? { ProtectionEnabled: false } : { ProtectionEnabled: true, ExpiresInMinutes: minutes },
        ),
        signal: AbortSignal.timeout(5_000),
      });
      if (!response.ok) throw new Error(`the ECS agent responded with ${response.status} to task protection`);
    },
  };
}

/**
 * The store, with the task protected while it holds a job: from a claim until the job is settled or given back, renewed
 * with each heartbeat so that it ends by itself soon after a worker that died. Protection that fails only risks a job
 * that is drawn again.
 */
export function protectWhileHeld(
  jobs: JobStore,
  protection: TaskProtection,
  { leaseMs, onError }: { readonly leaseMs: number; readonly onError: (error: unknown) => void },
): JobStore {
  // The agent counts in whole minutes; one more than the lease, so that protection never ends first.
  const minutes = Math.ceil(leaseMs / 60_000) + 1;
  const set = (value: number | undefined) => protection.set(value).catch(onError);
  const settles =
    <A extends unknown[], R>(settle: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await settle(...args);
      } finally {
        await set(undefined);
      }
    };
  return withMethods(jobs, {
    async claim(jobId, workerId) {
      // Before the claim: a task that is stopped between the two would hold a job.
      await set(minutes);
      const claim = await jobs.claim(jobId, workerId);
      if (claim.outcome !== "claimed") await set(undefined);
      return claim;
    },
    async heartbeat(held, done) {
      const job = await jobs.heartbeat(held, done);
      await set(minutes);
      return job;
    },
    succeed: settles((held, result, done) => jobs.succeed(held, result, done)),
    fail: settles((held, error, done) => jobs.fail(held, error, done)),
    cancel: settles((held, done) => jobs.cancel(held, done)),
    giveBack: settles((held, done) => jobs.giveBack(held, done)),
  });
}
