import type { Run } from "./api.ts";
import { ConnectionError, TimeoutError } from "./errors.ts";
import { readEventStream } from "./http/event-stream.ts";
import { retryDelayMs } from "./http/retry-delay.ts";
import { sleep } from "./http/sleep.ts";
import type { RequestOptions, Transport } from "./http/transport.ts";
import type { JobEvent } from "./job-events.ts";

interface OfJob {
  readonly job_id: string;
  /** Number of the event within its job, from 1. */
  readonly seq: number;
}

/** Where a job is in the queue; told when that changes. */
interface PlaceEvent {
  readonly type: "place";
  readonly job_id: string;
  /** 1 is begun next; `null` where the service counts no positions. */
  readonly position: number | null;
  /** Estimated seconds until the job starts; `null` before the service has drawn any image. */
  readonly eta_s: number | null;
}

type WithJob<Event> = Event extends unknown ? Omit<Event, "id"> & OfJob : never;

/** An event of one of the account's jobs. New types may come: leave alone what you do not know. */
export type AccountEvent = WithJob<JobEvent> | PlaceEvent;

export interface AccountEventOptions extends RequestOptions {
  /** Small image of the state after each step. @default "none" */
  readonly preview?: "none" | "url" | "inline";
  /** Called with each of the newest runs, at first and whenever it has changed. */
  readonly onRun?: (run: Run) => void;
  /** Called when the stream is open, and again whenever it is after it was cut off. */
  readonly onOpen?: () => void;
  /** Called when the stream was cut off, before it is opened again. */
  readonly onCut?: (error: Error) => void;
}

/** The API sends a sign of life every ten seconds. */
const idleMs = 45_000;
/** Before a stream that ended in good order is opened again, unless the API says otherwise. */
const pauseMs = 1_000;
/** Jobs whose last event is remembered, so that none comes twice. */
const rememberedJobs = 500;

/**
 * The events of all jobs of the account, as they happen, until `signal` aborts: first the history of those that are
 * open. A stream that breaks off is taken up where it ended; `maxRetries` failures in a row end it.
 */
export async function* followAccount(
  transport: Transport,
  { preview = "none", onRun, onOpen, onCut, ...options }: AccountEventOptions = {},
): AsyncGenerator<AccountEvent, void> {
  const { signal, maxRetries = transport.maxRetries } = options;
  const isNew = onceEach();
  let last: string | undefined;
  let failures = 0;
  for (;;) {
    const headers = { accept: "text/event-stream", ...(last !== undefined && { "last-event-id": last }) };
    const input = { query: { preview }, headers };
    const response = await transport.callRaw("followAccount", input, async (opened) => opened, options);
    let waitMs = pauseMs;
    try {
      const onRetry = (ms: number) => (waitMs = ms);
      for await (const { id, event, data } of readEventStream(response.body!, { idleMs, signal, onRetry })) {
        failures = 0;
        if (id !== "") last = id;
        if (event === "open") onOpen?.();
        else if (event === "run") onRun?.((JSON.parse(data) as { readonly run: Run }).run);
        else {
          const parsed = { type: event, ...JSON.parse(data) } as AccountEvent;
          if (!("seq" in parsed) || isNew(parsed)) yield parsed;
        }
      }
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof TimeoutError)) throw error;
      onCut?.(error);
      failures++;
      const delayMs = retryDelayMs(error, {
        attempt: failures,
        maxRetries,
        repeatable: "always",
        random: Math.random(),
      });
      if (delayMs === undefined) throw error;
      waitMs = delayMs;
    }
    await sleep(waitMs, signal);
  }
}

/** Events of the seconds before a cut come again. */
function onceEach(): (event: OfJob) => boolean {
  const told = new Map<string, number>();
  return ({ job_id: jobId, seq }) => {
    if (seq <= (told.get(jobId) ?? 0)) return false;
    told.delete(jobId);
    told.set(jobId, seq);
    if (told.size > rememberedJobs) told.delete(told.keys().next().value!);
    return true;
  };
}
