import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { environment } from "../../shared/environment.ts";
import type { ChaosProcessOptions } from "./chaos-process.ts";

const root = join(import.meta.dirname, "../..");

/** A process of the service that is started again whenever it ends, until told otherwise. */
export class KeptProcess {
  readonly #options: ChaosProcessOptions;
  #child: ChildProcess;
  #ending = false;
  /** It said that it works; one that is only starting is no test for anybody. */
  #ready = false;

  constructor(options: ChaosProcessOptions) {
    this.#options = options;
    this.#child = this.#start();
  }

  /** `kill -9`. @returns false, and leaves it alone, while it is only starting */
  kill(): boolean {
    if (!this.#ready) return false;
    this.#ready = false;
    return this.#child.kill("SIGKILL");
  }

  async end(): Promise<void> {
    this.#ending = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  #start(): ChildProcess {
    const { role, dataDir, leaseMs, modelDir } = this.#options;
    const real = role === "worker" && modelDir !== undefined;
    const [entry, ...args] = real
      ? ["gpu-worker/main.ts"]
      : ["test/chaos/chaos-process.ts", JSON.stringify(this.#options)];
    const env = {
      ...process.env,
      [environment.state]: "embedded",
      [environment.dataDir]: dataDir,
      [environment.leaseMs]: String(leaseMs),
      [environment.modelDir]: modelDir,
      [environment.previews]: "0",
      [environment.threads]: "1",
    };
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, entry!), ...args], {
      env,
      stdio: ["ignore", "ignore", real ? "ignore" : "inherit", "ipc"],
    });
    child.once("message", () => {
      this.#ready = true;
    });
    child.once("exit", () => {
      this.#ready = false;
      if (!this.#ending) this.#child = this.#start();
    });
    return child;
  }
}
