import { readdirSync, readFileSync } from "node:fs";

/** What a process and all below it hold. */
export interface TreeUse {
  readonly rssBytes: number;
  readonly descriptors: number;
  readonly processes: number;
}

/** Reads `/proc`; processes that end meanwhile are left out. @throws Error on systems without it */
export function treeUse(root: number): TreeUse {
  const parents = parentsOfAll();
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  let rssBytes = 0;
  let descriptors = 0;
  for (const pid of tree) {
    rssBytes += 1_024 * Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0);
    try {
      descriptors += readdirSync(`/proc/${pid}/fd`).length;
    } catch {
      // It has just ended.
    }
  }
  return { rssBytes, descriptors, processes: tree.length };
}

/** The most memory that a process has had so far; 0 when it has ended. @throws Error on systems without `/proc` */
export function peakRssBytes(pid: number): number {
  return 1_024 * Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0);
}

/** @throws Error on systems without `/proc` */
export function childrenOf(pid: number): number[] {
  return [...parentsOfAll()].filter(([, parent]) => parent === pid).map(([child]) => child);
}

function parentsOfAll(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    // The command's name stands in parentheses and may contain anything; state and parent follow it.
    const parent = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
