import type { Pause, Run } from "./run.ts";

/** Rows in flight of a run, at least and at most; the run's own item lists them. */
const minWindow = 8;
export const maxWindow = 300;
/** Longest wait between two checks of a paused run. */
const longestCheckMs = 300_000;
const firstCheckMs = 5_000;

/** Its jobs are cancelled, and no row is begun. */
export function endsEarly({ status, expiresAt }: Run, now: number): boolean {
  return status === "canceling" || now >= expiresAt;
}

/** Whether rows may be begun, now or later. A run that has met an error as a whole only waits for its jobs. */
export function mayGoOn(run: Run, now: number): boolean {
  return !endsEarly(run, now) && run.errors.length === 0;
}

/** Rows that may be begun in this pass: a paused run tries one, when its check is due. */
export function capacityOf(run: Run, running: number, window: number, now: number): number {
  if (!mayGoOn(run, now)) return 0;
  const most = run.paused === undefined ? window : now >= run.paused.checkAt ? running + 1 : running;
  return Math.max(0, Math.min(most, maxWindow) - running);
}

/** Rows in flight so that the fleet has work for two minutes. @param perMinute - jobs that it draws */
export function windowFor(perMinute: number): number {
  return Math.min(maxWindow, Math.max(minWindow, Math.ceil(2 * perMinute)));
}

/** The pause after another failed check, each wait twice as long as the one before. */
export function pausedAgain(before: Pause | undefined, reason: Pick<Pause, "code" | "message">, now: number): Pause {
  const checks = before === undefined ? 0 : before.checks + 1;
  const waitMs = Math.min(longestCheckMs, firstCheckMs * 2 ** Math.min(checks, 10));
  return { ...reason, since: before?.since ?? now, checks, checkAt: now + waitMs };
}

/** A pause that its caller ends, and nothing else. */
export function pausedUntilTold(reason: Pick<Pause, "code" | "message">, now: number): Pause {
  return { ...reason, since: now, checks: 0, checkAt: Number.MAX_SAFE_INTEGER };
}

/** How a run whose files are written has ended. */
export function endOf({ status, cancelledAt, errors, completed, failed, total }: Run): Run["status"] {
  if (status !== "finishing") return status;
  if (cancelledAt !== undefined) return "canceled";
  if (errors.length > 0) return "failed";
  return completed + failed < total ? "expired" : "completed";
}
