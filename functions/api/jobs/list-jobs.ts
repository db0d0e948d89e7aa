import { Hono } from "hono";
import * as z from "zod";
import type { Job } from "../../../shared/job.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { metadataQuery, pageQuery } from "../http/page-query.ts";
import { queryParameters } from "../http/query-parameters.ts";
import { requestLanguage } from "../http/request-language.ts";
import { requestLinks } from "../http/request-links.ts";
import { presentJob } from "./present-job.ts";
import type { QueuePlace } from "./queue-view.ts";

export const jobListQuerySchema = z.strictObject({
  status: z.enum(["queued", "running", "succeeded", "failed", "canceled", "expired"]).optional(),
  created_after: z.iso
    .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
    .optional()
    .describe("Only jobs created after this time; ISO 8601 with a time zone."),
  ...pageQuery,
  metadata: metadataQuery,
});

/** Jobs of a page whose place in the queue is looked up, each with a read or a count of its own. */
const maxPlaces = 20;

/** `GET /v1/jobs`: the account's jobs, newest first, by pages. */
export function listJobsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", dependencies.authenticate("jobs:read"), async (c) => {
    const query = parseFields(jobListQuerySchema, queryParameters(c.req.url));
    const { status, created_after, limit, cursor, metadata } = query;
    const page = await dependencies.jobs.list({
      accountId: c.get("identity").accountId,
      limit: limit === undefined ? 20 : Number(limit),
      status,
      createdAfter: created_after === undefined ? undefined : Date.parse(created_after),
      cursor,
      metadata,
    });
    const presentation = { link: requestLinks(c, dependencies), language: requestLanguage(c) };
    const places = await placesOf(page.jobs, dependencies);
    const data = page.jobs.map((job) => presentJob(job, { ...presentation, place: places.get(job.id) }));
    return c.json({ data, next_cursor: page.cursor ?? null }, 200, { "Cache-Control": "no-store" });
  });
}

/** Of the first queued jobs. The list is there, even if the queue cannot be read. */
async function placesOf(
  jobs: readonly Job[],
  { queueView }: RouteDependencies,
): Promise<ReadonlyMap<string, QueuePlace | undefined>> {
  const queued = jobs.filter(({ status }) => status === "queued").slice(0, maxPlaces);
  const place = async (job: Job) => [job.id, await queueView.place(job).catch(() => undefined)] as const;
  return new Map(await Promise.all(queued.map(place)));
}
