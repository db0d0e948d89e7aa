import type * as z from "zod";
import { problemSchema } from "./answers/service.ts";
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

export function problems(...statuses: number[]): JsonSchema {
  const content = { "application/problem+json": { schema: schemaRef(problemSchema) } };
  return Object.fromEntries(statuses.map((status) => [status, { description: meanings[status], content }]));
}
