import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { closeServer, listen } from "./listen.ts";

const local = { host: "127.0.0.1", port: 0 };

describe("listen", () => {
  it.each([
    ["127.0.0.1", /^http:\/\/127\.0\.0\.1:\d+$/],
    ["0.0.0.0", /^http:\/\/127\.0\.0\.1:\d+$/],
    ["localhost", /^http:\/\/localhost:\d+$/],
  ])("on %s gives a URL that can be reached", async (host, pattern) => {
    const { server, url } = await listen((_request, response) => response.end("here"), { host, port: 0 });
    expect(url).toMatch(pattern);
    expect(await (await fetch(url)).text()).toBe("here");
    await closeServer(server, 1_000);
  });

  it.each([
    ["HTTP/1.0 without a host", "GET /healthz HTTP/1.0\r\n\r\n"],
    ["HTTP/1.1 without a host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["HTTP/1.1 with an empty host", "GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"],
  ])("answers %s, as health checks of proxies ask", async (_, text) => {
    const app = new Hono().get("/healthz", (c) => c.json({ host: new URL(c.req.url).hostname }));
    const { server } = await listen(getRequestListener(app.fetch), local);
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").end(text);
    const answer = (await socket.setEncoding("latin1").toArray()).join("");
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('{"host":"127.0.0.1"}');
    await closeServer(server, 1_000);
  });

  it("keeps an idle connection longer than a proxy does", async () => {
    const { server } = await listen((_request, response) => response.end(), local);
    expect(server.keepAliveTimeout).toBeGreaterThan(60_000);
    await closeServer(server, 1_000);
  });

  it("names the port that is in use, and another", async () => {
    const { server, url } = await listen(() => {}, local);
    const port = Number(new URL(url).port);
    const second = listen(() => {}, { ...local, port });
    await expect(second).rejects.toThrow(`PORT ${port} on 127.0.0.1 is in use`);
    await expect(second).rejects.toThrow(`PORT=${port + 1}`);
    await closeServer(server, 1_000);
  });

  it("names a host that is not of this machine", async () => {
    await expect(listen(() => {}, { host: "192.0.2.1", port: 0 })).rejects.toThrow("HOST 192.0.2.1 is no address");
  });
});

describe("closeServer", () => {
  it("cuts a response that does not end", async () => {
    const { server, url } = await listen((_request, response) => response.write("a"), local);
    const client = request(url).end();
    const [response] = await once(client, "response");
    client.on("error", () => {});
    response.on("error", () => {});
    await closeServer(server, 10);
  });
});
