import { expect, it } from "vitest";
import { ping, serverSentEvent } from "./server-sent-event.ts";

it.each([
  [{ id: 0, event: "step", data: { step: 1 } }, 'id: 0\nevent: step\ndata: {"step":1}\n\n'],
  [{ event: "done", data: null }, "event: done\ndata: null\n\n"],
])("writes %j", (event, text) => expect(serverSentEvent(event)).toBe(text));

it("keeps data with line breaks on one line, so that nothing in it can begin an event", () => {
  const text = serverSentEvent({ event: "step", data: "a\n\nevent: done\r\ndata: b\u2028" });
  expect(text.split(/\r|\n/).filter((line) => line.startsWith("event: "))).toEqual(["event: step"]);
  expect(JSON.parse(text.split("\n")[1]!.slice("data: ".length))).toBe("a\n\nevent: done\r\ndata: b\u2028");
});

it("pings with a comment that ends an event block", () => expect(ping).toMatch(/^:[^\n]*\n\n$/));
