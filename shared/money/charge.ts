import type { Job, JobStatus } from "../job.ts";
import { pixelCalls, stepsPerImage } from "../request/drawing-passes.ts";

/**
 * The rule of what an ended job is charged: work begun for its caller is paid, work lost by us is not.
 *
 *   succeeded                                     the whole price
 *   cancelled while a worker had it               the steps begun by that attempt
 *   failed in drawing because of its own request  the steps begun by that attempt
 *   any other failure, expired, never begun       nothing
 *
 * A step counts once it is begun. The first begins with the attempt: the text encoder reads the prompt for it. A step
 * weighs as many pixels and network calls as the price counts for it, so that all steps are the whole price.
 *
 * @param before - the job before it ended
 * @param callersFault - the request itself made the attempt fail
 * @returns whole micro-units, rounded down
 */
export function chargeOf(before: Job, status: JobStatus, callersFault = false): number {
  const { price, params } = before;
  if (price === undefined) return 0;
  if (status === "succeeded") return price.amount;
  const steps = stepsToPay(before, status, callersFault);
  if (steps === 0) return 0;
  const perImage = stepsPerImage(params);
  const all = pixelCalls(params);
  const begun = Math.floor(steps / perImage) * all + pixelCalls(params, steps % perImage);
  // The product of price and work can exceed 2^53.
  return Number((BigInt(price.amount) * BigInt(begun)) / BigInt(params.n * all));
}

/** Steps of all images that an ended job is charged for. */
export function stepsToPay(before: Job, status: JobStatus, callersFault = false): number {
  const { params, progress } = before;
  const all = params.n * stepsPerImage(params);
  if (status === "succeeded") return all;
  if (before.status !== "running") return 0;
  if (status === "canceled") return Math.min(all, (progress?.step ?? 0) + 1);
  // An attempt without progress failed while its input was read, before anything was drawn.
  if (status === "failed" && callersFault && progress !== undefined) return Math.min(all, progress.step + 1);
  return 0;
}
