/**
 * Loaded into the server under test (`--import`): tells over IPC how long the event loop was held at a stretch, and the
 * memory of the process. On a machine that others use too, a stretch may be long because the process was not running;
 * the CPU time that the thread used in it tells the two apart.
 */
const everyMs = 10;
/** Stretches of less CPU time are not worth a message. */
const worthTellingMs = 40;
const tellEveryMs = 50;

export interface LoopReport {
  /** What it reports, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** CPU time of the longest stretch in it, in milliseconds. */
  readonly heldCpuMs: number;
  /** Time in which the event loop was late though it used no CPU time: the machine ran something else, or a disk. */
  readonly notRunningMs: number;
  readonly memory: NodeJS.MemoryUsage;
}

if (process.send !== undefined) {
  const now = () => performance.timeOrigin + performance.now();
  let at = now();
  let cpu = process.threadCpuUsage();
  let from = now();
  let longestMs = 0;
  let notRunningMs = 0;
  setInterval(() => {
    const used = process.threadCpuUsage(cpu);
    const heldCpuMs = (used.user + used.system) / 1_000;
    const to = now();
    longestMs = Math.max(longestMs, heldCpuMs);
    notRunningMs += Math.max(0, to - at - everyMs - heldCpuMs);
    at = to;
    cpu = process.threadCpuUsage();
    if (longestMs < worthTellingMs && to - from < tellEveryMs) return;
    const report = { from, to, heldCpuMs: longestMs, notRunningMs, memory: process.memoryUsage() };
    process.send?.(report satisfies LoopReport);
    from = to;
    longestMs = 0;
    notRunningMs = 0;
  }, everyMs).unref();
  // The channel alone must not keep the server alive.
  process.channel?.unref();
}
