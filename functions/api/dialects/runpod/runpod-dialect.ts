import { Hono } from "hono";
import type { Job } from "../../../../shared/job.ts";
import type { ApiEnv } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestLinks } from "../../http/request-links.ts";
import { ApiError } from "../../problems/api-error.ts";
import { errorStatus, publicError, wholeMessage } from "../../problems/error-status.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import type { Dialect } from "../dialect.ts";
import { holdResponse } from "../hold-response.ts";
import { type FieldRules, parseForeignRequest } from "../map-fields.ts";

const rules: FieldRules = {
  prompt: "prompt",
  image: "image",
  strength: "strength",
  size: {
    native: "size",
    make: (value) => (typeof value === "string" ? { size: value.replace("*", "x") } : undefined),
    expected: 'WIDTH*HEIGHT such as "1024*1024"',
  },
  seed: { native: "seed", make: (value) => (value === -1 ? {} : { seed: value }), expected: "a seed, or -1" },
};

/** RunPod's synchronous route. */
export const runpodDialect: Dialect = {
  name: "runpod",
  routes: (dependencies) =>
    new Hono<ApiEnv>().post(
      "/v2/:endpoint/runsync",
      dependencies.authenticate("jobs:write"),
      bodyLimit(),
      async (c) => {
        const body = await readJsonBody(c.req.raw);
        const fields = (body as { input?: unknown }).input;
        const submission = parseForeignRequest({ fields, rules, path: "input." }, dependencies);
        const submitted = await submitOrReattach(c, { body, submission }, dependencies);
        const result = (job: Job) => {
          if (job.status !== "succeeded") throw new ApiError(500, "job_failed", job.error?.message ?? "the job failed");
          const link = requestLinks(c, dependencies);
          return { id: job.id, status: "COMPLETED", output: { result: link.file(job.images[0]!.key).url } };
        };
        return holdResponse(c, submitted, { result }, dependencies);
      },
    ),
  errorResponse: (error) => Response.json({ error: wholeMessage(publicError(error)) }, { status: errorStatus(error) }),
};
