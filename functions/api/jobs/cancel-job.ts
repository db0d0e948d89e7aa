import { Hono } from "hono";
import { terminalStatuses } from "../../../shared/job.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestLanguage } from "../http/request-language.ts";
import { requestLinks } from "../http/request-links.ts";
import { ownJob } from "./own-job.ts";
import { presentJob } from "./present-job.ts";

/**
 * `POST /v1/jobs/{id}/cancel`: 200 with the job when it is over (also by this call), 202 when it ends at its next step.
 */
export function cancelJobRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().post("/:id/cancel", dependencies.authenticate("jobs:write"), async (c) => {
    const { id } = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
    const job = await dependencies.jobs.requestCancel(id);
    return c.json(
      presentJob(job, { link: requestLinks(c, dependencies), language: requestLanguage(c) }),
      terminalStatuses.has(job.status) ? 200 : 202,
    );
  });
}
