import { Hono } from "hono";
import * as z from "zod";
import { maxMetadataKeyCharacters, maxMetadataValueCharacters } from "../../../shared/limits.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { checkJsonValue } from "../http/json-body.ts";
import { pageQuery } from "../http/page-query.ts";
import { queryTime } from "../http/query-time.ts";
import { requestLinks } from "../http/request-links.ts";
import { presentJob } from "./present-job.ts";

export const jobListQuerySchema = z.strictObject({
  status: z.enum(["queued", "running", "succeeded", "failed", "canceled", "expired"]).optional(),
  created_after: z.iso
    .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
    .optional()
    .describe("Only jobs created after this time; ISO 8601 with a time zone."),
  ...pageQuery,
  metadata: z
    .record(z.string().min(1).max(maxMetadataKeyCharacters), z.string().max(maxMetadataValueCharacters))
    .optional()
    .describe("`metadata[key]=value`; all given pairs must match."),
});

/** `GET /v1/jobs`: the account's jobs, newest first, by pages. */
export function listJobsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", dependencies.authenticate("jobs:read"), async (c) => {
    const query = queryOf(new URL(c.req.url).searchParams);
    // The schema would drop a member named __proto__, and with it the filter that was asked for.
    checkJsonValue(query);
    const { status, created_after, limit, cursor, metadata } = parseFields(jobListQuerySchema, query);
    const page = await dependencies.jobs.list({
      accountId: c.get("identity").accountId,
      limit: limit === undefined ? 20 : Number(limit),
      status,
      createdAfter: created_after === undefined ? undefined : Date.parse(created_after),
      cursor,
      metadata,
    });
    const link = requestLinks(c, dependencies);
    const data = page.jobs.map((job) => presentJob(job, { link }));
    return c.json({ data, next_cursor: page.cursor ?? null }, 200, { "Cache-Control": "no-store" });
  });
}

/** Query parameters as an object, with those named `metadata[k]` gathered in one. */
function queryOf(parameters: URLSearchParams): { [name: string]: unknown } {
  const query: { [name: string]: unknown } = Object.create(null);
  const metadata: [string, string][] = [];
  for (const [name, value] of parameters) {
    const key = /^metadata\[(.*)\]$/s.exec(name)?.[1];
    if (key === undefined) query[name] = name === "created_after" ? queryTime(value) : value;
    else metadata.push([key, value]);
  }
  // fromEntries defines members; assigning one named __proto__ would not.
  if (metadata.length > 0) query.metadata = Object.fromEntries(metadata);
  return { ...query };
}
