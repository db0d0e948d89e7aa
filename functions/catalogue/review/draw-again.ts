import { ChunkWriter } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import type { Turn } from "../../runs/steps/turn.ts";
import type { DrawingOverrides } from "../run/image-memory.ts";
import type { PlanDependencies, PlannedRow, PlannedTask } from "../run/plan-tasks.ts";
import { openPlanner, plannedRows } from "../run/planned-rows.ts";
import { readReport } from "../run/run-files.ts";
import type { ResultDependencies } from "../run/task-results.ts";

const productsAtOnce = 500;

/**
 * Draws tasks of a run once more: they become rows behind those of the plan, and the run goes on, or begins again. A
 * crash before the last write leaves the run as it was.
 *
 * @param wanted - keys of tasks, with what is asked of each beside its shot
 * @returns how many are drawn; a task that would be drawn as it was, or cannot be, is left out
 */
export async function drawAgain(
  turn: Turn,
  wanted: ReadonlyMap<string, DrawingOverrides | undefined>,
  dependencies: PlanDependencies & ResultDependencies,
): Promise<number> {
  const { objects, clock } = dependencies;
  const report = await readReport(turn.run, objects);
  if (report === undefined) throw new Error(`run ${turn.run.id} has no report`);
  const planner = await openPlanner(turn.run, report, dependencies);
  const skus = new Set([...wanted.keys()].map((key) => key.slice(0, key.lastIndexOf("#"))));
  const rows = await ChunkWriter.behind(turn.run, objects, turn.run.total);
  let [quoted, dearest, added] = [0, 0, 0];
  const add = async ({ task, request }: PlannedTask) => {
    if (request === undefined) return;
    const { change, version, stems, prompt, alt } = task;
    await rows.add({ key: task.key, body: { ...request, again: { change, version, stems, prompt, alt } } });
    quoted += request.price;
    dearest = Math.max(dearest, request.price);
    added++;
  };
  let batch: PlannedRow[] = [];
  const flush = async () => {
    for (const planned of await planner.plan(batch, wanted)) await add(planned);
    batch = [];
    await turn.keep();
  };
  for await (const row of plannedRows(turn.run, objects)) {
    if ("refused" in row || !skus.has(row.product.sku)) continue;
    batch.push(row);
    if (batch.length === productsAtOnce) await flush();
  }
  await flush();
  await rows.flush();
  const now = clock.now();
  await turn.end((run) => ({ ...(added > 0 && begunAgain(run, { added, quoted, dearest }, now)), nextAt: now }));
  return added;
}

interface Added {
  readonly added: number;
  readonly quoted: number;
  readonly dearest: number;
}

function begunAgain(run: Run, { added, quoted, dearest }: Added, now: number): Partial<Run> {
  const { catalogue, total, status } = run;
  const cost = { ...catalogue!.cost, quoted: catalogue!.cost.quoted + quoted };
  const goesOn = status === "running" || status === "paused";
  return {
    total: total + added,
    // What went wrong before says nothing about what is asked for now.
    catalogue: { ...catalogue!, outcomes: [], cost: { ...cost, dearest: Math.max(cost.dearest, dearest) } },
    ...(!goesOn && { status: "running", finishedAt: undefined, finishingAt: undefined, beganAt: now }),
  };
}
