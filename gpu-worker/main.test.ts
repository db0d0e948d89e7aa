import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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

it("ends with 1 when it cannot start, though its health file is touched from time to time", async () => {
  const healthFile = join(dataDir, "alive");
  const { ended } = start({ MODEL_DIR: join(dataDir, "no-such-model"), HEALTH_FILE: healthFile });
  expect(await ended).toEqual([1, null]);
  expect(existsSync(healthFile)).toBe(true);
});

it("ends with 1 when its state cannot be opened, though the model is loaded by then", async () => {
  const file = join(dataDir, "file");
  await writeFile(file, "");
  const { ended, log } = start({ MODEL_DIR: tinyModel, DATA_DIR: join(file, "data") });
  expect(await ended).toEqual([1, null]);
  expect(await log).toContain("ENOTDIR");
});

// Such weights load; only drawing shows that they are no use.
it("is not ready when its first image cannot be drawn, and says why", async () => {
  const modelDir = join(dataDir, "model");
  await cp(tinyModel, modelDir, { recursive: true });
  const weights = join(modelDir, "vae/diffusion_pytorch_model.safetensors");
  const bytes = await readFile(weights);
  bytes.fill(0xff, 8 + Number(bytes.readBigUInt64LE())); // NaN in every form of floats
  await writeFile(weights, bytes);
  const { process: child, log, ended } = start({ MODEL_DIR: modelDir });
  const messages: unknown[] = [];
  child.on("message", (message) => messages.push(message));
  expect(await ended).toEqual([1, null]);
  expect(messages).toEqual([
    { type: "unusable", message: expect.stringContaining("the first image could not be drawn") },
  ]);
  expect(await log).not.toContain("worker ready");
});

it("ends at once on SIGTERM while it fetches the weights", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const { process: child, ended } = start({
    MODEL_DIR: join(dataDir, "model"),
    HEALTH_FILE: join(dataDir, "alive"),
    STATE: "aws",
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "secret",
    WEIGHTS_BUCKET: "weights",
    WEIGHTS_PREFIX: "m",
    TABLE_NAME: "t",
    QUEUE_URL: "q",
    DEAD_LETTER_QUEUE_URL: "d",
    BUCKET_NAME: "b",
  });
  await once(silent, "request");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  silent.close();
});

// The engine waits for whoever writes into the pipe: what it does then is loading.
it("ends at once on SIGTERM while it loads the model", async () => {
  const modelDir = join(dataDir, "model");
  await cp(tinyModel, modelDir, { recursive: true });
  const pipe = join(modelDir, "scheduler/scheduler_config.json");
  await rm(pipe);
  execFileSync("mkfifo", [pipe]);
  const { process: child, ended } = start({ MODEL_DIR: modelDir, HEALTH_FILE: join(dataDir, "alive") });
  const writer = await open(pipe, "w");
  child.kill("SIGTERM");
  await Promise.race([once(child.stderr!, "data"), ended]);
  await writer.close();
  expect(await ended).toEqual([0, null]);
});

it.each([
  ["SIGTERM", (child: ChildProcess) => child.kill("SIGTERM")],
  ["SIGINT", (child: ChildProcess) => child.kill("SIGINT")],
  ["the end of its parent", (child: ChildProcess) => child.disconnect()],
])("is ready with the model loaded, and ends with 0 on %s", async (_reason, stop) => {
  const { process: child, ended } = start({ MODEL_DIR: tinyModel });
  const [message] = await once(child, "message");
  expect(message).toEqual({ type: "ready" });
  stop(child);
  expect(await ended).toEqual([0, null]);
});
