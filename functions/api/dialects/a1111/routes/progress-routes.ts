import { Hono } from "hono";
import type { Job } from "../../../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../../../dependencies.ts";
import { openJobs } from "../account-record.ts";
import { timestamp } from "../response.ts";

/** `progress` and `interrupt`, both about the jobs that the caller's account made through this API. */
export function progressRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, jobs, clock, watches } = dependencies;
  return new Hono<ApiEnv>()
    .get("/progress", authenticate("jobs:read"), async (c) => {
      const open = await openJobs(c.get("identity").accountId, dependencies);
      const current = open.find(({ status }) => status === "running") ?? open[0];
      if (current?.status === "running") await watches.touch(current.id);
      const wantsImage = c.req.query("skip_current_image") !== "true";
      const preview =
        wantsImage && current?.status === "running" ? await newestPreview(current, dependencies) : undefined;
      return c.json({ ...progressOf(current, clock.now()), current_image: preview ?? null }, 200, {
        "Cache-Control": "no-store",
      });
    })
    .post("/interrupt", authenticate("jobs:write"), async (c) => {
      for (const { id } of await openJobs(c.get("identity").accountId, dependencies)) await jobs.requestCancel(id);
      return c.json({});
    });
}

function progressOf(job: Job | undefined, now: number) {
  const { step = 0, total = 0 } = job?.progress ?? {};
  // Above 0 while anything is open: tools take 0 for nothing to wait for.
  const progress = job === undefined ? 0 : Math.min(0.99, Math.max(0.01, total === 0 ? 0 : step / total));
  const elapsedMs = job?.startedAt === undefined ? 0 : now - job.startedAt;
  const steps = job?.params.steps ?? 0;
  return {
    progress,
    eta_relative: step === 0 ? 0 : Math.round((elapsedMs / progress - elapsedMs) / 100) / 10,
    state: {
      skipped: false,
      interrupted: job?.cancelRequestedAt !== undefined,
      stopping_generation: false,
      job: job?.id ?? "",
      job_count: job?.params.n ?? 0,
      job_timestamp: job === undefined ? "0" : timestamp(job.createdAt),
      job_no: steps === 0 ? 0 : Math.floor(step / steps),
      sampling_step: steps === 0 ? 0 : step % steps,
      sampling_steps: steps,
    },
    textinfo: job?.status === "queued" ? "waiting in the queue" : null,
  };
}

/** Base64 of the newest preview, a small image. */
async function newestPreview(
  { id }: Job,
  { jobs, objects }: Pick<RouteDependencies, "jobs" | "objects">,
): Promise<string | undefined> {
  const events = await jobs.newestSteps(id, 5);
  const newest = events.find(({ data }) => typeof data.preview_key === "string");
  const stored = newest && (await objects.get(String(newest.data.preview_key)));
  return stored && Buffer.from(stored.body).toString("base64");
}
