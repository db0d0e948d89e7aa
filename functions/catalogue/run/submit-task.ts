import { LimitError, SpendError } from "../../../shared/errors.ts";
import { parseImageRequest } from "../../../shared/request/parse-image-request.ts";
import { requestFingerprint } from "../../api/http/request-fingerprint.ts";
import { submitJob } from "../../api/submission/submit-job.ts";
import type { InputRow } from "../../runs/rows/row-chunks.ts";
import type { Flight, Run } from "../../runs/run.ts";
import type { SubmitDependencies } from "../../runs/run-face.ts";
import type { TaskRequest } from "./task.ts";

/**
 * Makes the job of a task, in the batch lane.
 * @throws SpendError `max_cost` where the run's limit has no room for it; LimitError while jobs under way may still
 * leave some
 */
export async function submitTask(
  run: Run,
  { row, jobId: id }: Flight,
  { body }: InputRow,
  dependencies: SubmitDependencies,
): Promise<void> {
  const task = body as unknown as TaskRequest;
  checkCost(run, row, task);
  const { sku, shot } = task;
  const asked = parseImageRequest(task.request, dependencies);
  // Labels end at 512 characters, and SKUs at 200.
  const metadata = { ...run.metadata, run_id: run.id, sku, shot };
  const submission = { ...asked, lane: "batch" as const, metadata };
  const idempotency = { key: `${run.id} ${row}`, fingerprint: requestFingerprint(run.id, { line: row }) };
  const { identity, traceparent } = run;
  await submitJob({ id, identity, submission, idempotency, traceparent }, dependencies);
}

/** Rows that were begun before this one, or are about to be, count as the dearest of the run. */
function checkCost({ catalogue, inFlight }: Run, row: number, { price }: TaskRequest): void {
  const { cost, order } = catalogue!;
  if (order.maxCost === undefined) return;
  if (cost.charged + price > order.maxCost) {
    const message =
      `the run may cost ${order.maxCost} micro-${cost.currency}, of which ${cost.charged} are spent, and the next ` +
      `image costs ${price}; raise max_cost to go on`;
    throw new SpendError("max_cost", message);
  }
  const before = inFlight.findIndex((flight) => flight.row === row);
  if (cost.charged + before * cost.dearest + price > order.maxCost) {
    throw new LimitError("max_cost", "images under way may use what max_cost leaves", 5);
  }
}
