import type * as z from "zod";
import { accountChangeSchema, accountRequestSchema, creditRequestSchema } from "../access/account-schemas.ts";
import { keyChangeSchema, keyRequestSchema, rotateRequestSchema } from "../access/key-schemas.ts";
import {
  accountListSchema,
  accountResourceSchema,
  balanceSchema,
  keyListSchema,
  keyResourceSchema,
  ownKeySchema,
  quoteSchema,
  usageSchema,
} from "../access/money-responses.ts";
import { usageQuerySchema } from "../access/usage.ts";
import { quoteRequestSchema } from "../jobs/quotes.ts";
import { operationsSchema } from "../operations/operations-responses.ts";
import { operationsQuerySchema } from "../operations/operations-route.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

/** Prices, money, keys and accounts. */
export function moneyPaths(): JsonSchema {
  return { ...spendingPaths(), ...keyPaths(), ...accountPaths() };
}

function spendingPaths(): JsonSchema {
  const query = parameters("query", usageQuerySchema);
  return {
    "/v1/operations": {
      get: {
        ...operation(
          "getOperations",
          "service",
          "Get the state of the service: queue, workers, images per minute, failures, webhooks. For the operator's key.",
        ),
        parameters: parameters("query", operationsQuerySchema),
        responses: { 200: json("The state.", operationsSchema), ...problems(400, 401, 403, 429) },
      },
    },
    "/v1/quotes": {
      post: {
        ...operation("createQuote", "money", "Quote the price of a job or of several jobs."),
        requestBody: body(quoteRequestSchema),
        responses: { 200: json("The price.", quoteSchema), ...problems(400, 401, 403, 412, 413, 415, 429) },
      },
    },
    "/v1/usage": {
      get: {
        ...operation("getUsage", "money", "Get what was charged, by day, key, model or metadata."),
        parameters: query,
        responses: { 200: json("The usage, from the ledger.", usageSchema), ...problems(400, 401, 403, 429) },
      },
    },
    "/v1/usage.csv": {
      get: {
        ...operation("getUsageCsv", "money", "Get the usage as CSV."),
        parameters: query,
        responses: {
          200: {
            description: "CSV with a header row, in UTF-8 with a byte order mark.",
            content: { "text/csv": { schema: { type: "string" } } },
          },
          ...problems(400, 401, 403, 429),
        },
      },
    },
    "/v1/balance": {
      get: {
        ...operation("getBalance", "money", "Get the available balance and the amount held for open jobs."),
        responses: { 200: json("The balance.", balanceSchema), ...problems(401, 403, 429) },
      },
    },
  };
}

function keyPaths(): JsonSchema {
  const id = [pathParameter("id", "The key's id.")];
  const key = json("The key.", keyResourceSchema);
  const made = json("The key with its value, which is not shown again.", keyResourceSchema);
  return {
    "/v1/key": {
      get: {
        ...operation("getOwnKey", "money", "Get the key that the request came with, and its account. For every key."),
        responses: { 200: json("The key: its scopes, limits and account.", ownKeySchema), ...problems(401, 429) },
      },
    },
    "/v1/keys": {
      get: {
        ...operation("listKeys", "money", "List the account's keys, without their values."),
        responses: { 200: json("All keys, oldest first.", keyListSchema), ...problems(401, 403, 429) },
      },
      post: {
        ...operation("createKey", "money", "Create a key."),
        requestBody: body(keyRequestSchema),
        responses: { 201: made, ...problems(400, 401, 403, 409, 413, 415, 429) },
      },
    },
    "/v1/keys/{id}": {
      get: {
        ...operation("getKey", "money", "Get a key."),
        parameters: id,
        responses: { 200: key, ...problems(401, 403, 404, 429) },
      },
      patch: {
        ...operation("changeKey", "money", "Change a key's name or limits."),
        parameters: id,
        requestBody: body(keyChangeSchema),
        responses: { 200: key, ...problems(400, 401, 403, 404, 413, 415, 429) },
      },
      delete: {
        ...operation("revokeKey", "money", "Revoke a key."),
        parameters: id,
        responses: { 200: key, ...problems(401, 403, 404, 429) },
      },
    },
    "/v1/keys/{id}/rotate": {
      post: {
        ...operation(
          "rotateKey",
          "money",
          "Rotate a key: create a new value; the old one stays valid for overlap_s seconds.",
        ),
        parameters: id,
        requestBody: { ...body(rotateRequestSchema), required: false },
        responses: { 200: made, ...problems(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
  };
}

function accountPaths(): JsonSchema {
  const id = [pathParameter("id", "The account's id.")];
  const account = json("The account.", accountResourceSchema);
  return {
    "/v1/accounts": {
      get: {
        ...operation("listAccounts", "money", "List all accounts. Operators only (scope accounts:admin)."),
        responses: { 200: json("All accounts, oldest first.", accountListSchema), ...problems(401, 403, 429) },
      },
      post: {
        ...operation("createAccount", "money", "Create an account without credit or keys. Operators only."),
        requestBody: body(accountRequestSchema),
        responses: { 201: account, ...problems(400, 401, 403, 413, 415, 429) },
      },
    },
    "/v1/accounts/{id}": {
      get: {
        ...operation("getAccount", "money", "Get an account with its balance. Operators only."),
        parameters: id,
        responses: { 200: account, ...problems(401, 403, 404, 429) },
      },
      patch: {
        ...operation("changeAccount", "money", "Change an account's terms. Operators only."),
        parameters: id,
        requestBody: body(accountChangeSchema),
        responses: { 200: account, ...problems(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    "/v1/accounts/{id}/credits": {
      post: {
        ...operation(
          "creditAccount",
          "money",
          "Credit an account; a repeated reference is credited once. Operators only.",
        ),
        parameters: id,
        requestBody: body(creditRequestSchema),
        responses: { 200: account, ...problems(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    "/v1/accounts/{id}/keys": {
      post: {
        ...operation("createAccountKey", "money", "Create a key for an account. Operators only."),
        parameters: id,
        requestBody: body(keyRequestSchema),
        responses: {
          201: json("The key with its value, which is not shown again.", keyResourceSchema),
          ...problems(400, 401, 403, 404, 409, 413, 415, 429),
        },
      },
    },
  };
}

function body(schema: z.ZodType): JsonSchema {
  return { required: true, content: { "application/json": { schema: schemaRef(schema) } } };
}
