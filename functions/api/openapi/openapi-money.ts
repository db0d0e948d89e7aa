import type * as z from "zod";
import { accountChangeSchema, accountRequestSchema, creditRequestSchema } from "../access/account-schemas.ts";
import { keyChangeSchema, keyRequestSchema, rotateRequestSchema } from "../access/key-schemas.ts";
import {
  accountListSchema,
  accountResourceSchema,
  balanceSchema,
  keyListSchema,
  keyResourceSchema,
  quoteSchema,
  usageSchema,
} from "../access/money-responses.ts";
import { usageQuerySchema } from "../access/usage.ts";
import { quoteRequestSchema } from "../jobs/quotes.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

/** Prices, money, keys and accounts. */
export function moneyPaths(): JsonSchema {
  return { ...spendingPaths(), ...keyPaths(), ...accountPaths() };
}

function spendingPaths(): JsonSchema {
  const query = parameters("query", usageQuerySchema);
  return {
    "/v1/quotes": {
      post: {
        ...operation("createQuote", "money", "What a job, or a batch of jobs, will be charged."),
        requestBody: body(quoteRequestSchema),
        responses: { 200: json("The price.", quoteSchema), ...problems(400, 401, 403, 412, 413, 415, 429) },
      },
    },
    "/v1/usage": {
      get: {
        ...operation("getUsage", "money", "What was charged, by day, key, model or label."),
        parameters: query,
        responses: { 200: json("From the ledger.", usageSchema), ...problems(400, 401, 403, 429) },
      },
    },
    "/v1/usage.csv": {
      get: {
        ...operation("getUsageCsv", "money", "The same as a table."),
        parameters: query,
        responses: {
          200: { description: "CSV with a header line.", content: { "text/csv": { schema: { type: "string" } } } },
          ...problems(400, 401, 403, 429),
        },
      },
    },
    "/v1/balance": {
      get: {
        ...operation("getBalance", "money", "What may be spent, and what is held for open jobs."),
        responses: { 200: json("The balance.", balanceSchema), ...problems(401, 403, 429) },
      },
    },
  };
}

function keyPaths(): JsonSchema {
  const id = [pathParameter("id", "The key's id.")];
  const key = json("The key.", keyResourceSchema);
  const made = json("The key with its value, which is shown this once.", keyResourceSchema);
  return {
    "/v1/keys": {
      get: {
        ...operation("listKeys", "money", "The account's keys, without their values."),
        responses: { 200: json("Oldest first.", keyListSchema), ...problems(401, 403, 429) },
      },
      post: {
        ...operation("createKey", "money", "A new key."),
        requestBody: body(keyRequestSchema),
        responses: { 201: made, ...problems(400, 401, 403, 413, 415, 429) },
      },
    },
    "/v1/keys/{id}": {
      get: {
        ...operation("getKey", "money", "One key."),
        parameters: id,
        responses: { 200: key, ...problems(401, 403, 404, 429) },
      },
      patch: {
        ...operation("changeKey", "money", "Another name, or other limits."),
        parameters: id,
        requestBody: body(keyChangeSchema),
        responses: { 200: key, ...problems(400, 401, 403, 404, 413, 415, 429) },
      },
      delete: {
        ...operation("revokeKey", "money", "The key opens nothing any more."),
        parameters: id,
        responses: { 200: key, ...problems(401, 403, 404, 429) },
      },
    },
    "/v1/keys/{id}/rotate": {
      post: {
        ...operation("rotateKey", "money", "A new value; the old one works on for a while."),
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
        ...operation(
          "listAccounts",
          "money",
          "All accounts. For the operator (scope accounts:admin), as are those below.",
        ),
        responses: { 200: json("Oldest first.", accountListSchema), ...problems(401, 403, 429) },
      },
      post: {
        ...operation("createAccount", "money", "A new account, without credit and without keys."),
        requestBody: body(accountRequestSchema),
        responses: { 201: account, ...problems(400, 401, 403, 413, 415, 429) },
      },
    },
    "/v1/accounts/{id}": {
      get: {
        ...operation("getAccount", "money", "One account with its balance."),
        parameters: id,
        responses: { 200: account, ...problems(401, 403, 404, 429) },
      },
      patch: {
        ...operation("changeAccount", "money", "Other terms."),
        parameters: id,
        requestBody: body(accountChangeSchema),
        responses: { 200: account, ...problems(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    "/v1/accounts/{id}/credits": {
      post: {
        ...operation("creditAccount", "money", "Adds to the balance; a reference counts once."),
        parameters: id,
        requestBody: body(creditRequestSchema),
        responses: { 200: account, ...problems(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    "/v1/accounts/{id}/keys": {
      post: {
        ...operation("createAccountKey", "money", "A key of the account."),
        parameters: id,
        requestBody: body(keyRequestSchema),
        responses: {
          201: json("The key with its value, which is shown this once.", keyResourceSchema),
          ...problems(400, 401, 403, 404, 413, 415, 429),
        },
      },
    },
  };
}

function body(schema: z.ZodType): JsonSchema {
  return { required: true, content: { "application/json": { schema: schemaRef(schema) } } };
}
