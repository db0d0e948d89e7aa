import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startCommand } from "../support/start-command.ts";
import type { LoopReport } from "./loop-report.ts";

const root = resolve(import.meta.dirname, "../..");

/** `npm start` without workers, as a process of its own whose event loop and memory are watched. */
export async function startWatchedServer(key: string) {
  const dataDir = await mkdtemp(join(tmpdir(), "watchdog-"));
  const child = spawn(
    process.execPath,
    [
      ...startCommand(["--import", join(import.meta.dirname, "loop-report.ts")]),
      "--workers",
      "0",
      "--port",
      "0",
      "--data-dir",
      dataDir,
    ],
    { cwd: root, env: { ...process.env, LOCAL_API_KEY: key, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  const reports = new Set<(report: LoopReport) => void>();
  child.on("message", (report: LoopReport) => {
    for (const listener of reports) listener(report);
  });
  let lastOutput = "";
  const url = await new Promise<string>((found, reject) => {
    const onText = (text: Buffer) => {
      lastOutput = (lastOutput + text).slice(-4_000);
      const address = /http:\/\/127\.0\.0\.1:\d{1,5}/.exec(lastOutput)?.[0];
      if (address !== undefined) found(address);
    };
    child.stdout?.on("data", onText);
    child.stderr?.on("data", onText);
    child.once("exit", () => reject(new Error(`the server ended before it listened: ${lastOutput}`)));
  });
  return {
    url,
    /** Calls `listener` for every report. @returns stops the calls */
    onReport(listener: (report: LoopReport) => void): () => void {
      reports.add(listener);
      return () => reports.delete(listener);
    },
    /** Exit code or signal, once it has ended by itself. */
    get ended(): string | undefined {
      return isOver(child) ? `${child.exitCode ?? child.signalCode}: ${lastOutput}` : undefined;
    },
    async stop(): Promise<void> {
      if (!isOver(child)) {
        child.kill("SIGTERM");
        const ended = once(child, "exit");
        await Promise.race([ended, setTimeout(10_000).then(() => child.kill("SIGKILL"))]);
        await ended;
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
