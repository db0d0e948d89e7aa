import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/process/log.ts";
import type { ProcessMessage } from "../../shared/process/process-message.ts";

/**
 * Consecutive exits before being ready after which we stop restarting. Exits by a signal do not count: a user or the
 * system caused them.
 */
const maxFailedStarts = 5;
const firstBackoffMs = 250;
const maxBackoffMs = 30_000;

export interface KeptProcessOptions {
  /** Its name in the log. */
  readonly name: string;
  /** Module that Node runs. */
  readonly entry: string;
  /** It uses every core, so it runs at low priority: the API must stay responsive. @default false */
  readonly stepsAside?: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
  /** Called whenever it is ready. */
  readonly onReady?: () => void;
  /** Called once, when restarting has no use any more. */
  readonly onGiveUp: (reason: string) => void;
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly wasReady: boolean;
  /** The worker's own word that starting again would fail in the same way. */
  readonly unusable: string | undefined;
}

/**
 * A process kept alive: restarted with a growing pause when it ends by itself. It is given an IPC channel, over which
 * it sends `ProcessMessage`s, and whose end tells it that this process is gone.
 */
export class KeptProcess {
  readonly #options: KeptProcessOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #kept: Promise<void> | undefined;

  constructor(options: KeptProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    this.#kept ??= this.#keepAlive();
  }

  /**
   * Ask it to end (a worker finishes its job or gives it back), end it by force after `graceMs`, and wait until it is
   * gone.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill("SIGTERM");
    const gone = new AbortController();
    const force = this.#options.clock.sleep(graceMs, gone.signal).then(() => {
      if (!gone.signal.aborted) this.kill();
    });
    await this.#kept;
    gone.abort();
    await force;
  }

  /** End it now. */
  kill(): void {
    this.#stopping.abort();
    this.#child?.kill("SIGKILL");
  }

  async #keepAlive(): Promise<void> {
    const { name, clock, log, onGiveUp } = this.#options;
    let failedStarts = 0;
    let backoffMs = firstBackoffMs;
    while (!this.#stopping.signal.aborted) {
      const { code, signal, wasReady, unusable } = await this.#runOnce();
      if (this.#stopping.signal.aborted) return;
      if (unusable !== undefined) return onGiveUp(unusable);
      if (wasReady) {
        failedStarts = 0;
        backoffMs = firstBackoffMs;
      } else if (signal === null && ++failedStarts >= maxFailedStarts) {
        return onGiveUp(`the ${name} ended ${failedStarts} times before it was ready, see its messages above`);
      }
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      log(
        "error",
        `${name} ended ${how}${wasReady ? "" : " before it was ready"}; starting it again in ${backoffMs} ms`,
      );
      await clock.sleep(backoffMs, this.#stopping.signal);
      backoffMs = Math.min(2 * backoffMs, maxBackoffMs);
    }
  }

  #runOnce(): Promise<End> {
    const { name, entry, env, stepsAside = false, log, onReady } = this.#options;
    const { promise, resolve } = Promise.withResolvers<End>();
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", entry], {
      env,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    if (stepsAside) stepAside(child.pid);
    let wasReady = false;
    let unusable: string | undefined;
    child.on("message", (message: ProcessMessage) => {
      if (message.type === "unusable") unusable = message.message;
      if (message.type !== "ready") return;
      wasReady = true;
      onReady?.();
    });
    child.on("error", (error) => {
      log("error", `${name}: ${error.message}`);
      // A process that could not be started emits no exit.
      if (child.pid === undefined) resolve({ code: null, signal: null, wasReady, unusable });
    });
    // Not "exit": a last message may still be on its way then.
    child.on("close", (code, signal) => resolve({ code, signal, wasReady, unusable }));
    return promise;
  }
}

function stepAside(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Ended already, or a system without priorities: then it shares evenly.
  }
}
