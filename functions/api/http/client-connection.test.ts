import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { expect, it } from "vitest";
import type { ApiEnv } from "../dependencies.ts";
import { clientConnection, hasArrived } from "./client-connection.ts";

const app = new Hono<ApiEnv>().use(clientConnection).get("/", (c) => c.text(c.get("connection") ?? "unknown"));

it("knows what was answered over a connection that stands or went on as arrived", async () => {
  const server = createServer(getRequestListener(app.fetch));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const ask = async (agent: Agent, headers: { [name: string]: string } = {}) => {
    const [answer] = await once(request({ port, agent, headers }).end(), "response");
    return text(answer);
  };
  const [one, other] = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 1 })) as [Agent, Agent];
  try {
    const [first, second, beside] = [await ask(one), await ask(one), await ask(other)];
    expect([first, second].map((place) => place.split("#")[1])).toEqual(["1", "2"]);
    expect(second.split("#")[0]).toBe(first.split("#")[0]);
    expect([first, second, beside, "unknown", "unknown#1"].map(hasArrived)).toEqual([true, true, true, false, false]);
    for (const header of ["X-Forwarded-For", "Forwarded", "Via"]) {
      expect(await ask(other, { [header]: "for=192.0.2.1" }), header).toBe("unknown");
    }
    one.destroy();
    other.destroy();
    await expect.poll(() => [second, beside].map(hasArrived)).toEqual([false, false]);
    expect(hasArrived(first), "another followed").toBe(true);
  } finally {
    server.close();
  }
});

it("is unknown without a server of our own", async () => {
  expect(await (await app.request("/")).text()).toBe("unknown");
});
