import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { WatchdogCase } from "./generate-case.ts";

/** An answer is waited for this long: routes that wait for a result wait for ever, as nothing draws here. */
const patienceMs = 600;

/** Sends one case. @returns the status of each response; 0 for those that were cut, by us or by the server */
export function sendCase(url: string, one: WatchdogCase): Promise<number[]> {
  return Promise.all(Array.from({ length: one.repeats }, () => sendOnce(url, one)));
}

async function sendOnce(
  url: string,
  { method, path, headers, body, pauseMs, contentLength }: WatchdogCase,
): Promise<number> {
  const length = contentLength ?? body.reduce((sum, piece) => sum + piece.length, 0);
  const framing = body.length === 0 && contentLength === undefined ? {} : { "content-length": length };
  const { promise: status, resolve } = Promise.withResolvers<number>();
  const outgoing = request(
    `${url}${path}`,
    { method, headers: { ...headers, ...framing }, agent: false },
    (response) => {
      response.on("error", () => {});
      // Some read nothing of the response for a while.
      response.once("end", () => resolve(response.statusCode ?? 0)).resume();
    },
  );
  outgoing.on("error", () => resolve(0));
  outgoing.on("close", () => resolve(0));
  for (const piece of body) {
    if (outgoing.destroyed) break;
    outgoing.write(piece);
    if (pauseMs > 0) await setTimeout(pauseMs);
  }
  if (contentLength === undefined) outgoing.end();
  const patience = new AbortController();
  const impatient = setTimeout(patienceMs, 0, { signal: patience.signal }).catch(() => 0);
  const ended = await Promise.race([status, impatient]);
  patience.abort();
  outgoing.destroy();
  return ended;
}
