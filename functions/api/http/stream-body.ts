import type { RouteDependencies } from "../dependencies.ts";

/** Proxies close idle connections. */
export const heartbeatEveryMs = 10_000;

export type WriteText = (text: string) => Promise<void>;

/**
 * A response body that `produce` writes as it goes. `signal` aborts when the client disconnects. When `produce` throws,
 * the connection is cut instead of ended, so that no client takes half a response for a whole one.
 */
export function streamBody(
  produce: (write: WriteText, signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const gone = new AbortController();
  writer.closed.catch(() => gone.abort());
  const write: WriteText = async (text) => {
    // A write that fails because the client disconnected is no error here; `signal` stops the producer.
    await writer.write(encoder.encode(text)).catch(() => {});
  };
  produce(write, gone.signal)
    .then(() => writer.close())
    .catch((error: unknown) => {
      if (gone.signal.aborted) return;
      onError(error);
      return writer.abort(error);
    })
    .catch(() => {});
  return readable;
}

/** `write`, with a `heartbeat` that writes `text` when nothing was written for `heartbeatEveryMs`. */
export function withHeartbeat(write: WriteText, text: string, clock: RouteDependencies["clock"]) {
  let lastAt = clock.now();
  return {
    async write(message: string): Promise<void> {
      lastAt = clock.now();
      await write(message);
    },
    async heartbeat(): Promise<void> {
      if (clock.now() - lastAt < heartbeatEveryMs) return;
      lastAt = clock.now();
      await write(text);
    },
  };
}
