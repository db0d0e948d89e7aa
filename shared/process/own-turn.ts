let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a turn of the event loop that no other caller has: to be awaited before work of many milliseconds, such
 * as parsing a large body, so that several of them leave room for other requests in between.
 */
export function ownTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}
