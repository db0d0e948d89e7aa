import * as z from "zod";
import { maxBodyBytes, maxWaitS } from "../../../shared/limits.ts";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { openaiImageRequestSchema } from "../dialects/openai/request.ts";
import { openaiImagesResponseSchema } from "../dialects/openai/response-schemas.ts";
import { eventsQuerySchema, lastEventIdSchema } from "../jobs/job-events.ts";
import { jobListSchema, jobResourceSchema } from "../jobs/job-responses.ts";
import { jobListQuerySchema } from "../jobs/list-jobs.ts";
import { healthSchema, readinessSchema } from "../problems/service-responses.ts";
import { modelListSchema, modelResourceSchema, vocabularySchema } from "../service/model-responses.ts";
import { fromImageSchema } from "../submission/from-image-schema.ts";
import { rotatedSecretSchema, webhookSecretSchema } from "../webhooks/webhook-responses.ts";
import { adapterPaths } from "./openapi-adapters.ts";
import { batchPaths } from "./openapi-batches.ts";
import { eventPaths } from "./openapi-events.ts";
import { filePaths } from "./openapi-files.ts";
import { imagePaths } from "./openapi-images.ts";
import { moderationPaths } from "./openapi-moderation.ts";
import { moneyPaths } from "./openapi-money.ts";
import { header, json, openaiErrors, operation, pathParameter, problems } from "./openapi-parts.ts";
import { promptPaths } from "./openapi-prompts.ts";
import { catalogueFactPaths, runResultPaths } from "./openapi-run-results.ts";
import { runPaths } from "./openapi-runs.ts";
import { componentSchemas, type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";
import { uploadPaths } from "./openapi-uploads.ts";
import { verifyPaths } from "./openapi-verify.ts";
import { webhookPaths } from "./openapi-webhooks.ts";

const idempotencyHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .max(255)
    .optional()
    .describe(
      "Printable ASCII, remembered for 24 hours. Repeating a request with the same key and body returns the " +
        "same job; the same key with a different body is refused with 422.",
    ),
});

const retryHeaders = idempotencyHeaders.extend({
  "x-stainless-retry-count": z
    .string()
    .optional()
    .describe(
      "Set by OpenAI's client. A value above 0 marks a retry: if the same request was sent within the last 15 " +
        "minutes, its job is returned.",
    ),
});

const createHeaders = retryHeaders.extend({
  Prefer: z
    .string()
    .optional()
    .describe(`wait=N holds the response until the job ends, for at most N seconds; N is at most ${maxWaitS}.`),
});

const tagDescriptions = {
  jobs: "Submit, follow and cancel image jobs.",
  images: "Finished images: list, find, count, share and delete them.",
  prompts: "Prompts that the account keeps, and a library of some.",
  models: "Available models and their capabilities.",
  files: "Uploaded files, and stored images.",
  verify: "Where an image comes from.",
  webhooks: "Webhook endpoints, and the log of their deliveries.",
  runs: "Images of every product of a table: new ones, and those whose product has changed.",
  openai: "OpenAI's image generation and batches, for unchanged OpenAI clients.",
  money: "Prices, balances, keys and accounts.",
  service: "Health and documentation of the service.",
};

