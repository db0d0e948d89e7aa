import { closeSync, openSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { PipelineError } from "../../../shared/errors.ts";
import { type ConvertRowsJob, convertRows } from "./convert-rows.ts";

/** A job and where in the output file the pieces go. */
export interface ConvertTask extends ConvertRowsJob {
  readonly positions: readonly number[];
}

export type ConvertReply = { readonly done: true } | { readonly failed: string; readonly expected: boolean };

/** Run one task into an open file. */
export function runTask(task: ConvertTask, descriptor: number): void {
  convertRows(task).forEach((bytes, index) => {
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, task.positions[index]! + done);
    }
  });
}

// As a thread: one task per message, until told to end. The engine's thread imports this file too, and is not meant.
const file = (workerData as { file?: string } | null)?.file;
if (parentPort && file !== undefined) {
  const port = parentPort;
  const descriptor = openSync(file, "r+");
  port.on("message", (task: ConvertTask | "end") => {
    if (task === "end") {
      closeSync(descriptor);
      port.close();
      return;
    }
    let reply: ConvertReply = { done: true };
    try {
      runTask(task, descriptor);
    } catch (error) {
      const expected = error instanceof PipelineError || (error as NodeJS.ErrnoException).syscall !== undefined;
      reply = { failed: expected ? (error as Error).message : ((error as Error).stack ?? String(error)), expected };
    }
    port.postMessage(reply);
  });
}
