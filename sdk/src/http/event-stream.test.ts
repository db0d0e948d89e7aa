import { expect, it } from "vitest";
import { ConnectionError } from "../errors.ts";
import { readEventStream, type ServerSentEvent } from "./event-stream.ts";

function streamOf(
  chunks: readonly Uint8Array[],
  end: "close" | "break" | "hang" = "close",
): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (end === "close") controller.close();
      else if (end === "break") controller.error(new TypeError("terminated"));
      else return new Promise(() => {});
      return undefined;
    },
  });
}

async function read(stream: ReadableStream<Uint8Array>, idleMs = 1_000): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEventStream(stream, { idleMs })) events.push(event);
  return events;
}

const text =
  ': ping\n\nid: 1\nevent: queued\ndata: {"position":1}\n\nid: 2\r\nevent: 画\r\ndata:a\r\ndata: b\r\n\r\ndata\n\nevent: dropped\n\nid: 3\rdata:  c\r\rretry: 5\nevent: cut';
const expected = [
  { id: "1", event: "queued", data: '{"position":1}' },
  { id: "2", event: "画", data: "a\nb" },
  { id: "2", event: "message", data: "" },
  { id: "3", event: "message", data: " c" },
];

it.each([1, 2, 3, 7, 1_000])("reads the same events from chunks of %i bytes", async (size) => {
  const bytes = new TextEncoder().encode(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.slice(i * size, (i + 1) * size),
  );
  expect(await read(streamOf(chunks))).toEqual(expected);
});

it("tells when the stream breaks off", async () => {
  await expect(read(streamOf([], "break"))).rejects.toThrow(ConnectionError);
});

it("gives up on a stream that stays silent", async () => {
  await expect(read(streamOf([], "hang"), 20)).rejects.toThrow("nothing came for 20 ms");
});
