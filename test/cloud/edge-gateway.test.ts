import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createEdgeGateway, type EdgeGatewayOptions } from "./edge-gateway.ts";
import { LambdaThrottled } from "./lambda/lambda-account.ts";

const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A gateway before something that sees each event and answers as it likes. */
const gateway = (api: EdgeGatewayOptions["api"]["stream"], options: Partial<EdgeGatewayOptions> = {}) =>
  listen(
    createEdgeGateway({
      api: { stream: api },
      images: { get: async () => undefined },
      binaryMediaTypes: ["image/png"],
      ...options,
    }),
  );

interface RestEvent {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** What a function makes of a body that was sent through the gateway. */
async function received(contentType: string, binaryMediaTypes: readonly string[]): Promise<Buffer> {
  const events: RestEvent[] = [];
  const url = await gateway(
    async (event) => {
      events.push(event as RestEvent);
      throw new Error("no answer");
    },
    { binaryMediaTypes },
  );
  await fetch(`${url}/v1/files`, { method: "POST", headers: { "content-type": contentType }, body: bytes });
  const [{ body, isBase64Encoded }] = events as [RestEvent];
  return Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
}

it("passes bytes on as they are where their type is declared binary, and breaks them where it is not", async () => {
  expect(await received("image/png", ["image/png"])).toEqual(bytes);
  expect(await received("multipart/form-data; boundary=x", ["multipart/form-data"])).toEqual(bytes);
  expect(await received("image/png", [])).not.toEqual(bytes);
  expect(await received("multipart/form-data; boundary=x", [])).not.toEqual(bytes);
  // Whether it stands for all images is not written down.
  expect(await received("image/png", ["image/*"])).not.toEqual(bytes);
});

const busy = {
  status: 503,
  headers: { "content-type": "application/problem+json", "retry-after": "5" },
  template: '{"code":"service_busy","instance":"$context.path","request_id":"$context.requestId"}',
};

it("answers a throttled invocation with the API's own error, and with AWS's where there is none", async () => {
  const throttled = async () => {
    throw new LambdaThrottled("api");
  };
  const url = await gateway(throttled, { gatewayResponses: { DEFAULT_5XX: busy } });
  const response = await fetch(`${url}/readyz`);
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await response.json()).toMatchObject({ code: "service_busy", instance: "/readyz" });
  const plain = await fetch(`${await gateway(throttled)}/readyz`);
  expect([plain.status, await plain.json()]).toEqual([500, { message: "Internal server error" }]);
});

it("refuses a body that is too large for an event", async () => {
  const url = await gateway(async () => {}, { gatewayResponses: { DEFAULT_4XX: { ...busy, status: 400 } } });
  const response = await fetch(url, { method: "POST", body: Buffer.alloc(6_500_000, "a") });
  expect(response.status).toBe(400);
});

/** A function's answer: its prelude, a first word, and then what `end` does. */
async function answers(end: (answer: IncomingMessage) => void): Promise<EdgeGatewayOptions["api"]["stream"]> {
  const source = await listen(
    createServer((_request, response) => {
      response.write(`{"statusCode":200,"headers":{}}${"\0".repeat(8)}begun`);
    }),
  );
  return async (_event, consume) => {
    const { get } = await import("node:http");
    const [answer] = (await once(get(source), "response")) as [IncomingMessage];
    const consumed = consume(answer, false);
    setTimeout(() => end(answer), 50);
    await consumed;
  };
}

it.each([
  ["the function is cut off", (answer: IncomingMessage) => void answer.destroy(), {}],
  ["the integration's time is up", () => {}, { integrationTimeoutMs: 200 }],
])("cuts a response in the middle when %s", async (_what, end, options) => {
  const url = await gateway(await answers(end), options);
  const response = await fetch(url);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
});
