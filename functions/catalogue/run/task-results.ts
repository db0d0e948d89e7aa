import { fileExtensions } from "../../../shared/job.ts";
import type { Items, Json } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { readChunks } from "../../runs/rows/row-chunks.ts";
import type { KeptImage, Run, RunRow } from "../../runs/run.ts";
import { readRows } from "../../runs/run-store.ts";
import type { Task } from "./task.ts";

/** A kept image with the name of its file. */
export interface NamedFile extends KeptImage {
  readonly name: string;
  /** Variation, from 1. */
  readonly n: number;
}

/** What has become of a task so far. */
export interface TaskResult {
  readonly task: Task;
  readonly status: "drawn" | "unchanged" | "failed" | "skipped" | "waiting";
  readonly files: readonly NamedFile[];
  readonly jobId?: string;
  readonly error?: { readonly code: string; readonly message: string };
  /** Micro-units. */
  readonly charged: number;
}

export interface ResultDependencies {
  readonly items: Items;
  readonly objects: Objects;
}

/** Results of all tasks, in the order of the file. Memory does not grow with their number. */
export async function* taskResults(run: Run, { items, objects }: ResultDependencies): AsyncGenerator<TaskResult, void> {
  // Both are in the same order, and rows of tasks that are not over yet are missing.
  const rows = readRows(items, run, 0);
  let row = (await rows.next()).value as RunRow | undefined;
  for await (const { value: task } of readChunks<Task>(run, "tasks", objects)) {
    while (task.row !== undefined && row !== undefined && row.row < task.row)
      row = (await rows.next()).value ?? undefined;
    const own = task.row !== undefined && row?.row === task.row ? row : undefined;
    yield resultOf(task, own);
  }
}

function resultOf(task: Task, row: RunRow | undefined): TaskResult {
  const frame = { task, files: [], charged: 0 };
  if (task.status === "failed") {
    const { code, message } = task.problem!;
    return { ...frame, status: "failed", error: { code, message: message.en } };
  }
  if (task.status === "skipped") return { ...frame, status: "skipped" };
  if (task.status === "unchanged") {
    return { ...frame, status: "unchanged", files: named(task, task.kept ?? []), jobId: task.jobId };
  }
  if (row === undefined) return { ...frame, status: "waiting" };
  const { jobId, charged = 0 } = row;
  if (row.refused !== undefined) return { ...frame, status: "failed", jobId, error: errorOf(row.refused.body) };
  return { ...frame, status: "drawn", files: named(task, row.kept ?? []), jobId, charged };
}

function named(task: Task, images: readonly KeptImage[]): NamedFile[] {
  return images.map((image, index) => {
    const extension = fileExtensions[image.format];
    return { ...image, n: index + 1, name: `${task.stems[index] ?? `${task.sku}_${index + 1}`}.${extension}` };
  });
}

function errorOf(body: Json): NonNullable<TaskResult["error"]> {
  const { code = "unknown", message = "" } = body as { readonly code?: string; readonly message?: string };
  return { code, message };
}