/** The OpenAPI 3.1 description of every route, for clients that reach us under `origin`. */
export function openapiDocument(origin: string): JsonSchema {
  return {
    openapi: "3.1.0",
    info: {
      title: "Z-Image API",
      version: "1.0.0",
      description:
        `Text to image with Z-Image. Bodies are JSON of at most ${maxBodyBytes / 1e6} MB; unknown fields are ` +
        "refused by name. " +
        "Agents connect to the MCP endpoint at /mcp; a summary for language models is at " +
        "[/llms.txt](/llms.txt). The APIs of other services " +
        "are served too: [how to point their clients here](/docs/clients/README.md).",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: origin }],
    security: [{ bearer: [] }],
    tags: Object.entries(tagDescriptions).map(([name, description]) => ({ name, description })),
    paths: {
      ...jobPaths(),
      ...eventPaths(),
      ...imagePaths(),
      ...promptPaths(),
      ...filePaths(),
      ...runPaths(),
      ...runResultPaths(),
      ...catalogueFactPaths(),
      ...webhookPaths(),
      ...verifyPaths(),
      ...moneyPaths(),
      ...moderationPaths(),
      ...otherPaths(),
      ...openaiPaths(),
    },
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "An API key: printed by `npm start` and by the first deployment, or created with `npm run keys -- " +
            "create`. " +
            "Send it as `Authorization: Bearer <key>`. `Authorization: Key <key>`, fal's form, and HTTP Basic " +
            "with the key as the password are accepted too.",
        },
      },
    },
  };
}

function jobPaths(): JsonSchema {
  const job = json("The job.", jobResourceSchema);
  return {
    "/v1/jobs": {
      post: {
        ...operation("createJob", "jobs", "Submit a job."),
        parameters: parameters("header", createHeaders),
        requestBody: {
          required: true,
          content: { "application/json": { schema: { anyOf: [imageRequestSchema, fromImageSchema].map(schemaRef) } } },
        },
        responses: {
          200: { ...job, description: "The job has ended: within Prefer: wait, or before a repeated Idempotency-Key." },
          202: {
            ...job,
            description: "Accepted and stored durably.",
            headers: { Location: header("URL of the job.") },
          },
          303: {
            description: "The job has ended and Accept lists image types only: redirect to its first image.",
            headers: { Location: header("Link to the image; it needs no API key.") },
          },
          ...problems(400, 401, 402, 403, 410, 412, 413, 415, 422, 429, 503, 507),
        },
      },
      get: {
        ...operation("listJobs", "jobs", "List the account's jobs, newest first."),
        parameters: parameters("query", jobListQuerySchema).map((parameter) =>
          parameter.name === "metadata" ? { ...parameter, style: "deepObject", explode: true } : parameter,
        ),
        responses: { 200: json("One page of the list.", jobListSchema), ...problems(400, 401, 403) },
      },
    },
    "/v1/jobs/{id}": {
      get: {
        ...operation("getJob", "jobs", "Get a job, with fresh result links."),
        parameters: [pathParameter("id", "The job's id.")],
        responses: { 200: job, ...problems(401, 403, 404, 410) },
      },
    },
    "/v1/jobs/{id}/cancel": {
      post: {
        ...operation("cancelJob", "jobs", "Cancel a job: a queued job at once, a running job before its next step."),
        parameters: [pathParameter("id", "The job's id.")],
        responses: {
          200: { ...job, description: "The job has ended, by this request or before it." },
          202: { ...job, description: "The job will stop before its next step." },
          ...problems(401, 403, 404, 410),
        },
      },
    },
    "/v1/jobs/{id}/events": {
      get: {
        ...operation("followJob", "jobs", "Stream the job's history as server-sent events until it ends."),
        description:
          "Events: queued {position, eta_s}, started {attempt}, step {image, step, total, preview}, image " +
          "{index, url}, requeued {reason}, " +
          "then done or error with the whole job. Steps are recorded only while a client follows the job or reads " +
          "it: a later client gets the current step, not the earlier ones. Images finished before that are sent " +
          "with done, under the id before it; otherwise ids increase. Last-Event-ID resumes after an event.",
        parameters: [
          pathParameter("id", "The job's id."),
          ...parameters("query", eventsQuerySchema),
          ...parameters("header", lastEventIdSchema),
        ],
        responses: {
          200: {
            description: "The events.",
            content: { "text/event-stream": { schema: { type: "string" }, example: eventExample } },
          },
          204: { description: "The job has ended and Last-Event-ID was its last event." },
          ...problems(400, 401, 403, 404, 410),
        },
      },
    },
  };
}

