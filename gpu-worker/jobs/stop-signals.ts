import { stopRequests } from "../../shared/process/stop-requests.ts";

export interface StopSignals {
  /** Take no more jobs, and end the one at hand if that fits the grace period. */
  readonly stop: AbortSignal;
  /** Give the job at hand back now. */
  readonly hurry: AbortSignal;
}

/**
 * What a worker hears that it should go. The first SIGTERM or SIGINT stops it, the second hurries it. The end of its
 * parent and a notice stop it too, but ask for no hurry: the one signal that follows a notice, when ECS drains the
 * machine, must leave the job its grace.
 * @param now - milliseconds that never go back
 */
export function listenForStop(
  source: Pick<NodeJS.EventEmitter, "on">,
  now?: () => number,
): StopSignals & { readonly onNotice: () => void } {
  const stop = new AbortController();
  const hurry = new AbortController();
  const leave = () => stop.abort();
  const hear = stopRequests({ first: leave, again: () => hurry.abort() }, now);
  source.on("SIGTERM", hear);
  source.on("SIGINT", hear);
  source.on("disconnect", leave);
  return { stop: stop.signal, hurry: hurry.signal, onNotice: leave };
}
