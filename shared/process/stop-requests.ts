export interface OnStopRequest {
  readonly first: () => void;
  /** On each later one. */
  readonly again: () => void;
}

/**
 * One request may come as two signals: npm passes on the Ctrl-C that the terminal has sent to all already, and a parent
 * that hears it sends its workers SIGTERM on top of it. What follows the first signal so soon is the same request.
 */
export const sameRequestMs = 500;

/**
 * A listener for the signals that ask a process to stop.
 * @param now - milliseconds that never go back
 */
export function stopRequests({ first, again }: OnStopRequest, now = () => performance.now()): () => void {
  let firstAt: number | undefined;
  return () => {
    if (firstAt === undefined) {
      firstAt = now();
      first();
    } else if (now() - firstAt >= sameRequestMs) {
      again();
    }
  };
}
