import { ConnectionError } from "../errors.ts";

export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export interface EventStreamOptions {
  /** The server sends something more often than this while it is there. */
  readonly idleMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called when the server says after how many milliseconds to open the stream again. */
  readonly onRetry?: (ms: number) => void;
}

/**
 * The events of a `text/event-stream` body, as the HTML standard says: lines end in CR, LF or both, several `data`
 * lines are joined by LF, lines that begin with a colon keep the connection alive and mean nothing. An event cut off by
 * the end of the body is dropped.
 *
 * @throws ConnectionError when the body breaks off or nothing comes for `idleMs`
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
  { idleMs, signal, onRetry }: EventStreamOptions,
): AsyncGenerator<ServerSentEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffered = "";
  let [id, event, data] = ["", "", [] as string[]];
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, idleMs, signal);
      if (done) return;
      buffered += decoder.decode(value, { stream: true });
      // A CR at the end may be the first half of CR LF.
      const lines = buffered.split(/\r\n|\n|\r(?!$)/);
      buffered = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { id, event: event === "" ? "message" : event, data: data.join("\n") };
          [event, data] = ["", []];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "id") id = text;
        else if (field === "event") event = text;
        else if (field === "data") data.push(text);
        else if (field === "retry" && /^\d{1,9}$/.test(text)) onRetry?.(Number(text));
      }
    }
  } finally {
    // Not awaited: a connection that is broken need not answer.
    reader.cancel().catch(() => {});
  }
}

async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  idleMs: number,
  signal: AbortSignal | undefined,
): ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const idle = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ConnectionError(`nothing came for ${idleMs} ms`)), idleMs);
  });
  try {
    return await Promise.race([reader.read(), idle]);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ConnectionError) throw cause;
    throw new ConnectionError("the event stream was cut off", { cause });
  } finally {
    clearTimeout(timer);
  }
}
