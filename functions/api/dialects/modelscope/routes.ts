import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestLinks } from "../../http/request-links.ts";
import { ownJob } from "../../jobs/own-job.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import { loraOf } from "../adapter-references.ts";
import { type FieldRules, parseForeignRequest } from "../map-fields.ts";
import { presentTask } from "./response.ts";

const rules: FieldRules = {
  model: "model",
  prompt: "prompt",
  negative_prompt: "negative_prompt",
  n: "n",
  size: "size",
  seed: "seed",
  steps: "steps",
  guidance: "guidance",
  image_url: "image",
  loras: {
    native: "loras",
    make: (value) => {
      if (typeof value === "string") return { loras: [loraOf(value)] };
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      return { loras: Object.entries(value).map(([name, scale]) => ({ ...loraOf(name), scale })) };
    },
    expected: "the id or address of a LoRA, or an object of those and their scales",
  },
};

/** Whether this is a request of ModelScope's asynchronous form: its path is OpenAI's too. */
export function isAsyncRequest(headers: Headers): boolean {
  return headers.get("x-modelscope-async-mode")?.toLowerCase() === "true";
}

export function modelscopeRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  return new Hono<ApiEnv>()
    .post(
      "/v1/images/generations",
      // Everything else on this path is another dialect's.
      (c, next) => (isAsyncRequest(c.req.raw.headers) ? authenticate("jobs:write")(c, next) : next()),
      bodyLimit(),
      async (c, next) => {
        if (!isAsyncRequest(c.req.raw.headers)) return next();
        const body = await readJsonBody(c.req.raw);
        const submission = parseForeignRequest({ fields: body, rules }, dependencies);
        const job = await submitOrReattach(c, { body, submission, waitMs: 0 }, dependencies);
        return c.json(presentTask(job, requestLinks(c, dependencies), c.get("requestId")));
      },
    )
    .get("/v1/tasks/:id", authenticate("jobs:read"), async (c) => {
      const job = await ownJob(c.req.param("id"), c.get("identity"), dependencies);
      return c.json(presentTask(job, requestLinks(c, dependencies), c.get("requestId")), 200, {
        "Cache-Control": "no-store",
      });
    });
}
