import { Hono } from "hono";
import { expect, it } from "vitest";
import { requestOrigin } from "./request-links.ts";

const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "images.example.com, inner" };

it.each([
  ["the address of the request", {}, {}, "http://10.0.0.1:8080"],
  ["no forwarded address of a proxy that is not trusted", {}, forwarded, "http://10.0.0.1:8080"],
  ["the client's own address behind a trusted proxy", { trustProxy: true }, forwarded, "https://images.example.com"],
  [
    "the address of the request where the proxy sends nonsense",
    { trustProxy: true },
    { "x-forwarded-host": "a b" },
    "http://10.0.0.1:8080",
  ],
  [
    "the configured address before all others",
    { trustProxy: true, publicUrl: "https://example.com/" },
    forwarded,
    "https://example.com",
  ],
])("uses %s", async (_, address, headers, origin) => {
  const app = new Hono().get("/", (c) => c.text(requestOrigin(c, address)));
  expect(await (await app.request("http://10.0.0.1:8080/", { headers })).text()).toBe(origin);
});
