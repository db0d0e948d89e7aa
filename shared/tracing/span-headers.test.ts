import { expect, it } from "vitest";
import { parseSpanHeaders } from "./span-headers.ts";

it("reads names without regard to case, and values in percent encoding", () => {
  expect(parseSpanHeaders("Authorization=Basic%20YTpi=, X-Tenant=shop,", "x")).toEqual({
    authorization: "Basic YTpi=",
    "x-tenant": "shop",
  });
  expect(parseSpanHeaders("", "x")).toEqual({});
});

it.each(["token", "a=b,secret token", "a=%E0%A4%A"])("repeats nothing of %j", (text) => {
  expect(() => parseSpanHeaders(text, "the secret s")).toThrow(/^the secret s must be NAME=VALUE,…, got "part [12]"$/);
});
