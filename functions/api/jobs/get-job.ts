import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestLanguage } from "../http/request-language.ts";
import { requestLinks } from "../http/request-links.ts";
import { jsonWithFiles, withBase64 } from "./inline-files.ts";
import { ownJob } from "./own-job.ts";
import { presentJob } from "./present-job.ts";

/** `GET /v1/jobs/{id}`: the job as it is now, with fresh result links. Who asks for a running one sees its steps. */
export function getJobRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/:id", dependencies.authenticate("jobs:read"), async (c) => {
    const job = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
    if (job.status === "running") await dependencies.watches.touch(job.id);
    const place = await dependencies.queueView.place(job);
    const resource = presentJob(job, { link: requestLinks(c, dependencies), place, language: requestLanguage(c) });
    c.header("Cache-Control", "no-store");
    return jsonWithFiles(c, { job, make: (texts) => withBase64(resource, job, texts) }, dependencies);
  });
}
