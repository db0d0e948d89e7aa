import type { Run } from "../../runs/run.ts";
import type { ResultDependencies } from "../run/task-results.ts";
import { type DefectShare, defectShare } from "./defect-share.ts";
import { flags } from "./flags.ts";
import { placeOf, type ReviewedResult, type ReviewState, reviewedResults } from "./reviewed-results.ts";

type ReviewCounts = { readonly [state in ReviewState]: number };

export interface ReviewPage {
  /** The riskiest first. */
  readonly found: readonly ReviewedResult[];
  /** Where the next page begins; absent after the last. */
  readonly next?: string;
  readonly counts: ReviewCounts;
  readonly estimate: DefectShare | null;
}

interface Wanted {
  /** @default all that have an image */
  readonly state?: ReviewState;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/**
 * Images in the order in which they should be looked at: what a check or a comparison says against them first, then at
 * random, so that whoever stops early has seen a fair part. Reads every result and holds one page of them.
 */
export async function reviewPage(run: Run, wanted: Wanted, dependencies: ResultDependencies): Promise<ReviewPage> {
  const counts = { auto_ok: 0, needs_review: 0, approved: 0, rejected: 0 };
  let [lookedAt, rejected] = [0, 0];
  let held: { readonly place: string; readonly result: ReviewedResult }[] = [];
  const most = wanted.limit + 1;
  for await (const result of reviewedResults(run, dependencies)) {
    if (result.review === undefined) continue;
    const { state, isSampled, decision } = result.review;
    counts[state]++;
    if (isSampled && decision !== undefined) {
      lookedAt++;
      if (decision.verdict === "rejected") rejected++;
    }
    if (wanted.state !== undefined && state !== wanted.state) continue;
    const place = placeInQueue(run.id, result);
    if (wanted.after !== undefined && place <= wanted.after) continue;
    held.push({ place, result });
    if (held.length >= 4 * most) held = first(held, most);
  }
  held = first(held, most);
  const page = held.slice(0, wanted.limit);
  return {
    found: page.map(({ result }) => result),
    ...(held.length > wanted.limit && { next: page.at(-1)!.place }),
    counts,
    estimate: defectShare(lookedAt, rejected),
  };
}

function first<T extends { readonly place: string }>(all: T[], most: number): T[] {
  return all.sort((a, b) => (a.place < b.place ? -1 : 1)).slice(0, most);
}

/** Sorts by the gravest flag, the sample before the rest, then at random. */
function placeInQueue(runId: string, { task, number, review }: ReviewedResult): string {
  const [gravest] = review!.flags;
  const risk = gravest === undefined ? flags.length + (review!.isSampled ? 0 : 1) : flags.indexOf(gravest);
  const random = Math.floor(placeOf(runId, task.key) * 2 ** 32);
  return `${risk}-${random.toString(16).padStart(8, "0")}-${number}`;
}
