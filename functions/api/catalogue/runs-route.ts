import { type Context, Hono } from "hono";
import type * as z from "zod";
import { NotFoundError } from "../../../shared/errors.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { readReport } from "../../catalogue/run/run-files.ts";
import { type Change, canceled, changeRun, paused, resumed, started } from "../../runs/change-run.ts";
import { listRuns, readRun } from "../../runs/run-store.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readJsonBody } from "../http/json-body.ts";
import { presentReport } from "./present-report.ts";
import { presentRun } from "./present-run.ts";
import type { runListSchema } from "./run-responses.ts";
import { startRequestSchema } from "./start-request.ts";

const defaultPage = 20;
const maxPage = 100;

/** Loaded when they are needed, as what makes a run is: much to read at every start of a function. */
const downloads = () => import("./run-downloads.ts");

/** `/v1/runs`: a table of products in, an image of each of them out. */
export function runsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, items } = dependencies;
  const write = authenticate("jobs:write");
  const read = authenticate("jobs:read");
  const runOf = async (c: Context<ApiEnv>) =>
    (await readRun(items, c.get("identity").accountId, c.req.param("id")!, "catalogue")).run;
  return new Hono<ApiEnv>()
    .post("/", write, bodyLimit(), async (c) => (await import("./create-run.ts")).createCatalogueRun(c, dependencies))
    .get("/", read, async (c) => {
      const limit = Math.max(1, Math.min(maxPage, Math.trunc(Number(c.req.query("limit"))) || defaultPage));
      const order = { limit, after: c.req.query("after"), face: "catalogue" as const };
      const { runs, hasMore } = await listRuns(items, c.get("identity").accountId, order);
      const list: z.infer<typeof runListSchema> = { object: "list", data: runs.map(presentRun), has_more: hasMore };
      return c.json(list);
    })
    .get("/:id", read, async (c) => c.json(presentRun(await runOf(c))))
    .get("/:id/report", read, async (c) => {
      const report = await readReport(await runOf(c), dependencies.objects);
      if (report !== undefined) return c.json(presentReport(report));
      throw new NotFoundError(
        "report_not_found",
        "the file has not been read to its end; see the run's status and problem",
      );
    })
    .post("/:id/start", write, bodyLimit(), async (c) => {
      const { accept_warnings: acceptWarnings = false } = parseFields(startRequestSchema, await optionalBody(c));
      return change(c, started({ acceptWarnings }), dependencies);
    })
    .post("/:id/pause", write, (c) => change(c, paused, dependencies))
    .post("/:id/resume", write, (c) => change(c, resumed, dependencies))
    .post("/:id/cancel", write, (c) => change(c, canceled, dependencies))
    .get("/:id/manifest.jsonl", read, async (c) =>
      (await downloads()).manifest(c, await runOf(c), "jsonl", dependencies),
    )
    .get("/:id/manifest.csv", read, async (c) => (await downloads()).manifest(c, await runOf(c), "csv", dependencies))
    .get("/:id/archive.zip", read, async (c) => (await downloads()).archive(c, await runOf(c), 1, dependencies))
    .get("/:id/archives/:number{[1-9]\\d{0,4}}", read, async (c) =>
      (await downloads()).archive(c, await runOf(c), Number(c.req.param("number")), dependencies),
    );
}

/** A body that may be left out. */
async function optionalBody(c: Context<ApiEnv>): Promise<unknown> {
  return c.req.raw.headers.get("content-type") === null ? {} : readJsonBody(c.req.raw);
}

async function change(c: Context<ApiEnv>, wish: Change, dependencies: RouteDependencies) {
  const run = { accountId: c.get("identity").accountId, id: c.req.param("id")!, face: "catalogue" as const };
  return c.json(presentRun(await changeRun(run, wish, dependencies)));
}
