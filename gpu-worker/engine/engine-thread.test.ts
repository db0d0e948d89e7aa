import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { GenerateParams } from "../engine.ts";
import type { EngineReply, EngineRequest, EngineThreadData } from "./engine-protocol.ts";

const params: GenerateParams = {
  prompt: "a cat",
  width: 64,
  height: 64,
  steps: 1,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  seed: 1,
  format: "png",
  preview: false,
};

function start(modelDir: string) {
  const cancelFlag = new SharedArrayBuffer(4);
  const workerData: EngineThreadData = { modelDir, threads: 1, cancelFlag };
  const thread = new Worker(new URL("./engine-thread.ts", import.meta.url), { workerData });
  const replies: EngineReply[] = [];
  const waiting: ((reply: EngineReply) => void)[] = [];
  thread.on("message", (reply: EngineReply) => {
    const first = waiting.shift();
    if (first) first(reply);
    else replies.push(reply);
  });
  const next = () => {
    const reply = replies.shift();
    return reply ? Promise.resolve(reply) : new Promise<EngineReply>((resolve) => waiting.push(resolve));
  };
  /** Everything that it answers to one request. */
  const ask = async (request: EngineRequest) => {
    thread.postMessage(request);
    const answers = [await next()];
    while (answers.at(-1)!.type === "event") answers.push(await next());
    return answers;
  };
  return { thread, next, ask, canceled: new Int32Array(cancelFlag) };
}

let engine: ReturnType<typeof start>;
let loaded: EngineReply;
beforeAll(async () => {
  engine = start("test/golden/checkpoints/tiny-turbo");
  loaded = await engine.next();
});
afterAll(async () => {
  const exited = once(engine.thread, "exit");
  engine.thread.postMessage({ type: "close" });
  expect(await exited).toEqual([0]); // nothing keeps a closed thread alive
});

it("says what it loaded, and how", () => {
  expect(loaded).toMatchObject({
    type: "loaded",
    model: { id: "tiny-turbo", family: "turbo" },
    setup: { device: "cpu", plan: expect.any(String) },
  });
});

it("answers a request with its events, and then that it is done", async () => {
  const answers = await engine.ask({ type: "generate", params });
  const kinds = answers.map((answer) => (answer.type === "event" ? answer.event.type : answer.type));
  expect(kinds).toEqual(["encoded", "step", "image", "done"]);
});

it("answers what fails with the error as plain data, and goes on", async () => {
  const [failed] = await engine.ask({ type: "generate", params: { ...params, width: 65 } });
  expect(failed).toMatchObject({ type: "failed", error: { name: "InvalidInputError", code: "invalid_size" } });
  Atomics.store(engine.canceled, 0, 1);
  const canceled = await engine.ask({ type: "generate", params });
  expect(canceled.at(-1)).toMatchObject({ type: "failed", error: { name: "CanceledError" } });
  Atomics.store(engine.canceled, 0, 0);
  expect((await engine.ask({ type: "generate", params })).at(-1)).toEqual({ type: "done" });
});

it("answers with what is wrong with the folder, and ends", async () => {
  const { thread, next } = start("test/golden/turbo_square");
  const exited = once(thread, "exit");
  expect(await next()).toMatchObject({
    type: "failed",
    error: { name: "InvalidFileError", message: expect.stringContaining("model_index.json") },
  });
  expect(await exited).toEqual([0]);
});

it("is not to be imported", async () => {
  await expect(import("./engine-thread.ts")).rejects.toThrow("must be started as a worker thread");
});
