import { type Context, Hono } from "hono";
import type { Job } from "../../../../shared/job.ts";
import type { ImageSubmission } from "../../../../shared/request/parse-image-request.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestLinks } from "../../http/request-links.ts";
import { ownJob } from "../../jobs/own-job.ts";
import { ApiError } from "../../problems/api-error.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import { holdResponse } from "../hold-response.ts";
import { jobFailure } from "./errors.ts";
import { parseMessagesRequest, parsePromptRequest } from "./request.ts";
import { presentChoices, presentTask } from "./response.ts";

export function dashscopeRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, jobs } = dependencies;
  const context = (c: Context<ApiEnv>) => ({
    link: requestLinks(c, dependencies),
    requestId: c.get("requestId"),
  });
  const isAsync = (c: Context) => c.req.header("x-dashscope-async")?.toLowerCase() === "enable";
  async function submit(
    c: Context<ApiEnv>,
    parse: (body: unknown, dependencies: RouteDependencies) => ImageSubmission,
  ): Promise<Job> {
    const body = await readJsonBody(c.req.raw);
    const submission = parse(body, dependencies);
    return submitOrReattach(c, { body, submission, waitMs: isAsync(c) ? 0 : undefined }, dependencies);
  }
  const write = authenticate("jobs:write");
  return new Hono<ApiEnv>()
    .post("/api/v1/services/aigc/multimodal-generation/generation", write, bodyLimit(), async (c) => {
      const job = await submit(c, parseMessagesRequest);
      if (isAsync(c)) return c.json(presentTask(job, context(c)));
      const result = (ended: Job) => {
        if (ended.status !== "succeeded") throw jobFailure(ended);
        return presentChoices(ended, context(c));
      };
      return holdResponse(c, job, { result }, dependencies);
    })
    .post("/api/v1/services/aigc/text2image/image-synthesis", write, bodyLimit(), async (c) => {
      if (!isAsync(c)) {
        throw new ApiError(403, "AccessDenied", "this route is asynchronous; send X-DashScope-Async: enable");
      }
      return c.json(presentTask(await submit(c, parsePromptRequest), context(c)));
    })
    .get("/api/v1/tasks/:id", authenticate("jobs:read"), async (c) =>
      c.json(presentTask(await ownJob(c.req.param("id"), c.get("identity"), dependencies), context(c))),
    )
    .post("/api/v1/tasks/:id/cancel", write, async (c) => {
      const job = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
      if (job.status !== "queued") {
        throw new ApiError(400, "UnsupportedOperation", "only a task that is PENDING can be canceled");
      }
      await jobs.requestCancel(job.id);
      return c.json({ request_id: c.get("requestId") });
    });
}
