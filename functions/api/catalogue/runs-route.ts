import { type Context, Hono } from "hono";
import * as z from "zod";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { readReport } from "../../catalogue/run/run-files.ts";
import { type Change, canceled, changeRun, paused, resumed, started } from "../../runs/change-run.ts";
import { listRuns } from "../../runs/run-store.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { optionalJsonBody } from "../http/json-body.ts";
import { pageLimit } from "../http/page-query.ts";
import { presentReport } from "./present-report.ts";
import { presentRun } from "./present-run.ts";
import { reportMissing } from "./report-missing.ts";
import { loadedHandler, runOfRequest } from "./run-of-request.ts";
import { runOutlook } from "./run-outlook.ts";
import type { runListSchema } from "./run-responses.ts";
import { resumeRequestSchema, startRequestSchema } from "./start-request.ts";

const defaultPage = 20;
const maxPage = 100;
/** Loaded on demand, like the code that creates runs: they would slow every start of the function. */
const mapping = () => import("./change-mapping.ts");
const deletion = () => import("./delete-run.ts");
const facts = () => import("./catalogue-facts.ts");

const runListQuerySchema = z.strictObject({
  limit: z.string().max(20).optional(),
  after: z.string().max(200).optional(),
});

/** `/v1/runs`: a table of products in, an image of each of them out. */
export function runsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, items } = dependencies;
  const write = authenticate("jobs:write");
  const read = authenticate("jobs:read");
  const changeMapping = loadedHandler(dependencies, async () => (await mapping()).changeMapping);
  const readMapping = loadedHandler(dependencies, async () => (await mapping()).readMapping);
  const previewRun = loadedHandler(dependencies, async () => (await mapping()).previewRun);
  return new Hono<ApiEnv>()
    .post("/", write, bodyLimit(), async (c) => (await import("./create-run.ts")).createCatalogueRun(c, dependencies))
    .get("/", read, async (c) => {
      const { limit, after } = parseFields(runListQuerySchema, c.req.query());
      const wanted = pageLimit(limit, { most: maxPage, usual: defaultPage });
      const order = { limit: wanted, after, face: "catalogue" as const };
      const { runs, hasMore } = await listRuns(items, c.get("identity").accountId, order);
      const list: z.infer<typeof runListSchema> = {
        object: "list",
        data: runs.map((run) => presentRun(run)),
        has_more: hasMore,
      };
      return c.json(list);
    })
    .get("/:id", read, async (c) => {
      const run = await runOfRequest(c, dependencies);
      return c.json(presentRun(run, await runOutlook(run, c.get("identity"), dependencies)));
    })
    .delete("/:id", write, async (c) => (await deletion()).removeRun(c, c.req.param("id"), dependencies))
    .get("/:id/report", read, async (c) => {
      const report = await readReport(await runOfRequest(c, dependencies), dependencies.objects);
      if (report === undefined) throw reportMissing();
      return c.json(presentReport(report));
    })
    .get("/:id/mapping", read, readMapping)
    .post("/:id/mapping", write, bodyLimit(), changeMapping)
    .post("/:id/preview", read, bodyLimit(), previewRun)
    .post("/:id/start", write, bodyLimit(), async (c) => {
      const body = await optionalJsonBody(c.req.raw);
      const { accept_warnings: acceptWarnings = false, max_cost: maxCost } = parseFields(startRequestSchema, body);
      return change(c, started({ acceptWarnings, maxCost }), dependencies);
    })
    .post("/:id/pause", write, (c) => change(c, paused, dependencies))
    .post("/:id/resume", write, bodyLimit(), async (c) => {
      const { max_cost: maxCost } = parseFields(resumeRequestSchema, await optionalJsonBody(c.req.raw));
      return change(c, resumed(maxCost), dependencies);
    })
    .post("/:id/cancel", write, (c) => change(c, canceled, dependencies));
}

/** What is known about catalogues without one. */
export function catalogueFactsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const read = dependencies.authenticate("jobs:read");
  return new Hono<ApiEnv>()
    .get("/profiles", read, async (c) => (await facts()).listProfiles(c))
    .get("/presets", read, async (c) => (await facts()).listPresets(c))
    .get("/run-keys/:key{[a-z0-9][a-z0-9_-]{0,63}}", read, async (c) =>
      (await facts()).getRunKey(c, c.req.param("key"), dependencies),
    )
    .delete("/run-keys/:key{[a-z0-9][a-z0-9_-]{0,63}}", dependencies.authenticate("jobs:write"), async (c) =>
      (await deletion()).removeRunKey(c, c.req.param("key"), dependencies),
    );
}

async function change(c: Context<ApiEnv>, wish: Change, dependencies: RouteDependencies) {
  const run = { accountId: c.get("identity").accountId, id: c.req.param("id")!, face: "catalogue" as const };
  return c.json(presentRun(await changeRun(run, wish, dependencies)));
}
