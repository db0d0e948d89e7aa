import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import { type ConvertReply, type ConvertTask, runTask } from "./convert-thread.ts";

const source = storedTensors({
  w: float32Tensor(
    [2, 32],
    Array.from({ length: 64 }, (_, i) => i),
  ),
}).tensors.get("w")!;
const task: ConvertTask = {
  name: "w",
  source,
  firstRow: 1,
  rows: 1,
  width: 32,
  encoding: { kind: "blocks", bits: 8 },
  positions: [4, 40],
};

function output(): string {
  const path = join(temporaryFolder(), "out");
  writeFileSync(path, new Uint8Array(48).fill(0xaa));
  return path;
}

it("writes each piece at its place, and nothing beside it", () => {
  const path = output();
  const descriptor = openSync(path, "r+");
  runTask(task, descriptor);
  closeSync(descriptor);
  const bytes = readFileSync(path);
  expect([...bytes.subarray(0, 4), ...bytes.subarray(36, 40), ...bytes.subarray(44)]).toEqual(new Array(12).fill(0xaa));
  expect(bytes[4 + 31]).toBe(255); // the largest value, 127 steps above 128
  expect(bytes.readFloatLE(40)).toBeCloseTo(63 / 127, 6);
});

it("works on messages as a thread, answers each, and ends when told to", async () => {
  const path = output();
  const thread = new Worker(new URL("./convert-thread.ts", import.meta.url), { workerData: { file: path } });
  onTestFinished(() => void thread.terminate());
  const ask = async (message: ConvertTask): Promise<ConvertReply> => {
    const answered = once(thread, "message");
    thread.postMessage(message);
    return (await answered)[0];
  };
  expect(await ask(task)).toEqual({ done: true });
  expect(readFileSync(path)[4 + 31]).toBe(255);

  const gone = await ask({ ...task, source: { ...source, file: "/absent.safetensors" } });
  expect(gone).toEqual({ failed: expect.stringContaining("/absent.safetensors"), expected: true });
  // What is no fault of a file comes with its stack.
  const bug = await ask({ ...task, encoding: { kind: "repack", bits: 4 } });
  expect(bug).toMatchObject({ expected: false, failed: expect.stringContaining("convert-rows") });

  const exited = once(thread, "exit");
  thread.postMessage("end");
  expect(await exited).toEqual([0]);
});
