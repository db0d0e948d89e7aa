import { type Context, Hono } from "hono";
import { expect, it } from "vitest";
import type { ApiEnv } from "../dependencies.ts";
import { idempotencyOf } from "./idempotency-key.ts";

async function idempotency(header: string | undefined, { keyId = "key_1", path = "/v1/jobs", body = {} } = {}) {
  let found: ReturnType<typeof idempotencyOf> | Error;
  const app = new Hono<ApiEnv>().post("*", (c: Context<ApiEnv>) => {
    c.set("identity", { accountId: "acc_1", keyId, scopes: [], terms: {} });
    try {
      found = idempotencyOf(c, body);
    } catch (error) {
      found = error as Error;
    }
    return c.body(null);
  });
  await app.request(path, { method: "POST", headers: header === undefined ? {} : { "idempotency-key": header } });
  return found!;
}

it("is undefined without the header", async () => {
  expect(await idempotency(undefined)).toBeUndefined();
});

it("has a name space per API key and path, and the body's fingerprint", async () => {
  const first = (await idempotency("order-1")) as { key: string; fingerprint: string };
  expect(first.key).toBe("key_1 POST /v1/jobs order-1");
  expect(await idempotency("order-1", { keyId: "key_2" })).not.toMatchObject({ key: first.key });
  expect(await idempotency("order-1", { path: "/v1/quotes" })).not.toMatchObject({ key: first.key });
  expect(await idempotency("order-1", { body: { n: 2 } })).toMatchObject({
    key: first.key,
    fingerprint: expect.not.stringContaining(first.fingerprint),
  });
});

it.each(["", "é", "x".repeat(256)])("refuses %j", async (header) => {
  expect(await idempotency(header)).toMatchObject({ code: "invalid_value", param: "Idempotency-Key" });
});
