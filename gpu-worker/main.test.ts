import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const tinyModel = join(root, "test/golden/checkpoints/tiny-turbo");
let dataDir: string;
let worker: ChildProcess | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "worker-main-"));
});

afterEach(async () => {
  worker?.kill("SIGKILL");
  await rm(dataDir, { recursive: true });
});

/** Started as `local/start.ts` does, with a channel that tells it when we are gone. */
function start(env: { readonly [name: string]: string }) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "gpu-worker/main.ts")], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  worker = child;
  return { process: child, log: text(child.stderr!), ended: once(child, "exit") };
}

it("says in one line why it cannot load the model, and exits with 1", async () => {
  const { process: child, log, ended } = start({ MODEL_DIR: join(dataDir, "no-such-model") });
  const [message] = await once(child, "message");
  expect(message).toMatchObject({ type: "unusable" });
  expect(await ended).toEqual([1, null]);
  const lines = (await log).trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: "error", message: expect.stringContaining("no-such-model") });
});

it.each([
  ["SIGTERM", (child: ChildProcess) => child.kill("SIGTERM")],
  ["SIGINT", (child: ChildProcess) => child.kill("SIGINT")],
  ["the end of its parent", (child: ChildProcess) => child.disconnect()],
])("is ready with the model loaded, and ends with 0 on %s", async (_reason, stop) => {
  const { process: child, ended } = start({ MODEL_DIR: tinyModel });
  const [message] = await once(child, "message");
  expect(message).toEqual({ type: "ready", modelId: expect.any(String) });
  stop(child);
  expect(await ended).toEqual([0, null]);
});