const eventExample = 'id: 3\nevent: step\ndata: {"at":"2026-01-31T12:00:00.000Z","image":0,"step":1,"total":8}\n\n';

function otherPaths(): JsonSchema {
  const open = { security: [] };
  return {
    "/v1/models": {
      get: {
        ...operation("listModels", "models", "List the models."),
        responses: { 200: json("All models.", modelListSchema), ...openaiErrors(401, 403) },
      },
    },
    "/v1/models/{id}": {
      get: {
        ...operation("getModel", "models", "Get a model by id or alias."),
        parameters: [pathParameter("id", "Id or alias; slashes may be percent-encoded.")],
        responses: { 200: json("The model.", modelResourceSchema), ...openaiErrors(401, 403, 404) },
      },
    },
    "/v1/vocabularies/{id}": {
      get: {
        ...operation(
          "getModelVocabulary",
          "models",
          "List all that a model knows, of a model that knows a list of things alone. Has an ETag.",
        ),
        parameters: [pathParameter("id", "Id or alias; slashes may be percent-encoded.")],
        responses: { 200: json("The vocabulary.", vocabularySchema), ...problems(401, 403, 404) },
      },
    },
    ...adapterPaths(),
    "/v1/webhooks/default/secret": {
      get: {
        ...operation(
          "getWebhookSecret",
          "webhooks",
          "Get the secret that verifies the signatures of this account's job webhooks.",
        ),
        responses: { 200: json("The secret.", webhookSecretSchema), ...problems(401, 403, 404) },
      },
    },
    "/v1/webhooks/default/secret/rotate": {
      post: {
        ...operation(
          "rotateDefaultWebhookSecret",
          "webhooks",
          "Rotate the secret of this account's job webhooks. For 24 hours messages are signed with the " +
            "previous one as well.",
        ),
        responses: { 200: json("The new secret.", rotatedSecretSchema), ...problems(401, 403, 404, 429) },
      },
    },
    "/healthz": {
      get: {
        ...operation("getHealth", "service", "Liveness check."),
        ...open,
        responses: { 200: json("The process is running.", healthSchema) },
      },
    },
    "/readyz": {
      get: {
        ...operation("getReadiness", "service", "Readiness check of table, queue and object store."),
        ...open,
        responses: {
          200: json("All three are reachable.", readinessSchema),
          503: json("At least one is unreachable.", readinessSchema),
        },
      },
    },
    "/openapi.json": {
      get: {
        ...operation("getOpenapi", "service", "Get this document."),
        ...open,
        responses: {
          200: { description: "OpenAPI 3.1.", content: { "application/json": { schema: { type: "object" } } } },
        },
      },
    },
    "/docs": {
      get: {
        ...operation("getDocs", "service", "Interactive documentation of this API."),
        ...open,
        responses: { 200: { description: "An HTML page.", content: { "text/html": { schema: { type: "string" } } } } },
      },
    },
  };
}

function openaiPaths(): JsonSchema {
  return {
    ...batchPaths(),
    ...uploadPaths(),
    "/v1/images/generations": {
      post: {
        ...operation(
          "generateImages",
          "openai",
          "Generate images with OpenAI's API; the response is held until they are ready.",
        ),
        description:
          "For unchanged OpenAI clients. After 10 seconds the status is sent and spaces keep the connection " +
          "alive until the JSON follows. " +
          "With stream: true the response is a stream of image_generation.partial_image and " +
          "image_generation.completed events.",
        parameters: parameters("header", retryHeaders),
        requestBody: {
          required: true,
          content: { "application/json": { schema: schemaRef(openaiImageRequestSchema) } },
        },
        responses: {
          200: {
            description: "The images.",
            content: {
              "application/json": { schema: schemaRef(openaiImagesResponseSchema) },
              "text/event-stream": { schema: { type: "string" } },
            },
          },
          ...openaiErrors(400, 401, 402, 403, 404, 412, 413, 415, 422, 429, 500, 503),
        },
      },
    },
  };
}
