import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../shared/ports/clock.ts";
import { spotNotice } from "./spot-notice.ts";

let server: Server | undefined;

afterEach(() => {
  server?.close().closeAllConnections();
  server = undefined;
});

async function listen(answer: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(answer!);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("spotNotice", () => {
  const signal = new AbortController().signal;

  it("hears of it when the metadata says so", async () => {
    let looks = 0;
    const base = await listen((request, response) => {
      if (request.method === "PUT") return void response.end("token");
      response.writeHead(++looks < 3 || request.headers["x-aws-ec2-metadata-token"] !== "token" ? 404 : 200).end("{}");
    });
    expect(await spotNotice(systemClock, signal, { base, everyMs: 1 })).toBe("notice");
    expect(looks).toBe(3);
  });

  it("gives up where there is no metadata", async () => {
    const base = await listen((_request, response) => void response.writeHead(403).end());
    expect(await spotNotice(systemClock, signal, { base, everyMs: 1 })).toBe("none");
  });
});
