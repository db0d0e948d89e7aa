import type { Items, Json, Write } from "../../../shared/ports/items.ts";
import { queryEach } from "../../../shared/ports/query-all.ts";
import { recordType } from "../../../shared/ports/record.ts";
import { type MemoryOwner, memoryPartition, taskDigest } from "../run/image-memory.ts";

export const rejectReasons = ["product", "colour", "text", "background", "cropped", "other"] as const;
type RejectReason = (typeof rejectReasons)[number];

/** What its caller thinks of an image. It holds for the images of one job: those of another are looked at again. */
export interface Decision {
  /** Key of the task. */
  readonly key: string;
  readonly jobId: string;
  readonly verdict: "approved" | "rejected";
  readonly reason?: RejectReason;
  readonly note?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const record = recordType<Decision>("decision on an image", ["key", "jobId", "verdict"]);

function partition(owner: MemoryOwner): string {
  return `${memoryPartition(owner)}#REVIEW`;
}

export function decisionWrite(owner: MemoryOwner, decision: Decision): Write {
  const data = record.write(decision) as { [key: string]: Json };
  return { put: { pk: partition(owner), sk: taskDigest(decision.key), data } };
}

/** All decisions under a run key, by key of the task: some 200 bytes for each image that somebody has looked at. */
export async function readDecisions(items: Items, owner: MemoryOwner): Promise<Map<string, Decision>> {
  const found = new Map<string, Decision>();
  for await (const item of queryEach(items, { index: "main", partition: partition(owner) })) {
    const decision = record.read(item);
    found.set(decision.key, decision);
  }
  return found;
}
