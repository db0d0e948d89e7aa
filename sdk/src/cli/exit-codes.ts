/** Exit codes of the process. Part of the interface: scripts read them. */
export const exitCodes = {
  ok: 0,
  /** The API refused, the job failed, or the network did. */
  failed: 1,
  /** The command line or the settings are wrong; nothing was asked of the API. */
  usage: 2,
  /** Some of several items succeeded, some failed. */
  partial: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** @returns that of several tasks */
export function exitCodeOf(done: number, failed: number): number {
  if (failed === 0) return exitCodes.ok;
  return done === 0 ? exitCodes.failed : exitCodes.partial;
}
