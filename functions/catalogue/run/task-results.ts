import { fileExtensions } from "../../../shared/job.ts";
import type { Items, Json } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { type InputRow, readChunks } from "../../runs/rows/row-chunks.ts";
import type { KeptImage, Run, RunRow } from "../../runs/run.ts";
import { readRows } from "../../runs/run-store.ts";
import type { Task, TaskRequest } from "./task.ts";

/** A kept image with the name of its file. */
export interface NamedFile extends KeptImage {
  readonly name: string;
  /** Variation, from 1. */
  readonly n: number;
}

/** What has become of a task so far. */
export interface TaskResult {
  /** Place of the task in its run, from 0. */
  readonly number: number;
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

/** A task that is drawn once more, and what has become of that. */
interface Again {
  readonly row: number;
  readonly request: TaskRequest;
  readonly outcome?: RunRow;
}

/**
 * Results of all tasks, in the order of the file. Memory grows with the tasks that are drawn once more alone.
 * @param from - number of the first task that is wanted
 */
export async function* taskResults(
  run: Run,
  { items, objects }: ResultDependencies,
  from = 0,
): AsyncGenerator<TaskResult, void> {
  const again = await readAgain(run, { items, objects });
  let rows: AsyncGenerator<RunRow, void> | undefined;
  let row: RunRow | undefined;
  const next = async () => {
    row = (await rows!.next()).value ?? undefined;
  };
  for await (const { row: number, value: task } of readChunks<Task>(run, "tasks", objects, from)) {
    await readUpTo(task.row);
    const other = again.get(task.key);
    if (other !== undefined) yield { ...resultOf(redrawn(task, other), other.outcome), number };
    else yield { ...resultOf(task, task.row !== undefined && row?.row === task.row ? row : undefined), number };
  }

  /** Both are in the same order, and rows that are not over yet are missing. */
  async function readUpTo(wanted: number | undefined): Promise<void> {
    if (wanted === undefined) return;
    if (rows === undefined) {
      rows = readRows(items, run, wanted);
      await next();
    }
    while (row !== undefined && row.row < wanted) await next();
  }
}

/** Tasks that are drawn once more, by key; of one that is so repeatedly, the last time counts. */
async function readAgain(run: Run, { items, objects }: ResultDependencies): Promise<ReadonlyMap<string, Again>> {
  const { planned } = run.catalogue!;
  const found = new Map<string, Again>();
  if (planned === undefined || run.total <= planned) return found;
  const outcomes = new Map<number, RunRow>();
  for await (const outcome of readRows(items, run, planned)) outcomes.set(outcome.row, outcome);
  for await (const { row, value } of readChunks<InputRow>(run, "rows", objects, planned)) {
    // What lies behind belongs to a retry that was not recorded.
    if (row >= run.total) break;
    found.set(value.key, { row, request: value.body as unknown as TaskRequest, outcome: outcomes.get(row) });
  }
  return found;
}

function redrawn(task: Task, { row, request }: Again): Task {
  const { key, sku, shot, line, method, photo, category, model } = task;
  const { change, version, stems, prompt, alt } = request.again ?? task;
  const own = { key, sku, shot, line, method, photo, category, model, hash: request.hash.all };
  return { ...own, status: "draw", row, change, version, stems, prompt, alt };
}

function resultOf(task: Task, row: RunRow | undefined): Omit<TaskResult, "number"> {
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
