import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestLinks } from "../http/request-links.ts";
import { ownJob } from "./own-job.ts";
import { presentJob } from "./present-job.ts";
import { withBase64 } from "./result-base64.ts";

/** `GET /v1/jobs/{id}`: the job as it is now, with fresh result links. */
export function getJobRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/:id", dependencies.authenticate("jobs:read"), async (c) => {
    const job = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
    const place = await dependencies.queueView.place(job);
    const resource = presentJob(job, { link: requestLinks(c, dependencies), place });
    return c.json(await withBase64(resource, job, dependencies.objects), 200, { "Cache-Control": "no-store" });
  });
}
