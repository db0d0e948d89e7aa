import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";

const large = Buffer.concat([
  // A PNG header of 64 × 64 pixels.
  Buffer.from("89504e470d0a1a0a0000000d494844520000004000000040080200000000000000", "hex"),
  Buffer.alloc(20_000_000 - 33),
]);

/**
 * A server at users' addresses that does its worst: `/large`, `/silent`, `/slow`, `/lies`, `/text`, `/redirect`,
 * `/small`.
 */
export async function openHostileHost() {
  const server = createServer(async (request, response) => {
    response.on("error", () => {});
    switch (request.url) {
      case "/large":
        return response.end(large);
      case "/small":
        return response.end(large.subarray(0, 1_000));
      case "/slow":
        for (let i = 0; i < 40 && !response.destroyed; i++) {
          response.write(large.subarray(i * 50_000, (i + 1) * 50_000));
          await setTimeout(100);
        }
        return response.end();
      case "/lies":
        response.writeHead(200, { "content-length": 10, "content-type": "image/png" });
        response.socket?.write("x".repeat(100_000));
        return response.socket?.destroySoon();
      case "/text":
        return response.end("<html>".repeat(10_000));
      case "/redirect":
        return response.writeHead(302, { location: "/redirect" }).end();
      default:
        return undefined;
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
