import { expect, it } from "vitest";
import { outboxNotice } from "../../shared/webhooks/announce-outbox.ts";
import { wakeForRetry } from "./wake-for-retry.ts";

const clock = { now: () => 1_000_000, sleep: () => Promise.resolve() };

async function wake(at: number, send: (body: string, delayMs?: number) => Promise<void>): Promise<string[]> {
  const logged: string[] = [];
  const notices = {
    send: (body: string, options: { readonly delayMs?: number } = {}) => send(body, options.delayMs),
  };
  await wakeForRetry(at, { notices, clock, log: (_level, message) => logged.push(message) });
  return logged;
}

it("sends a notice that comes when the attempt is due and its row can be read", async () => {
  const sent: unknown[] = [];
  const send = async (body: string, delayMs?: number) => void sent.push([body, delayMs]);
  await wake(1_005_000, send);
  await wake(1_899_000, send);
  expect(sent).toEqual([
    [outboxNotice, 6_000],
    [outboxNotice, 900_000],
  ]);
});

it("leaves to the tick what is longer away than a queue can hold, and what could not be sent", async () => {
  const refuse = () => Promise.reject(new Error("throttled"));
  expect(await wake(1_900_000, refuse)).toEqual([]);
  expect(await wake(1_005_000, refuse)).toEqual(["failed to wake the dispatcher for a retry"]);
});
