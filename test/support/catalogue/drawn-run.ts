import { createHash } from "node:crypto";
import type { CatalogueOrder } from "../../../functions/catalogue/run/catalogue-state.ts";
import type { Task } from "../../../functions/catalogue/run/task.ts";
import { ChunkWriter } from "../../../functions/runs/rows/row-chunks.ts";
import type { KeptImage } from "../../../functions/runs/run.ts";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { sampleRun } from "../api/sample-run.ts";
import { manualClock } from "../manual-clock.ts";
import { createMemoryObjects } from "../memory-objects.ts";
import { sampleCatalogue } from "./sample-catalogue.ts";

/** A task whose image the run before has drawn, as job `job_{sku}`. */
export function drawnTask(sku: string, changes: Partial<Task> = {}): Task {
  const frame = { key: `${sku}#main`, sku, shot: "main", line: 2, version: 1, stems: [`${sku}_main_1`] };
  return { ...frame, status: "unchanged", jobId: `job_${sku}`, kept: [keptImage(sku)], ...changes };
}

/** A small image that differs from those of other names. */
export function keptImage(name: string, changes: Partial<KeptImage> = {}): KeptImage {
  const sha256 = createHash("sha256").update(name).digest("hex");
  const size = { width: 64, height: 64, bytes: 9 };
  return { key: `k/acc_1/spring/${sha256}.png`, sha256, crc32: 1, ...size, format: "png", seed: 1, ...changes };
}

/** A completed catalogue run whose plan is these tasks, over stores in memory. */
export async function openDrawnRun(tasks: readonly Task[], order: Partial<CatalogueOrder> = {}) {
  const clock = manualClock();
  const items = openEmbeddedItems(":memory:", { clock });
  const objects = createMemoryObjects({ clock });
  const state = sampleCatalogue(order, { planned: 0 });
  const catalogue = { ...state, counts: { ...state.counts, tasks: tasks.length } };
  const run = sampleRun({ id: "run_1", face: "catalogue", status: "completed", total: 0, catalogue });
  const chunks = new ChunkWriter<Task>(run, objects, "tasks");
  for (const task of tasks) await chunks.add(task);
  await chunks.flush();
  const owner = { accountId: run.identity.accountId, runKey: catalogue.order.runKey };
  return { run, owner, items, objects, clock, newId: () => "01KBCDEFGHJKMNPQRSTVWXYZ01", close: () => items.close() };
}
