import { expect, it } from "vitest";
import { sampleRun } from "../../../test/support/api/sample-run.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createMemoryQueue } from "../../../test/support/memory-queue.ts";
import { parseStepMessage, stepMessage, wakeRun } from "./wake-run.ts";

it("sends the step that the run has to take", async () => {
  const runSteps = createMemoryQueue({ clock: manualClock() });
  await wakeRun(sampleRun({ status: "importing" }), { runSteps, log: () => {} });
  const [message] = await runSteps.receive({ visibilityMs: 1_000 });
  expect(parseStepMessage(message!.body)).toEqual({ runId: "batch_1", step: "import" });
});

it("sends nothing for a run that is over", async () => {
  const runSteps = createMemoryQueue({ clock: manualClock() });
  await wakeRun(sampleRun({ status: "completed" }), { runSteps, log: () => {} });
  expect(await runSteps.depth()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

it("leaves a message that cannot be sent to the tick, with a warning", async () => {
  const logged: string[] = [];
  const runSteps = { send: () => Promise.reject(new Error("no route")) };
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
  await wakeRun(sampleRun(), { runSteps, log });
  expect(logged).toEqual(["warn: failed to send the step of a run; the tick will send it"]);
});

it.each([
  "{",
  "null",
  '{"v":2,"runId":"batch_1","step":"feed"}',
  '{"v":1,"runId":1,"step":"feed"}',
  '{"v":1,"runId":"batch_1","step":"dance"}',
])("does not take %s for a message", (text) => {
  expect(parseStepMessage(text)).toBeUndefined();
});

it("reads what it writes", () => {
  expect(parseStepMessage(stepMessage({ runId: "batch_1", step: "finish" }))).toEqual({
    runId: "batch_1",
    step: "finish",
  });
});
