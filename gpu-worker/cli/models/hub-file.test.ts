import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hubFile } from "./hub-file.ts";

let asked: { range?: string; authorization?: string }[];
let respond: (response: ServerResponse) => void;
const server = createServer(({ headers }, response) => {
  asked.push({ range: headers.range, authorization: headers.authorization });
  respond(response);
});
beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Bytes 2 to 4 of a file of 10, as the server gives them. */
async function read(status: number, headers: { [name: string]: string } = {}, token?: string) {
  respond = (response) => response.writeHead(status, headers).end(status === 204 ? undefined : "abc");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
  const file = hubFile({ path: "f", bytes: 10, checksum: { sha256: "" } as never, url }, token);
  const { body, isWhole } = await file.read(2, 5, new AbortController().signal);
  return { text: await new Response(body as ReadableStream).text(), isWhole };
}

it("asks for the range, with the token where there is one", async () => {
  expect(await read(206, { "content-range": "bytes 2-4/10" }, "t")).toEqual({ text: "abc", isWhole: false });
  expect(asked).toEqual([{ range: "bytes=2-4", authorization: "Bearer t" }]);
});

it("takes a server that gives the whole file", async () => {
  const whole = { "transfer-encoding": "chunked" };
  expect(await read(200, whole)).toMatchObject({ isWhole: true });
  expect(asked[0]!.authorization).toBeUndefined();
});

it.each([
  [206, { "content-range": "bytes 0-2/10" }, "the server gave bytes 0-2/10 where bytes 2-4/10 was asked for"],
  [206, {}, "the server gave no range"],
  [200, { "content-length": "3" }, "the server has 3 bytes, expected 10"],
  [401, {}, "f: the server responded with 401; the token is missing or not valid"],
  [404, {}, "f: the server responded with 404; the hub does not have what it listed"],
  [418, {}, "f: the server responded with 418; name another --mirror"],
])("says what is wrong with %i %j", async (status, headers, message) => {
  await expect(read(status, headers as { [name: string]: string })).rejects.toThrow(message);
});

it.each([
  [429, { "retry-after": "7" }, 7_000],
  [503, {}, 0],
  [500, { "retry-after": "Mon, 30 Nov 2026 00:00:00 GMT" }, 0],
])("tries again after %i %j", async (status, headers, waitMs) => {
  await expect(read(status, headers as { [name: string]: string })).rejects.toMatchObject({
    message: `the server responded with ${status}`,
    waitMs,
  });
});
