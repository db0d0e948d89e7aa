import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "../../test/support/start-command.ts";

const key = "bench-key-0123456789abcdef";

export interface LocalServer {
  readonly url: string;
  readonly key: string;
  readonly dataDir: string;
  /** Id of the process that serves requests; the others are its children. */
  readonly pid: number;
  /** From the start of the process until it first responds that it is ready. */
  readonly readyMs: number;
  /** Bytes of log lines so far. */
  logBytes(): number;
  /** Ends the processes and leaves the data. */
  halt(): Promise<void>;
  /** Ends the processes and removes the data. */
  stop(): Promise<void>;
}

/** The real `npm start` tree on a free port. @param folder - its data. @default a throw-away one */
export async function startLocalServer(workers: number, folder?: string): Promise<LocalServer> {
  const dataDir = folder ?? (await mkdtemp(join(tmpdir(), "z-image-bench-")));
  const port = await freePort();
  const args = ["--port", String(port), "--data-dir", dataDir, "--workers", String(workers)];
  const child = spawn(process.execPath, [...startCommand(), ...args], {
    env: { ...process.env, LOCAL_API_KEY: key },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const startedAt = performance.now();
  let stderr = "";
  let logBytes = 0;
  child.stderr.on("data", (chunk: Buffer) => {
    logBytes += chunk.length;
    stderr = (stderr + chunk).slice(-4000);
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const halt = async () => {
    child.kill("SIGTERM");
    await exited;
  };
  const stop = async () => {
    await halt();
    await rm(dataDir, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 3_000; attempt++) {
    if (child.exitCode !== null) break;
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    const readyMs = performance.now() - startedAt;
    if (ready) return { url, key, dataDir, pid: child.pid!, readyMs, logBytes: () => logBytes, halt, stop };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await stop();
  throw new Error(`the local server did not become ready: ${stderr}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
