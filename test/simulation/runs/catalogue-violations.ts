import { taskResults } from "../../../functions/catalogue/run/task-results.ts";
import type { Run } from "../../../functions/runs/run.ts";
import { findRun } from "../../../functions/runs/run-store.ts";
import { type Job, terminalStatuses } from "../../../shared/job.ts";
import type { CatalogueClient } from "./catalogue-client.ts";
import type { RunWorld } from "./run-world.ts";

/** Everything that must hold of catalogue runs, whatever happened. Returns what does not; empty is good. */
export async function catalogueViolations(world: RunWorld, jobs: readonly Job[]): Promise<string[]> {
  const perRun = Map.groupBy(jobs, ({ metadata }) => metadata.run_id ?? "");
  const wrong: string[] = [];
  for (const client of world.catalogues) {
    wrong.push(...client.complaints);
    const run = client.runId === undefined ? undefined : (await findRun(world.items, client.runId))?.run;
    if (run === undefined) wrong.push(`${client.runId} was accepted and is gone`);
    else wrong.push(...(await outcome(world, { run, client, jobs: perRun.get(run.id) ?? [] })));
  }
  return wrong;
}

/** One end for the run; one end, one job and one charge for each row; no more spent than allowed; files as listed. */
async function outcome(
  world: RunWorld,
  { run, client, jobs }: { readonly run: Run; readonly client: CatalogueClient; readonly jobs: readonly Job[] },
): Promise<string[]> {
  const wrong: string[] = [];
  const say = (text: string) => wrong.push(`${run.id}: ${text}`);
  const { cost } = run.catalogue!;
  const perSku = Map.groupBy(jobs, ({ metadata }) => metadata.sku ?? "");
  for (const [sku, made] of perSku) if (made.length > 1) say(`${sku} has ${made.length} jobs`);
  const charged = jobs.reduce((sum, job) => sum + (job.charged ?? 0), 0);
  if (charged !== cost.charged) say(`it counts ${cost.charged} as charged, and its jobs cost ${charged}`);
  if (client.maxCost !== undefined && charged > client.maxCost) say(`${charged} were spent of ${client.maxCost}`);
  const ends = client.maxCost === undefined ? ["completed"] : ["completed", "canceled", "failed"];
  if (!ends.includes(run.status)) say(`it ended as ${run.status}`);
  const listed: string[] = [];
  for await (const { task, status, files, jobId, error } of taskResults(run, world)) {
    listed.push(task.sku);
    const [job] = perSku.get(task.sku) ?? [];
    if (job !== undefined && !terminalStatuses.has(job.status)) say(`${job.id} of ${task.sku} is ${job.status}`);
    if (status === "waiting" && (run.status === "completed" || job !== undefined)) say(`${task.sku} has no end`);
    if (job?.status === "succeeded" && (status !== "drawn" || jobId !== job.id)) say(`${job.id} is not told of`);
    if (status === "drawn" && job?.status !== "succeeded") say(`${task.sku} is drawn, and its job is ${job?.status}`);
    if (status === "failed" && job === undefined && client.rows.get(task.sku) !== "refused") {
      say(`${task.sku} failed with ${error?.code} by no fault of its own`);
    }
    for (const { key, bytes } of files) {
      if ((await world.objects.head(key))?.bytes !== bytes) say(`${task.sku} lists ${key}, which is not there`);
    }
  }
  if (JSON.stringify(listed) !== JSON.stringify([...client.rows.keys()]))
    say(`its manifest lists ${listed.length} rows`);
  return wrong;
}
