import type * as z from "zod";
import { openaiErrorSchema } from "../dialects/openai/answers.ts";
import { problemTitle } from "../http/problem.ts";
import { type Problem, problemSchema } from "../http/service-responses.ts";
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
  400: "A field is wrong; param names it.",
  401: "No API key, or one that is not valid.",
  402: "The balance, or a monthly cap, does not allow this.",
  403: "The key or link does not allow this.",
  404: "Not there, or not the caller's.",
  409: "The state of the thing does not allow it; the code says why.",
  410: "The link has expired.",
  412: "It would cost more than max_cost.",
  413: "The body is too large.",
  415: "The body is not JSON.",
  416: "The range lies outside of the file.",
  422: "The Idempotency-Key belongs to another body.",
  429: "Too many requests or open jobs, or a full queue (queue_full); Retry-After says when to come back.",
  500: "The job failed.",
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
    errors: [],
    request_id: "req_01JD0000000000000000000000",
    retryable: status === 429,
  };
}
