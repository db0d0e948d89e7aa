import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const key = "bench-key-0123456789abcdef";

export interface LocalServer {
  readonly url: string;
  readonly key: string;
  readonly dataDir: string;
  /** Ends the processes and leaves the data. */
  halt(): Promise<void>;
  /** Ends the processes and removes the data. */
  stop(): Promise<void>;
}

/** The real `npm start` tree on a free port and a throw-away data folder. */
export async function startLocalServer(workers: number): Promise<LocalServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "z-image-bench-"));
  const port = await freePort();
  const args = ["--port", String(port), "--data-dir", dataDir, "--workers", String(workers)];
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "../../local/start.ts"), ...args],
    { env: { ...process.env, LOCAL_API_KEY: key }, stdio: ["ignore", "ignore", "pipe"] },
  );
  let stderr = "";
  child.stderr.on("data", (chunk) => {
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
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) break;
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return { url, key, dataDir, halt, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
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
