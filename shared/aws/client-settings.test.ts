import { expect, it } from "vitest";
import { clientSettings } from "./client-settings.ts";

it("gives each service its own endpoint, one for all, or AWS's own", () => {
  const region = "us-east-1";
  const endpoint = { sqs: "http://127.0.0.1:9324" };
  expect(clientSettings({ region, endpoint }, "sqs").endpoint).toBe("http://127.0.0.1:9324");
  expect(clientSettings({ region, endpoint }, "s3").endpoint).toBeUndefined();
  expect(clientSettings({ region, endpoint: "https://x.test" }, "s3").endpoint).toBe("https://x.test");
  expect(clientSettings({ region }, "dynamodb")).toMatchObject({ region, endpoint: undefined });
});

it.each(["", "us", "US-EAST-1", "us-east-1.evil.example"])("refuses the region %j", (region) => {
  expect(() => clientSettings({ region }, "s3")).toThrow(`got ${JSON.stringify(region)}; set AWS_REGION`);
});

it.each(["localhost:8000", "ftp://x.test", "x"])("refuses the endpoint %j", (endpoint) => {
  expect(() => clientSettings({ region: "us-east-1", endpoint }, "s3")).toThrow("an endpoint must be an http(s) URL");
});
