import { signal } from "@preact/signals";
import { newUuid } from "../../../../../sdk/src/http/new-uuid.ts";
import { ApiError, ConnectionError, type JobRequest, TimeoutError } from "../../../../../sdk/src/index.ts";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { queries } from "../../../server/queries.ts";
import { keepInTab, keptInTab } from "../../../shell/kept.ts";
import { addFeedJob, changeFeedJob, findFeedJob, removeFeedJob } from "./feed.ts";
import { newFeedJob } from "./feed-job.ts";
import { claimEvents } from "./follow-jobs.ts";

/** Why the last press on Draw led to nothing. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly text: string;
  /** By the field of the request. */
  readonly fields: { readonly [param: string]: string };
  /** What to send again, where that may help. */
  readonly again: JobRequest | null;
}

export const refusal = signal<Refusal | null>(null);

const name = "zimage.unanswered";
type Unanswered = { readonly [key: string]: JobRequest };

function unanswered(): Unanswered {
  try {
    return JSON.parse(keptInTab(name) ?? "{}") as Unanswered;
  } catch {
    return {};
  }
}

function keepUnanswered(key: string, request: JobRequest | null): void {
  const { [key]: _, ...rest } = unanswered();
  keepInTab(name, JSON.stringify(request === null ? rest : { ...rest, [key]: request }));
}

/**
 * Sends a request, whose tiles are shown at once. Its key is kept in the tab until the server has responded, so that
 * neither a lost response nor a reload draws it twice.
 */
export function submitDrawing(request: JobRequest): void {
  const key = newUuid();
  refusal.value = null;
  keepUnanswered(key, request);
  addFeedJob(newFeedJob(key, { request }));
  void send(key, request);
}

/** Takes up what a reload has cut off. */
export function resubmitUnanswered(): void {
  for (const [key, request] of Object.entries(unanswered())) {
    if (findFeedJob(key)) continue;
    addFeedJob(newFeedJob(key, { request }));
    void send(key, request);
  }
}

/** Gives up on a request that waits to be sent again. */
export function withdrawDrawing(key: string): void {
  keepUnanswered(key, null);
  removeFeedJob(key);
}

async function send(key: string, request: JobRequest): Promise<void> {
  if (!findFeedJob(key)) return;
  changeFeedJob(key, { sentAgainAt: null });
  try {
    // The page counts down and says so, where the SDK would wait in silence.
    const { latest: job } = await client.peek().jobs.create(request, { idempotencyKey: key, maxRetries: 0 });
    keepUnanswered(key, null);
    // The same job may have come by the list meanwhile.
    removeFeedJob(job.id);
    changeFeedJob(key, { job, place: job.queue && { position: job.queue.position, etaS: job.queue.eta_s } });
    claimEvents(job.id);
    void queries.invalidateQueries({ queryKey: ["key"] });
  } catch (error) {
    sendLater(key, request, error);
  }
}

function sendLater(key: string, request: JobRequest, error: unknown): void {
  if (error instanceof ApiError && error.status === 429) {
    const waitMs = Math.max(1_000, error.retryAfterMs ?? 5_000);
    changeFeedJob(key, { sentAgainAt: Date.now() + waitMs });
    setTimeout(() => void send(key, request), waitMs);
    return;
  }
  if (error instanceof ConnectionError || error instanceof TimeoutError) {
    addEventListener("zimage:reconnected", () => void send(key, request), { once: true });
    return;
  }
  withdrawDrawing(key);
  const isApiError = error instanceof ApiError;
  refusal.value = {
    status: isApiError ? error.status : 0,
    code: isApiError ? error.code : "",
    text: describeError(error),
    fields: isApiError ? Object.fromEntries(error.errors.map(({ param, message }) => [param, message])) : {},
    again: isApiError && error.retryable ? request : null,
  };
}
