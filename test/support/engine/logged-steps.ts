import { watch } from "node:fs/promises";
import { readStepLog } from "../../../gpu-worker/training/train-loop.ts";

/** Resolves when the training that writes to `folder` has logged `count` steps. The folder must exist. */
export async function loggedSteps(folder: string, count: number): Promise<void> {
  const changes = watch(folder);
  // Asked for before the log is read: a change while it is read ends the wait.
  for (let change = changes.next(); (await readStepLog(folder)).length < count; change = changes.next()) await change;
  await changes.return?.();
}
