export interface ServerSentEvent {
  readonly id?: number;
  readonly event: string;
  readonly data: unknown;
}

/** One event in the text form of `text/event-stream`. JSON has no raw line breaks, so the data is one line. */
export function serverSentEvent({ id, event, data }: ServerSentEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A comment, which clients ignore. */
export const ping = ": ping\n\n";

/** Milliseconds after which a client opens a stream again that ended before its job did. */
export const reconnectSoon = "retry: 1000\n\n";

/** `X-Accel-Buffering` asks nginx-like proxies to pass events on as they come. */
export const eventStreamHeaders = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Accel-Buffering": "no",
} as const;
