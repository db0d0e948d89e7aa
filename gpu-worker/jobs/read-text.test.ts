import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createTextReader } from "./read-text.ts";

async function readerThat(respond: (body: string) => { readonly status?: number; readonly body: string }) {
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { status = 200, body } = respond(Buffer.concat(pieces).toString());
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const read = createTextReader(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return () => read(Uint8Array.of(1, 2, 3), ["SALE"], new AbortController().signal);
}

it("sends the image and what it should show, and takes the text", async () => {
  let sent = "";
  const read = await readerThat((body) => {
    sent = body;
    return { body: JSON.stringify({ text: "SALE\n-20%" }) };
  });
  expect(await read()).toBe("SALE\n-20%");
  expect(JSON.parse(sent)).toEqual({ image: "AQID", expected: ["SALE"] });
});

it.each([
  ["an error", { status: 500, body: "no" }, "status 500"],
  ["no text", { body: "{}" }, 'without "text"'],
  ["no JSON", { body: "<html>" }, "could not be used"],
  ["too much", { body: JSON.stringify({ text: "x".repeat(100_001) }) }, "more than 100000 bytes"],
] as const)("says what is wrong with a reader that responds with %s", async (_, response, why) => {
  const read = await readerThat(() => response);
  await expect(read()).rejects.toMatchObject({ code: "text_reader_failed", message: expect.stringContaining(why) });
});
