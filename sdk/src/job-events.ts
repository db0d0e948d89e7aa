import type { Job } from "./api.ts";
import { ConnectionError, TimeoutError } from "./errors.ts";
import { readEventStream } from "./http/event-stream.ts";
import { retryDelayMs } from "./http/retry-delay.ts";
import { sleep } from "./http/sleep.ts";
import type { RequestOptions, Transport } from "./http/transport.ts";

interface Any<Type extends string> {
  /** Rises by one within a job, from 1. */
  readonly id: number;
  readonly type: Type;
  /** ISO 8601. */
  readonly at: string;
}

interface Place {
  /** 1 is begun next; `null` where the service counts no positions, absent once the job is no longer waiting. */
  readonly position?: number | null;
  /** Estimated seconds until the job starts; `null` before the service has drawn any image. */
  readonly eta_s?: number | null;
}

/**
 * One line of a job's history, in the order in which it happened. New types may come: leave alone what you do not know.
 */
export type JobEvent =
  | (Any<"queued"> & Place)
  | (Any<"requeued"> & Place & { readonly reason: string })
  | (Any<"started"> & { readonly attempt: number })
  | (Any<"step"> & {
      /** Index of the image. */
      readonly image: number;
      readonly step: number;
      readonly total: number;
      /** Link or data: URL of a small image, in the format of the job's. */
      readonly preview?: string;
    })
  | (Any<"image"> & { readonly index: number; readonly url: string })
  | (Any<"done"> & { readonly job: Job })
  | (Any<"error"> & { readonly code?: string; readonly message?: string; readonly job: Job });

export interface EventOptions extends RequestOptions {
  /** Small image of the state after each step. @default "none" */
  readonly preview?: "none" | "url" | "inline";
  /** Go on after this event. @default the job's beginning */
  readonly lastEventId?: number;
}

/** The API sends a sign of life every ten seconds. */
const idleMs = 45_000;

/**
 * A job's events from its beginning, or after `lastEventId`, until it is over. A stream that breaks off is taken up
 * where it ended, as often as it gets further; `maxRetries` failures in a row end it.
 */
export async function* followJob(
  transport: Transport,
  jobId: string,
  { preview = "none", lastEventId = 0, ...options }: EventOptions = {},
): AsyncGenerator<JobEvent, void> {
  const { signal, maxRetries = transport.maxRetries } = options;
  let last = lastEventId;
  let failures = 0;
  for (;;) {
    const headers = { accept: "text/event-stream", ...(last > 0 && { "last-event-id": String(last) }) };
    const response = await transport.callRaw(
      "followJob",
      { id: jobId, query: { preview }, headers },
      async (opened) => opened,
      options,
    );
    // Over, and nothing happened after the last event.
    if (response.status === 204 || response.body === null) return;
    let failure = new ConnectionError(`the events of ${jobId} ended before the job did`);
    try {
      for await (const { id, event, data } of readEventStream(response.body, { idleMs, signal })) {
        last = Number(id);
        failures = 0;
        const parsed = { id: last, type: event, ...JSON.parse(data) } as JobEvent;
        yield parsed;
        if (parsed.type === "done" || parsed.type === "error") return;
      }
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof TimeoutError)) throw error;
      failure = error;
    }
    failures++;
    const delayMs = retryDelayMs(failure, {
      attempt: failures,
      maxRetries,
      repeatable: "always",
      random: Math.random(),
    });
    if (delayMs === undefined) throw failure;
    await sleep(delayMs, signal);
  }
}
