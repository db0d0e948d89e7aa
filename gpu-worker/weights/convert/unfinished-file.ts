import { stat } from "node:fs/promises";
import { hostname } from "node:os";

/**
 * Machines and containers that share a folder know nothing of each other's processes; this long without a byte tells
 * that the writer is gone.
 */
const abandonedAfterMs = 3_600_000;

/**
 * The file that this process writes until `path` is complete. Each process has its own name, in each container too,
 * where process ids are often the same: two may write the same file at once.
 */
export function unfinishedPath(path: string): string {
  return `${path}.${here()}-${process.pid}.partial`;
}

/**
 * Whether the process that was writing `path.HOST-PID.partial` is gone. Of one on another host, of this process's own
 * id, which may be that of an earlier one, and of names without a host, only the age tells.
 */
export async function isAbandoned(unfinished: string): Promise<boolean> {
  const writer = /\.(?<host>[^./]+)-(?<pid>\d+)\.partial$/.exec(unfinished)?.groups;
  const pid = Number(writer?.pid);
  if (writer?.host === here() && pid !== process.pid) return !lives(pid);
  const there = await stat(unfinished).catch(() => undefined);
  return there !== undefined && Date.now() - there.mtimeMs > abandonedAfterMs;
}

/** The host's name without dots, which part the names of files. */
function here(): string {
  return encodeURIComponent(hostname()).replaceAll(".", "_");
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's
  }
}
