import type { Context } from "hono";
import type * as z from "zod";
import { InvalidInputError } from "../../../../shared/errors.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import { publicAddresses } from "../../../catalogue/publish/publications.ts";
import { reviewPage } from "../../../catalogue/review/review-list.ts";
import { type ReviewedResult, reviewedResults } from "../../../catalogue/review/reviewed-results.ts";
import { taskResults } from "../../../catalogue/run/task-results.ts";
import type { Run } from "../../../runs/run.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { requestLinks, requestOrigin } from "../../http/request-links.ts";
import { presentRow } from "./present-row.ts";
import { reviewQuerySchema, rowQuerySchema } from "./result-requests.ts";
import type { runFailureListSchema, runReviewListSchema, runRowListSchema } from "./result-responses.ts";

const defaultPage = 20;
/** Results that one page looks through; a filter that fits few of them goes on with the next. */
const scannedPerPage = 5_000;

/** `GET /v1/runs/{id}/rows`: what has become of each image, in the order of the file. */
export async function listRows(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const query = parseFields(rowQuerySchema, c.req.query());
  const limit = Number(query.limit ?? defaultPage);
  const from = firstRow(query.cursor);
  const found: ReviewedResult[] = [];
  let scanned = 0;
  let next: number | undefined;
  for await (const result of reviewedResults(run, dependencies, from)) {
    if (found.length === limit || scanned++ >= scannedPerPage) {
      next = result.number;
      break;
    }
    const { status, error, task } = result;
    if (query.status !== undefined && status !== query.status) continue;
    if (query.reason !== undefined && error?.code !== query.reason) continue;
    if (query.sku !== undefined && task.sku !== query.sku) continue;
    found.push(result);
  }
  const addresses = await addressesOf(c, run, dependencies);
  const list: z.infer<typeof runRowListSchema> = {
    object: "list",
    data: found.map((result) => presentRow(result, addresses)),
    next_cursor: next === undefined ? null : String(next),
  };
  return c.json(list);
}

/** `GET /v1/runs/{id}/review`: images in the order in which they should be looked at. */
export async function listReview(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const { limit = String(defaultPage), cursor, state } = parseFields(reviewQuerySchema, c.req.query());
  const page = await reviewPage(run, { state, limit: Number(limit), after: cursor }, dependencies);
  const addresses = await addressesOf(c, run, dependencies);
  const list: z.infer<typeof runReviewListSchema> = {
    object: "list",
    data: page.found.map((result) => presentRow(result, addresses)),
    next_cursor: page.next ?? null,
    counts: page.counts,
    estimate: page.estimate,
  };
  return c.json(list);
}

/** Lines that are named of each reason. */
const namedLines = 20;

/** `GET /v1/runs/{id}/failures`: what failed, by reason, the most frequent first. */
export async function listFailures(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  type Failure = z.infer<typeof runFailureListSchema>["data"][number];
  const byReason = new Map<string, Failure>();
  for await (const { status, error, task } of taskResults(run, dependencies)) {
    if (status !== "failed" || error === undefined) continue;
    const canRetry = task.status === "draw";
    const reason = `${canRetry} ${error.code}`;
    const known = byReason.get(reason) ?? { ...error, count: 0, lines: [], can_retry: canRetry };
    known.count++;
    if (known.lines.length < namedLines && known.lines.at(-1) !== task.line) known.lines.push(task.line);
    byReason.set(reason, known);
  }
  const data = [...byReason.values()].sort((a, b) => b.count - a.count);
  const list: z.infer<typeof runFailureListSchema> = { object: "list", data };
  return c.json(list);
}

function firstRow(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,8}$/.test(cursor)) return Number(cursor);
  throw new InvalidInputError("invalid_cursor", "the cursor is none of this list; begin again without it", {
    param: "cursor",
  });
}

async function addressesOf(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const published = await publicAddresses(dependencies.items, owner, requestOrigin(c, dependencies));
  return { link: requestLinks(c, dependencies), public: published, accountId: owner.accountId };
}
