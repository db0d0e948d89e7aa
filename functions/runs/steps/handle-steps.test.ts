import { expect, it } from "vitest";
import { handleSteps } from "./handle-steps.ts";
import type { StepMessage } from "./take-step.ts";
import { stepMessage } from "./wake-run.ts";

const message: StepMessage = { runId: "batch_1", step: "feed" };
const record = (messageId: string, body: string) => ({ messageId, body });

/** What was sent on, and what was handed back. */
async function handle(bodies: readonly string[], takeStep: Parameters<typeof handleSteps>[1]["takeStep"]) {
  const sent: unknown[] = [];
  const runSteps = { send: async (body: string, options?: object) => void sent.push([JSON.parse(body), options]) };
  const Records = bodies.map((body, i) => record(`m${i}`, body));
  const result = await handleSteps({ Records }, { runSteps, clock: { now: () => 0 }, log: () => {}, takeStep });
  return { sent, failed: result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
}

it("takes a step and sends the message of the next, no later than the queue allows", async () => {
  const next = { ...message, delayMs: 3_600_000 };
  const { sent, failed } = await handle([stepMessage(message)], async () => ({ next, moved: 1 }));
  expect(sent).toEqual([[{ v: 1, ...message }, { delayMs: 900_000 }]]);
  expect(failed).toEqual([]);
});

it("sends nothing after a step that was not due, so that duplicates die out", async () => {
  expect(await handle([stepMessage(message), stepMessage(message)], async () => ({ moved: 0 }))).toEqual({
    sent: [],
    failed: [],
  });
});

it("hands back what it cannot read, and keeps a step that fails for the tick", async () => {
  const bodies = ["{", '{"v":2}', '{"v":1,"runId":"batch_1","step":"dance"}', stepMessage(message)];
  const { sent, failed } = await handle(bodies, async () => Promise.reject(new Error("no route")));
  expect(sent).toEqual([]);
  expect(failed).toEqual(["m0", "m1", "m2"]);
});
