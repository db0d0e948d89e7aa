import type { Job } from "../job.ts";
import type { Queue } from "../ports/queue.ts";
import { parseTraceparent } from "./trace-context.ts";

/**
 * Body of a queue message: the job's id, and its trace context for readers that have the message alone. The job
 * itself is read from the store, where it is current.
 */
export function jobMessage(jobId: string, traceparent?: string): string {
  return JSON.stringify({ v: 1, jobId, traceparent });
}

/** Sends the message of a job to its lane, in the turn of its account. */
export function sendJob(queue: Pick<Queue, "send">, { id, traceparent, lane, accountId }: Job): Promise<void> {
  return queue.send(jobMessage(id, traceparent), { lane: lane ?? "interactive", group: accountId });
}

const maxMessageCharacters = 1_000;
const idPattern = /^job_[0-9A-Z]{26}$/;

/** Never throws: a message may hold anything. */
export function parseJobMessage(
  body: string,
): { readonly jobId: string; readonly traceparent?: string } | { readonly problem: string } {
  if (body.length > maxMessageCharacters) {
    return { problem: `a job message has at most ${maxMessageCharacters} characters, got ${body.length}` };
  }
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return { problem: `expected JSON, got ${excerpt(body)}` };
  }
  if (typeof message !== "object" || message === null || !("v" in message) || !("jobId" in message)) {
    return { problem: `expected {"v":1,"jobId":"job_…"}, got ${excerpt(body)}` };
  }
  if (message.v !== 1) return { problem: `expected message version 1, got ${excerpt(JSON.stringify(message.v))}` };
  if (typeof message.jobId !== "string" || !idPattern.test(message.jobId)) {
    return {
      problem: `expected a job id like job_01ARZ3NDEKTSV4RRFFQ69G5FAV, got ${excerpt(JSON.stringify(message.jobId))}`,
    };
  }
  const { jobId } = message;
  const traceparent =
    "traceparent" in message && typeof message.traceparent === "string"
      ? parseTraceparent(message.traceparent)
      : undefined;
  return { jobId, traceparent };
}

function excerpt(text: string): string {
  return text.length > 100 ? `${JSON.stringify(text.slice(0, 100))} …` : JSON.stringify(text);
}
