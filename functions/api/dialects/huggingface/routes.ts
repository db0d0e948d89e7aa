import { type Context, Hono } from "hono";
import * as z from "zod";
import { NotFoundError } from "../../../../shared/errors.ts";
import { contentTypes, type Job, terminalStatuses } from "../../../../shared/job.ts";
import { maxPromptCharacters } from "../../../../shared/limits.ts";
import { findModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import {
  type ImageRequestContext,
  type ImageSubmission,
  unknownModel,
} from "../../../../shared/request/parse-image-request.ts";
import type { SamplerName } from "../../../../shared/request/samplers.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { objectStream } from "../../files/object-stream.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { forgetDelivered } from "../../jobs/forget-delivered.ts";
import { isCrowded } from "../../jobs/is-crowded.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { notHeld } from "../../problems/still-running.ts";
import { submitOrReattach } from "../../submission/submit-or-reattach.ts";
import { holdResponse, quietMs } from "../hold-response.ts";
import { type FieldRules, parseForeignRequest } from "../map-fields.ts";
import { jobFailure } from "./errors.ts";

const requestSchema = z.object({
  inputs: z.string().min(1).max(maxPromptCharacters),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

/** The classes of diffusers whose step one of our samplers takes. */
const schedulers: { readonly [name: string]: SamplerName } = {
  FlowMatchEulerDiscreteScheduler: "euler",
  FlowMatchHeunDiscreteScheduler: "heun",
  EulerDiscreteScheduler: "euler",
  HeunDiscreteScheduler: "heun",
  EulerAncestralDiscreteScheduler: "euler_ancestral",
};

const parameterRules: FieldRules = {
  width: "width",
  height: "height",
  target_size: {
    native: "size",
    make: (value) =>
      typeof value === "object" && value !== null && "width" in value && "height" in value
        ? { width: value.width, height: value.height }
        : undefined,
    expected: "{ width, height }",
  },
  num_inference_steps: "steps",
  guidance_scale: "guidance",
  negative_prompt: "negative_prompt",
  seed: "seed",
  strength: "strength",
  scheduler: {
    native: "sampler",
    make: (value) =>
      typeof value === "string" && Object.hasOwn(schedulers, value) ? { sampler: schedulers[value] } : undefined,
    expected: `one of ${Object.keys(schedulers).join(", ")}`,
  },
};

/**
 * Text to image when `inputs` is the prompt; image to image when it is an image in base64 and the prompt is a
 * parameter.
 */
function submissionOf(body: unknown, model: string, context: ImageRequestContext): ImageSubmission {
  const { inputs, parameters } = parseFields(requestSchema, body);
  const { prompt, ...rest } = parameters ?? {};
  if (prompt == null) {
    const native = { model, prompt: inputs };
    const names = { prompt: "inputs" };
    return parseForeignRequest({ fields: rest, rules: parameterRules, path: "parameters.", native, names }, context);
  }
  const image = inputs.startsWith("data:") ? inputs : `data:application/octet-stream;base64,${inputs}`;
  const native = { model, prompt, image };
  const names = { prompt: "parameters.prompt", image: "inputs" };
  return parseForeignRequest({ fields: rest, rules: parameterRules, path: "parameters.", native, names }, context);
}

/** On its own, so that nothing holds the image of a request while it waits. */
async function submit(c: Context<ApiEnv>, model: string, dependencies: RouteDependencies) {
  const body = await readJsonBody(c.req.raw);
  const submission = submissionOf(body, model, dependencies);
  const isImageToImage = submission.inputImages.image !== undefined;
  return { submitted: await submitOrReattach(c, { body, submission }, dependencies), isImageToImage };
}

/** JSON in the characters that a header may have. */
function headerText(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/**
 * `POST /hf/models/{org}/{name}`: the image itself. One that takes long comes as JSON with the image in it, which the
 * client takes as well, because nothing can be sent ahead of an image to keep the connection alive.
 */
export function huggingfaceRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, models, objects, clock } = dependencies;
  return new Hono<ApiEnv>().post("/hf/models/:name{.+}", authenticate("jobs:write"), bodyLimit(), async (c) => {
    const name = c.req.param("name");
    const model = findModel(models, name);
    if (model === undefined) throw new NotFoundError("model_not_found", unknownModel(name, models).message);
    const { submitted, isImageToImage } = await submit(c, model.id, dependencies);
    if (await isCrowded(submitted, dependencies)) throw notHeld(submitted.id);
    const { signal } = c.req.raw;
    // For image to image the client takes nothing but the image itself, so that the connection stays silent until it
    // exists.
    const silence = isImageToImage ? Number.POSITIVE_INFINITY : quietMs;
    const job = await waitForJob(submitted, dependencies, { until: clock.now() + silence, signal });
    // The client has gone.
    if (!terminalStatuses.has(job.status) && signal.aborted) return c.body(null, 200);
    if (terminalStatuses.has(job.status)) {
      if (job.status !== "succeeded") throw jobFailure(job);
      const image = job.images[0]!;
      const headers = { "Content-Type": contentTypes[job.params.format], "x-seed": String(job.params.seed) };
      const onEnd = job.unstored && (() => forgetDelivered(job, dependencies));
      return c.body(await objectStream(objects, image.key, { onEnd }), 200, {
        ...headers,
        "Content-Length": String(image.bytes),
        ...(job.warnings.length > 0 && { "x-warnings": headerText(warningMessages(job.warnings)) }),
      });
    }
    const result = (ended: Job, [first]: readonly string[]) => {
      if (ended.status !== "succeeded") throw jobFailure(ended);
      return {
        data: [{ b64_json: first }],
        warnings: ended.warnings.length > 0 ? warningMessages(ended.warnings) : undefined,
      };
    };
    return holdResponse(c, job, { result, quietMs: 0 }, dependencies);
  });
}
