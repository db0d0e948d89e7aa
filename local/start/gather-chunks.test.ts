import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { gatherChunks } from "./gather-chunks.ts";

/** Sends `body` in chunks of a size. @returns what the server read, and in how many pieces */
async function sendInChunks(body: string, chunkBytes: number, listener = gatherChunks) {
  const read: string[] = [];
  const server = createServer(async (request, response) => {
    listener(request);
    request.setEncoding("latin1");
    for await (const piece of request) read.push(piece as string);
    response.end("read");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let wire = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.slice(at, at + chunkBytes);
    wire += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  socket.write(`${wire}0\r\n\r\n`);
  expect(await text(socket)).toContain("read");
  return { read: read.join(""), pieces: read.length };
}

const body = Array.from({ length: 60_000 }, (_, i) => String.fromCharCode(32 + (i % 90))).join("");

it.each([1, 7, 100, 5_000, 100_000])("reads a body in chunks of %d bytes as it is", async (chunkBytes) => {
  expect((await sendInChunks(body, chunkBytes)).read).toBe(body);
});

it("hands chunks of one byte on in pieces as large as the reads of the socket", async () => {
  expect((await sendInChunks(body, 1, () => {})).pieces).toBe(body.length);
  expect((await sendInChunks(body, 1)).pieces).toBeLessThan(100);
});
