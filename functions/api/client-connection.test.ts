import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { connectionOf, isOpen } from "./client-connection.ts";

const app = new Hono().get("/", (c) => c.text(connectionOf(c) ?? "unknown"));

it("is the same for requests over one connection, and another for another", async () => {
  const server = createServer(getRequestListener(app.fetch));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const ask = async (agent: Agent, headers: { [name: string]: string } = {}) => {
    const [answer] = await once(request({ port, agent, headers }).end(), "response");
    return text(answer);
  };
  const [one, other] = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 1 })) as [Agent, Agent];
  try {
    const [first, again, beside] = [await ask(one), await ask(one), await ask(other)];
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect([again, beside === first]).toEqual([first, false]);
    expect([isOpen(first), isOpen(beside), isOpen("unknown")]).toEqual([true, true, false]);
    other.destroy();
    await expect.poll(() => isOpen(beside)).toBe(false);
    expect(isOpen(first)).toBe(true);
    for (const header of ["X-Forwarded-For", "Forwarded", "Via"]) {
      expect(await ask(one, { [header]: "for=192.0.2.1" }), header).toBe("unknown");
    }
  } finally {
    one.destroy();
    other.destroy();
    server.close();
  }
});

it("is unknown without a server of our own", async () => {
  expect(await (await app.request("/")).text()).toBe("unknown");
});
