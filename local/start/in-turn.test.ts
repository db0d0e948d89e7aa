import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { inTurn } from "./in-turn.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function connectTo(listener: RequestListener): Promise<Socket> {
  const server = createServer(inTurn(listener));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  open.push(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return socket;
}

const requests = (count: number, headers = "") =>
  Array.from({ length: count }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`).join("");

it("begins a request of a connection when the one before it is over", async () => {
  let underWay = 0;
  let most = 0;
  const paths: string[] = [];
  const socket = await connectTo(async (request, response) => {
    most = Math.max(most, ++underWay);
    paths.push(request.url!);
    await setTimeout(1);
    underWay--;
    response.end(`<${request.url}>`);
  });
  socket.write(requests(20));
  let text = "";
  for await (const piece of socket.setEncoding("latin1")) {
    text += piece;
    if (text.includes("</19>")) break;
  }
  expect(most).toBe(1);
  expect(paths).toEqual(Array.from({ length: 20 }, (_, i) => `/${i}`));
});

it("begins one in a turn of the event loop, also where responses end at once", async () => {
  let inThisTurn = 0;
  let most = 0;
  const socket = await connectTo((request, response) => {
    most = Math.max(most, ++inThisTurn);
    setImmediate(() => {
      inThisTurn = 0;
    });
    response.end(`<${request.url}>`);
  });
  // They take several reads, which follow each other in one turn.
  const headers = Array.from({ length: 60 }, (_, i) => `X-${i}: ${"v".repeat(90)}\r\n`).join("");
  socket.write(requests(40, headers));
  let text = "";
  for await (const piece of socket.setEncoding("latin1")) {
    text += piece;
    if (text.includes("</39>")) break;
  }
  expect(most).toBe(1);
});

it("begins them also on a connection that is used again", async () => {
  const socket = await connectTo((request, response) => void response.end(`<${request.url}>`));
  for (let round = 0; round < 3; round++) {
    socket.write(requests(2));
    let text = "";
    while (!text.includes("</1>")) text += (await once(socket, "data"))[0];
  }
});

it("closes a connection that sends hundreds ahead, of which few are begun", async () => {
  let begun = 0;
  const socket = await connectTo(async (_, response) => {
    begun++;
    await setTimeout(5);
    response.end();
  });
  socket.on("error", () => {});
  socket.write(requests(500));
  await once(socket, "close");
  await setTimeout(50);
  expect(begun).toBeLessThan(5);
});

it("begins none of those that wait when their connection has gone", async () => {
  let begun = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await connectTo((_, response) => {
    begun++;
    response.once("close", resolve);
  });
  socket.write(requests(3));
  await setTimeout(30);
  socket.destroy();
  await promise;
  await setTimeout(30);
  expect(begun).toBe(1);
});
