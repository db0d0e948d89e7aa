import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { childrenOf, peakRssBytes, treeUse } from "./process-tree.ts";

// Linux alone has the /proc that is read.
it.runIf(process.platform === "linux")("adds up a process and what it started", async () => {
  const script = 'require("child_process").spawn("sleep", ["60"]); console.log("started")';
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  try {
    await once(child.stdout, "data");
    const all = treeUse(child.pid!);
    expect(all.processes).toBe(2);
    expect(all.descriptors).toBeGreaterThan(3);
    expect(all.rssBytes).toBeGreaterThan(10_000_000);
    const children = childrenOf(child.pid!);
    expect(children).toHaveLength(1);
    expect(peakRssBytes(child.pid!)).toBeGreaterThan(10_000_000);
    expect(peakRssBytes(2 ** 30)).toBe(0);
    expect(treeUse(2 ** 30)).toEqual({ rssBytes: 0, descriptors: 0, processes: 1 });
  } finally {
    process.kill(-child.pid!, "SIGKILL");
  }
});
