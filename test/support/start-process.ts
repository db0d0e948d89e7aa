import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startCommand } from "./start-command.ts";

const root = join(import.meta.dirname, "../..");

export interface StartProcessOptions {
  readonly dataDir: string;
  readonly env?: { readonly [name: string]: string };
  readonly args?: readonly string[];
}

/** `local/start.ts` as `npm start` runs it, on a free port unless `env` or `args` say otherwise. */
export class StartProcess {
  readonly child: ChildProcess;
  /** All that was printed so far. */
  stdout = "";
  stderr = "";

  constructor({ dataDir, env = {}, args = [] }: StartProcessOptions) {
    this.child = spawn(process.execPath, [...startCommand(), ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, PORT: "0", DATA_DIR: dataDir, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
  }

  /** Waits for the text that says the pipeline answers. */
  async ready(): Promise<{ readonly url: string; readonly key: string }> {
    for (;;) {
      const url = /API\s+(http:\S+)/.exec(this.stdout)?.[1];
      const key = /Key\s+(\S+)/.exec(this.stdout)?.[1];
      if (url !== undefined && key !== undefined && this.stdout.includes("penguin.png")) return { url, key };
      if (this.ended) throw new Error(`local/start.ts ended before it was ready:\n${this.stderr}`);
      await Promise.race([once(this.child.stdout!, "data"), once(this.child, "exit")]);
    }
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /**
   * Process ids of those it started, its workers or its background process. Linux only, as it reads /proc; elsewhere
   * none.
   */
  children(entry: "gpu-worker/main.ts" | "local/background.ts"): number[] {
    const { pid } = this.child;
    try {
      const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
      return pids.filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes(entry));
    } catch {
      return [];
    }
  }

  /** @returns the exit code, or `null` after a signal that it did not handle */
  async end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null> {
    this.child.kill(signal);
    if (!this.ended) await once(this.child, "exit");
    return this.child.exitCode;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
