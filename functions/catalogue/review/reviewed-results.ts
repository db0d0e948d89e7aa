import { createHash } from "node:crypto";
import type { Run } from "../../runs/run.ts";
import type { Finding } from "../checks/marketplace-rules.ts";
import type { CatalogueOrder } from "../run/catalogue-state.ts";
import { readCompared } from "../run/run-files.ts";
import { type ResultDependencies, type TaskResult, taskResults } from "../run/task-results.ts";
import { type Decision, readDecisions } from "./decisions.ts";
import { type Flag, findingsOfFiles, flagsOf } from "./flags.ts";

/** `auto_ok`: nobody has looked at it, and nobody has to. */
export type ReviewState = "auto_ok" | "needs_review" | "approved" | "rejected";

/** Where an image stands in the review of its run. */
interface Review {
  readonly state: ReviewState;
  /** Reasons to look at it, the gravest first. */
  readonly flags: readonly Flag[];
  /** Of each file: its numbers beside those of the run's marketplaces. */
  readonly findings: readonly (readonly Finding[])[];
  /** It belongs to the random sample that the share of defects is estimated from. */
  readonly isSampled: boolean;
  readonly decision?: Decision;
}

export interface ReviewedResult extends TaskResult {
  /** Absent where there is no image. */
  readonly review?: Review;
}

/** Images of the random sample, about so many. */
const sampleSize = 200;

/** Results with what was decided on them, in the order of the file. @param from - number of the first task */
export async function* reviewedResults(
  run: Run,
  dependencies: ResultDependencies,
  from = 0,
): AsyncGenerator<ReviewedResult, void> {
  const { order, counts } = run.catalogue!;
  const owner = { accountId: run.identity.accountId, runKey: order.runKey };
  const decisions = await readDecisions(dependencies.items, owner);
  const alike = await readCompared(run, "near-duplicates", dependencies.objects);
  const uneven = order.consistentScale
    ? await readCompared(run, "uneven-fill", dependencies.objects)
    : new Set<string>();
  const share = sampleSize / Math.max(1, counts.tasks);
  for await (const result of taskResults(run, dependencies, from)) {
    if (result.files.length === 0) {
      yield result;
      continue;
    }
    const { key } = result.task;
    const known = decisions.get(key);
    const decision = known?.jobId === result.jobId ? known : undefined;
    const findings = findingsOfFiles(result, order);
    const looked = {
      flags: flagsOf(result, findings, { alike, uneven }),
      findings,
      isSampled: placeOf(run.id, key) < share,
    };
    const state = decision?.verdict ?? openState(order.review ?? "flagged", looked);
    yield { ...result, review: { ...looked, state, ...(decision && { decision }) } };
  }
}

/** A number from 0 to 1 that is random between images, and always the same for one. */
export function placeOf(runId: string, key: string): number {
  const digest = createHash("sha256")
    .update(JSON.stringify([runId, key]))
    .digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}

function openState(
  policy: NonNullable<CatalogueOrder["review"]>,
  { flags, isSampled }: Pick<Review, "flags" | "isSampled">,
): ReviewState {
  const isWanted = policy === "all" || (policy !== "none" && flags.length > 0) || (policy === "sample" && isSampled);
  return isWanted ? "needs_review" : "auto_ok";
}

/** Whether a shop may have it. @param onlyApproved - not even what nobody had to look at */
export function mayLeave({ review }: ReviewedResult, onlyApproved = false): boolean {
  return review?.state === "approved" || (!onlyApproved && review?.state === "auto_ok");
}
