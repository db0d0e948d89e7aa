import * as z from "zod";
import { maxBodyBytes, maxWaitS } from "../../../shared/limits.ts";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { adapterListSchema } from "../adapters/adapter-responses.ts";
import { openaiImagesResponseSchema } from "../dialects/openai/answers.ts";
import { openaiImageRequestSchema } from "../dialects/openai/request.ts";
import { healthSchema, modelListSchema, modelResourceSchema, readinessSchema } from "../http/service-responses.ts";
import { eventsQuerySchema, lastEventIdSchema } from "../jobs/job-events.ts";
import { jobListSchema, jobResourceSchema } from "../jobs/job-responses.ts";
import { jobListQuerySchema } from "../jobs/list-jobs.ts";
import { webhookSecretSchema } from "../webhooks/webhook-responses.ts";
import { filePaths } from "./openapi-files.ts";
import { moneyPaths } from "./openapi-money.ts";
import { header, json, openaiErrors, operation, pathParameter, problems } from "./openapi-parts.ts";
import { componentSchemas, type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";
import { webhookPaths } from "./openapi-webhooks.ts";

const idempotencyHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .max(255)
    .optional()
    .describe(
      "Printable ASCII, kept 24 hours. The same key with the same body gives the same job; with another body, 422.",
    ),
});

const retryHeaders = idempotencyHeaders.extend({
  "x-stainless-retry-count": z
    .string()
    .optional()
    .describe("Sent by the client itself: above 0, an equal request of the last 15 minutes goes on with its job."),
});

const createHeaders = retryHeaders.extend({
  Prefer: z
    .string()
    .optional()
    .describe(`wait=N holds the answer until the job is over, N at most ${maxWaitS} seconds.`),
});

const tagDescriptions = {
  jobs: "Pictures: asked for, followed, canceled.",
  models: "What can be drawn with, and what it can do.",
  files: "Files to be named in requests, and stored pictures.",
  webhooks: "Being told what happens, and what was told.",
  openai: "OpenAI's image generation, for its unchanged clients.",
  money: "Prices, balances, keys and accounts.",
  service: "The service itself.",
};

