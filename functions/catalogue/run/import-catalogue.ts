import { NotFoundError } from "../../../shared/errors.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { ChunkWriter } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import type { Turn } from "../../runs/steps/turn.ts";
import { fetchPhotos } from "../photos/photo-stage.ts";
import { distinctNames } from "../plan/file-names.ts";
import { CatalogueError, catalogueProblem, messageOf } from "../problems/catalogue-problem.ts";
import type { CatalogueReport } from "../products/product.ts";
import { changed, noCounts, type TaskCounts } from "./catalogue-state.ts";
import { fetchSource } from "./fetch-source.ts";
import { readKnownSkus } from "./known-skus.ts";
import type { PlannedRow, PlannedTask } from "./plan-tasks.ts";
import { openPlanner, plannedRows } from "./planned-rows.ts";
import { type ReadProduct, readProducts } from "./read-products.ts";
import { readReport, storeReport } from "./run-files.ts";
import type { Task } from "./task.ts";

/** SKUs of products that are gone that the report names. */
const namedGone = 100;
/** Products planned at once. */
const productsAtOnce = 500;

/**
 * The first step, in stages that go on after a crash: the file becomes products, their photos are fetched, and each
 * shot of each product becomes a task that is drawn, unchanged or refused. Then the run is
 * ready, and begins when its caller says so, or has said so.
 * @returns rows that were read
 */
export async function importCatalogue(turn: Turn, dependencies: FaceDependencies): Promise<number> {
  try {
    await turn.keep();
    if (turn.run.catalogue!.stage === "read") await readStage(turn, dependencies);
    if (turn.run.catalogue!.stage === "photos") {
      if (!(await fetchPhotos(turn, dependencies))) return 0;
      await turn.keep((run) => changed(run, { stage: "plan" }));
    }
    return await planStage(turn, dependencies);
  } catch (error) {
    if (!(error instanceof CatalogueError || error instanceof NotFoundError)) throw error;
    const problem =
      error instanceof CatalogueError ? error.problem : catalogueProblem("file_gone", { value: error.message });
    const finishedAt = dependencies.clock.now();
    await turn.end((run) => ({ ...changed(run, { problem }), status: "failed", finishedAt, nextAt: finishedAt }));
    return 0;
  }
}

/** A file that is fetched may take so long, in pieces. */
const fetchingMs = 600_000;

async function readStage(turn: Turn, dependencies: FaceDependencies): Promise<void> {
  const { sourceUrl } = turn.run.catalogue!.order;
  if (sourceUrl !== undefined) {
    await turn.keep(undefined, [], fetchingMs);
    await fetchSource(turn.run, sourceUrl, dependencies);
    await turn.keep();
  }
  const chunks = new ChunkWriter<ReadProduct>(turn.run, dependencies.objects, "products");
  for await (const product of readProducts(turn.run, dependencies)) {
    await chunks.add(product);
    if (chunks.rows % 5_000 === 0) await turn.keep((run) => changed(run, { products: chunks.rows }));
  }
  await chunks.flush();
  await turn.keep((run) => changed(run, { stage: "photos", photosNext: 0, products: chunks.rows }));
}

async function planStage(turn: Turn, dependencies: FaceDependencies): Promise<number> {
  const { objects, clock } = dependencies;
  const { run } = turn;
  const { order } = run.catalogue!;
  const report = (await readReport(run, objects))!;
  const planner = await openPlanner(run, report, dependencies);
  const planned: PlannedTask[] = [];
  let batch: PlannedRow[] = [];
  const flush = async () => {
    planned.push(...(await planner.plan(batch)));
    batch = [];
    await turn.keep();
  };
  for await (const row of plannedRows(run, objects)) {
    batch.push(row);
    if (batch.length === productsAtOnce) await flush();
  }
  await flush();
  const { rows, counts, quoted, dearest } = await writeTasks(turn, planned, dependencies);
  await reportGone(run, report, planned, objects);
  const now = clock.now();
  const needsAcceptance = report.needsAcceptance && !order.acceptWarnings;
  // With nothing to draw it is over at once.
  const begins = rows === 0 || (order.start && !needsAcceptance);
  await turn.end(({ catalogue, ...rest }) => ({
    ...rest,
    catalogue: { ...catalogue!, counts, planned: rows, needsAcceptance, cost: { ...catalogue!.cost, quoted, dearest } },
    status: begins ? "running" : "ready",
    total: rows,
    paused: undefined,
    beganAt: begins ? now : rest.beganAt,
    nextAt: now,
  }));
  return rows;
}

/**
 * Adds to the report what was drawn under the run key and is not in the file; once, however often the step is taken.
 */
async function reportGone(
  run: Run,
  report: CatalogueReport,
  planned: readonly PlannedTask[],
  objects: Objects,
): Promise<void> {
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const here = new Set(planned.map(({ task }) => task.sku));
  const gone = [...(await readKnownSkus(owner, objects))].filter((sku) => !here.has(sku));
  if (gone.length === 0) return;
  const value = `${gone.slice(0, namedGone).join(", ")}${gone.length > namedGone ? " …" : ""}`;
  const warning = {
    code: "gone",
    count: gone.length,
    lines: [],
    message: messageOf("gone", { count: gone.length, value }),
  } as const;
  const others = report.warnings.filter(({ code }) => code !== "gone");
  await storeReport(run, { ...report, warnings: [...others, warning] }, objects);
}

/** Names are known only when all tasks are: two may not be the same. */
async function writeTasks(turn: Turn, planned: readonly PlannedTask[], { objects }: FaceDependencies) {
  const named = planned.flatMap(({ task }) => task.stems.map((stem, n) => ({ key: `${task.key}#${n}`, stem })));
  const { stems } = distinctNames(named);
  const tasks = new ChunkWriter<Task>(turn.run, objects, "tasks");
  const rows = new ChunkWriter(turn.run, objects);
  let counts: TaskCounts = noCounts;
  let [quoted, dearest] = [0, 0];
  for (const { task, request } of planned) {
    const own = task.stems.map((_, n) => stems.get(`${task.key}#${n}`)!);
    const isDrawn = task.status === "draw";
    await tasks.add({ ...task, stems: own, row: isDrawn ? rows.rows : undefined });
    counts = countTask(counts, task);
    if (request === undefined) continue;
    await rows.add({ key: task.key, body: { ...request } });
    quoted += request.price;
    dearest = Math.max(dearest, request.price);
    if (rows.rows % 5_000 === 0) await turn.keep();
  }
  await tasks.flush();
  await rows.flush();
  return { rows: rows.rows, counts, quoted, dearest };
}

function countTask(counts: TaskCounts, { status, change, problem }: Task): TaskCounts {
  if (status === "skipped") return { ...counts, skipped: counts.skipped + 1 };
  const all = { ...counts, tasks: counts.tasks + 1 };
  if (status === "unchanged") return { ...all, unchanged: counts.unchanged + 1 };
  if (problem !== undefined) {
    return { ...all, refused: { ...counts.refused, [problem.code]: (counts.refused[problem.code] ?? 0) + 1 } };
  }
  if (change === "fresh" || change === "redrawn") return { ...all, [change]: counts[change] + 1 };
  return { ...all, changed: { ...counts.changed, [change!]: counts.changed[change!] + 1 } };
}
