import type { Context } from "hono";
import type * as z from "zod";
import { ConflictError } from "../../../shared/errors.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { type CatalogueOrder, changed, noCounts } from "../../catalogue/run/catalogue-state.ts";
import type { PlannedRow } from "../../catalogue/run/plan-tasks.ts";
import { openPlanner, plannedRows } from "../../catalogue/run/planned-rows.ts";
import { readReport } from "../../catalogue/run/run-files.ts";
import { holdRun } from "../../runs/hold-run.ts";
import type { Run } from "../../runs/run.ts";
import { wakeRun } from "../../runs/steps/wake-run.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { optionalJsonBody, readJsonBody } from "../http/json-body.ts";
import { presentProblem } from "./present-report.ts";
import { presentRun } from "./present-run.ts";
import { reportMissing } from "./report-missing.ts";
import type { runPreviewSchema } from "./run-report-responses.ts";
import {
  changedOrder,
  chosenShots,
  mappingRequestSchema,
  presentMapping,
  previewRequestSchema,
} from "./run-request.ts";

const previewedProducts = 4;

/** `GET /v1/runs/{id}/mapping`: how the file is to be read, and what is to be drawn. */
export function readMapping(c: Context<ApiEnv>, { catalogue }: Run) {
  return c.json(presentMapping(catalogue!.order));
}

/** `POST /v1/runs/{id}/mapping`: reads the file again, with other columns, another header or other shots. */
export async function changeMapping(c: Context<ApiEnv>, { id, identity }: Run, dependencies: RouteDependencies) {
  const request = parseFields(mappingRequestSchema, await readJsonBody(c.req.raw));
  const turn = await holdRun({ accountId: identity.accountId, id }, mayBeReadAgain, dependencies);
  const order = changedOrder(turn.run.catalogue!.order, request);
  const now = dependencies.clock.now();
  await turn.end((run) => ({ ...unread(run, order), imports: (run.imports ?? 0) + 1, nextAt: now }));
  await wakeRun(turn.run, dependencies);
  return c.json(presentRun(turn.run));
}

/** A run of which nothing is drawn: one that waits, or whose file or plan could not be used. */
function mayBeReadAgain({ id, status, catalogue, total }: Run): void {
  if (status === "ready" || (status === "failed" && catalogue!.problem !== undefined && total === 0)) return;
  throw new ConflictError("run_state", `run ${id} is ${status}; its file is read again only before it begins`);
}

function unread(run: Run, order: CatalogueOrder): Partial<Run> {
  const { cost } = run.catalogue!;
  const none = {
    order,
    stage: "read",
    photosNext: undefined,
    products: 0,
    counts: noCounts,
    planned: undefined,
  } as const;
  const anew = { ...none, needsAcceptance: undefined, problem: undefined, cost: { ...cost, quoted: 0, dearest: 0 } };
  return { ...changed(run, anew), status: "importing", total: 0, finishedAt: undefined };
}

/** `POST /v1/runs/{id}/preview`: the prompts of some products, also of shots that are only being thought about. */
export async function previewRun(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const request = parseFields(previewRequestSchema, await optionalJsonBody(c.req.raw));
  const report = await readReport(run, dependencies.objects);
  if (report === undefined) throw reportMissing();
  const { order } = run.catalogue!;
  const planner = await openPlanner(run, report, dependencies, {
    ...order,
    shots: chosenShots(request) ?? order.shots,
  });
  const rows: PlannedRow[] = [];
  for await (const row of plannedRows(run, dependencies.objects)) {
    if ("product" in row) rows.push(row);
    if (rows.length === (request.n ?? previewedProducts)) break;
  }
  const planned = await planner.plan(rows);
  const preview: z.infer<typeof runPreviewSchema> = {
    object: "list",
    data: planned.map(({ task, request }) => ({
      sku: task.sku,
      shot: task.shot,
      line: task.line,
      status: task.status,
      change: task.change ?? null,
      prompt: task.prompt ?? null,
      alt: task.alt ?? null,
      files: [...task.stems],
      price: request?.price ?? 0,
      problem: task.problem === undefined ? null : presentProblem(task.problem),
    })),
  };
  return c.json(preview);
}
