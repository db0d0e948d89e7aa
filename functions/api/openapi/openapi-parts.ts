import type * as z from "zod";
import { openaiErrorSchema } from "../dialects/openai/response-schemas.ts";
import { problemTitle } from "../problems/problem.ts";
import { type Problem, problemSchema } from "../problems/service-responses.ts";
import { type JsonSchema, schemaRef } from "./openapi-schemas.ts";

/** The pieces that operations of the OpenAPI document are put together from. */
export function operation(operationId: string, tag: string, summary: string): JsonSchema {
  return { operationId, tags: [tag], summary };
}

export function json(description: string, schema: z.ZodType): JsonSchema {
  return { description, content: { "application/json": { schema: schemaRef(schema) } } };
}

export function header(description: string): JsonSchema {
  return { description, schema: { type: "string" } };
}

export function pathParameter(name: string, description: string): JsonSchema {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

export const meanings: { readonly [status: number]: string } = {
  400: "A field is invalid; param names it.",
  401: "The API key is missing or invalid.",
  402: "The balance or a monthly spending cap is exceeded.",
  403: "The API key or link does not permit this.",
  404: "The resource does not exist or belongs to another account.",
  409: "The resource is in a state that does not allow this; the code gives the reason.",
  410: "The link has expired, or the job was made with store: false and nothing of it is kept (not_stored).",
  412: "The price exceeds max_cost.",
  413: "The body is too large.",
  415: "The body is not JSON.",
  416: "The requested range lies outside the file.",
  422:
    "The Idempotency-Key was used with a different body, the prompt is refused by the content rules (content_policy), or " +
    "the account has as many files or bytes as it may (too_many_files, account_storage_full).",
  429:
    "Too many requests, open jobs or files being fetched (too_many_fetches), or the queue is full (queue_full). " +
    "Retry-After gives the number of seconds to wait.",
  500: "The job failed.",
  507: "The disk of the service is full; nothing was recorded and nothing is charged.",
  503:
    "The service holds as much request data as it can (service_busy), or the content could not be checked " +
    "(moderation_unavailable). Retry-After gives the number of seconds to wait.",
};

/** In OpenAI's form, for the routes that its clients use. */
export function openaiErrors(...statuses: number[]): JsonSchema {
  return Object.fromEntries(statuses.map((status) => [status, json(meanings[status]!, openaiErrorSchema)]));
}

export function problems(...statuses: number[]): JsonSchema {
  return Object.fromEntries(
    statuses.map((status) => {
      const example = problemExample(status);
      const content = { "application/problem+json": { schema: schemaRef(problemSchema), example } };
      return [status, { description: meanings[status], content }];
    }),
  );
}

/** A code that comes with the status; a 400's example is that of the schema. */
const exampleCodes: { readonly [status: number]: string } = {
  401: "unauthorized",
  402: "insufficient_balance",
  403: "insufficient_scope",
  404: "job_not_found",
  409: "key_not_live",
  410: "link_expired",
  412: "max_cost_exceeded",
  413: "payload_too_large",
  415: "unsupported_media_type",
  416: "range_not_satisfiable",
  422: "idempotency_key_reused",
  429: "rate_limited",
  507: "storage_full",
  503: "service_busy",
};

function problemExample(status: number): Problem | undefined {
  const code = exampleCodes[status];
  if (code === undefined) return undefined;
  return {
    type: `urn:z-image:problem:${code}`,
    title: problemTitle(status),
    status,
    detail: meanings[status]!,
    instance: "/v1/jobs",
    code,
    values: {},
    errors: [],
    request_id: "req_01JD0000000000000000000000",
    retryable: status === 429 || status === 503 || status === 507,
  };
}