/** The OpenAPI 3.1 description of every route, for clients that reach us under `origin`. */
export function openapiDocument(origin: string): JsonSchema {
  return {
    openapi: "3.1.0",
    info: {
      title: "Z-Image API",
      version: "1.0.0",
      description:
        `Text to image with Z-Image. Bodies are JSON of at most ${maxBodyBytes / 1e6} MB; unknown fields are refused by name. ` +
        "Agents find an MCP endpoint at /mcp, programs that read text [/llms.txt](/llms.txt). The APIs of other services are " +
        "spoken here too: [what to change in their clients](/docs/clients/README.md).",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: origin }],
    security: [{ bearer: [] }],
    tags: Object.entries(tagDescriptions).map(([name, description]) => ({ name, description })),
    paths: { ...jobPaths(), ...filePaths(), ...webhookPaths(), ...moneyPaths(), ...otherPaths(), ...openaiPaths() },
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "The API key: the one that `npm start` or the first deployment prints, or one of `npm run keys -- create`. " +
            "It is sent as `Authorization: Bearer <key>`; `Authorization: Key <key>`, fal's form, is taken as well.",
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
        requestBody: { required: true, content: { "application/json": { schema: schemaRef(imageRequestSchema) } } },
        responses: {
          200: { ...job, description: "Over already: Prefer: wait was enough, or an Idempotency-Key was repeated." },
          202: {
            ...job,
            description: "Accepted, durably.",
            headers: { Location: header("Where to look for the result.") },
          },
          303: {
            description: "Over, and Accept names nothing but pictures: the first of them.",
            headers: { Location: header("The picture's link, which needs no API key.") },
          },
          ...problems(400, 401, 402, 403, 412, 413, 415, 422, 429),
        },
      },
      get: {
        ...operation("listJobs", "jobs", "The account's jobs, newest first."),
        parameters: parameters("query", jobListQuerySchema).map((parameter) =>
          parameter.name === "metadata" ? { ...parameter, style: "deepObject", explode: true } : parameter,
        ),
        responses: { 200: json("A page.", jobListSchema), ...problems(400, 401, 403) },
      },
    },
    "/v1/jobs/{id}": {
      get: {
        ...operation("getJob", "jobs", "One job, with fresh result links."),
        parameters: [pathParameter("id", "The job's id.")],
        responses: { 200: job, ...problems(401, 403, 404) },
      },
    },
    "/v1/jobs/{id}/cancel": {
      post: {
        ...operation("cancelJob", "jobs", "Stop a job: a waiting one at once, a running one at its next step."),
        parameters: [pathParameter("id", "The job's id.")],
        responses: {
          200: { ...job, description: "Over, by this call or before it." },
          202: { ...job, description: "Will stop at its next step." },
          ...problems(401, 403, 404),
        },
      },
    },
    "/v1/jobs/{id}/events": {
      get: {
        ...operation("followJob", "jobs", "The job's history as server-sent events, until it ends."),
        description:
          "Events: queued {position, eta_s}, started {attempt}, step {image, step, total, preview}, image {index, url}, requeued {reason}, " +
          "then done or error with the whole job. Each has a rising id; Last-Event-ID goes on after one.",
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
          204: { description: "The job is over and Last-Event-ID was its last event." },
          ...problems(400, 401, 403, 404),
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
        ...operation("listModels", "models", "The models served here."),
        responses: { 200: json("All models.", modelListSchema), ...openaiErrors(401, 403) },
      },
    },
    "/v1/models/{id}": {
      get: {
        ...operation("getModel", "models", "One model, by id or alias."),
        parameters: [pathParameter("id", "Id or alias; slashes encoded or not.")],
        responses: { 200: json("The model.", modelResourceSchema), ...openaiErrors(401, 403, 404) },
      },
    },
    "/v1/adapters": {
      get: {
        ...operation("listAdapters", "models", "The LoRAs and ControlNets that requests may name."),
        description:
          "Those of the workers that live now. A file that is put into their folder is listed within seconds.",
        responses: { 200: json("All adapters.", adapterListSchema), ...problems(401, 403) },
      },
    },
    "/v1/webhooks/default/secret": {
      get: {
        ...operation("getWebhookSecret", "webhooks", "What this account's webhook signatures are checked with."),
        responses: { 200: json("The secret.", webhookSecretSchema), ...problems(401, 403, 404) },
      },
    },
    "/healthz": {
      get: {
        ...operation("getHealth", "service", "This process answers."),
        ...open,
        responses: { 200: json("Yes.", healthSchema) },
      },
    },
    "/readyz": {
      get: {
        ...operation("getReadiness", "service", "Whether table, queue and object store answer."),
        ...open,
        responses: { 200: json("They do.", readinessSchema), 503: json("One does not.", readinessSchema) },
      },
    },
    "/openapi.json": {
      get: {
        ...operation("getOpenapi", "service", "This document."),
        ...open,
        responses: {
          200: { description: "OpenAPI 3.1.", content: { "application/json": { schema: { type: "object" } } } },
        },
      },
    },
    "/docs": {
      get: {
        ...operation("getDocs", "service", "This document, to read and try."),
        ...open,
        responses: { 200: { description: "A page.", content: { "text/html": { schema: { type: "string" } } } } },
      },
    },
  };
}

function openaiPaths(): JsonSchema {
  return {
    "/v1/images/generations": {
      post: {
        ...operation("generateImages", "openai", "OpenAI's image generation, held until the pictures exist."),
        description:
          "For unchanged OpenAI clients. After 10 seconds the status is sent and spaces keep the connection alive; JSON follows. " +
          "With stream: true, events image_generation.partial_image and image_generation.completed.",
        parameters: parameters("header", retryHeaders),
        requestBody: {
          required: true,
          content: { "application/json": { schema: schemaRef(openaiImageRequestSchema) } },
        },
        responses: {
          200: {
            description: "The pictures.",
            content: {
              "application/json": { schema: schemaRef(openaiImagesResponseSchema) },
              "text/event-stream": { schema: { type: "string" } },
            },
          },
          ...openaiErrors(400, 401, 402, 403, 404, 413, 415, 422, 429, 500),
        },
      },
    },
  };
}
