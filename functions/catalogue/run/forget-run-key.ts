import { ConflictError } from "../../../shared/errors.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { runFolder } from "../../runs/rows/row-chunks.ts";
import { isOver, type Run } from "../../runs/run.ts";
import { listRuns, readRun, removeRows, removeRun } from "../../runs/run-store.ts";
import { publicationPartition, publicFolder } from "../publish/publications.ts";
import { type MemoryOwner, memoryPartition } from "./image-memory.ts";

/** What one call may take; the next one goes on where it was. */
const forgettingMs = 15_000;
const deletesAtOnce = 100;
const runsPerPage = 100;

interface ForgetDependencies {
  readonly items: Items;
  readonly objects: Pick<Objects, "walk" | "delete">;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Deletes a run that is over: its record first, so that nothing names what is not there, then its rows, its table, and
 * the files that it wrote. What was drawn stays under its run key. Whatever a crash leaves is deleted with its age.
 * @throws ConflictError `run_state` for a run that is not over
 */
export async function deleteRun(
  { accountId, id }: { readonly accountId: string; readonly id: string },
  { items, objects }: ForgetDependencies,
): Promise<void> {
  const { run, version } = await readRun(items, accountId, id, "catalogue");
  assertOver(run);
  await removeRun(items, run, version);
  await removeRows(items, run);
  for await (const { key } of objects.walk(`${runFolder(run)}/`)) await objects.delete(key);
}

/**
 * Deletes all that a run key holds: its publications, what was decided and exported, its images, and its runs.
 * @returns whether all is gone; else the call is to be made again
 * @throws ConflictError `run_state` while a run under the key is not over
 */
export async function forgetRunKey(owner: MemoryOwner, dependencies: ForgetDependencies): Promise<boolean> {
  const { items, objects, clock } = dependencies;
  const until = clock.now() + forgettingMs;
  const isLate = () => clock.now() >= until;
  const runs = await runsOf(owner, items);
  runs.forEach(assertOver);
  const folder = await publicFolder(items, owner);
  const memory = memoryPartition(owner);
  const partitions = [
    // What everybody can see goes first, and the name of the folder after what it leads to.
    ...(folder === undefined ? [] : [publicationPartition(folder)]),
    `${memory}#PUBLIC`,
    memory,
    `${memory}#REVIEW`,
    `${memory}#EXPORTED`,
  ];
  for (const partition of partitions) if (!(await deletePartition(partition, items, isLate))) return false;
  for await (const { key } of objects.walk(`k/${owner.accountId}/${owner.runKey}/`)) {
    if (isLate()) return false;
    await objects.delete(key);
  }
  for (const { id } of runs) {
    if (isLate()) return false;
    await deleteRun({ accountId: owner.accountId, id }, dependencies);
  }
  return true;
}

async function runsOf({ accountId, runKey }: MemoryOwner, items: Items): Promise<Run[]> {
  const found: Run[] = [];
  for (let after: string | undefined; ; ) {
    const { runs, hasMore } = await listRuns(items, accountId, { limit: runsPerPage, after, face: "catalogue" });
    found.push(...runs.filter(({ catalogue }) => catalogue!.order.runKey === runKey));
    if (!hasMore) return found;
    after = runs.at(-1)!.id;
  }
}

function assertOver(run: Run): void {
  if (isOver(run)) return;
  throw new ConflictError("run_state", `run ${run.id} is ${run.status}; cancel it, or wait until it is over`);
}

async function deletePartition(partition: string, items: Items, isLate: () => boolean): Promise<boolean> {
  for (;;) {
    const { items: found } = await items.query({ index: "main", partition, limit: deletesAtOnce });
    if (found.length === 0) return true;
    if (isLate()) return false;
    await items.write(found.map(({ pk, sk }) => ({ delete: { pk, sk } })));
  }
}
