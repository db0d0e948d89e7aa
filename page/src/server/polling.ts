/** How often each thing is asked for again while the tab is on show, in milliseconds. */
export const polling = {
  balance: 15_000,
  operations: 5_000,
  /** A run that draws, and one that does not. */
  runningRun: 2_000,
  run: 15_000,
  /** While a delivery waits for its next attempt, and while none does. */
  deliveries: 5_000,
  endedDeliveries: 30_000,
  /** Counts of an endpoint by the hour. */
  health: 60_000,
  /** Images that came since the gallery was opened. */
  images: 15_000,
  /** Open jobs that no stream follows. */
  jobs: 2_000,
} as const;
