import { expect, it, vi } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { serverSentEvent } from "./server-sent-event.ts";
import { heartbeatEveryMs, streamBody, withHeartbeat } from "./stream-body.ts";

const unexpected = (error: unknown) => expect.unreachable(String(error));

it("sends what is written, and ends", async () => {
  const body = streamBody(async (write) => {
    await write("a");
    await write("b");
  }, unexpected);
  expect(await new Response(body).text()).toBe("ab");
});

it("cuts the connection when its producer fails, so that half a response is none", async () => {
  const failures: unknown[] = [];
  const body = streamBody(
    async (write) => {
      await write("half");
      throw new Error("no more");
    },
    (error) => failures.push(error),
  );
  await expect(new Response(body).text()).rejects.toThrow("no more");
  expect(failures).toHaveLength(1);
});

it("stops its producer when the client disconnects, which is no error", async () => {
  let stopped = false;
  const body = streamBody(async (write, signal) => {
    while (!signal.aborted) await write("more");
    stopped = true;
  }, unexpected);
  const reader = body.getReader();
  await reader.read();
  await reader.cancel();
  await vi.waitUntil(() => stopped);
});

it("writes a heartbeat only after a silence", async () => {
  const clock = manualClock();
  const sent: string[] = [];
  const { write, heartbeat } = withHeartbeat(async (text) => void sent.push(text), "beat", clock);
  clock.advance(heartbeatEveryMs - 1);
  await heartbeat();
  await write("event");
  clock.advance(heartbeatEveryMs - 1);
  await heartbeat();
  clock.advance(1);
  await heartbeat();
  await heartbeat();
  expect(sent).toEqual(["event", "beat"]);
});

it("keeps an event with line breaks on one line", () => {
  expect(serverSentEvent({ id: 3, event: "done", data: "a\nb" })).toBe('id: 3\nevent: done\ndata: "a\\nb"\n\n');
  expect(serverSentEvent({ event: "x", data: {} })).toBe("event: x\ndata: {}\n\n");
});
