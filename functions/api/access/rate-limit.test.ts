import { Hono } from "hono";
import { expect, it } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import type { ApiEnv } from "../dependencies.ts";
import { problemResponse } from "../problems/problem.ts";
import type { Identity } from "./identity.ts";
import { createRateLimit } from "./rate-limit.ts";

function setUp() {
  const clock = manualClock();
  let identity: Identity = { accountId: "acc_1", keyId: "key_1", scopes: ["*"], terms: {} };
  const app = new Hono<ApiEnv>()
    .use(async (c, next) => {
      c.set("identity", identity);
      await next();
    }, createRateLimit({ clock }))
    .get("/", (c) => c.text("done"));
  app.onError((error) => problemResponse(error, { requestId: "req_1", path: "/", acceptLanguage: undefined }));
  const ask = async (as: Partial<Identity> = {}) => {
    identity = { accountId: "acc_1", keyId: "key_1", scopes: ["*"], terms: {}, ...as };
    return app.request("/");
  };
  return { clock, ask };
}

it("lets a key without a limit pass, without headers", async () => {
  const { ask } = setUp();
  const response = await ask();
  expect([response.status, response.headers.get("ratelimit")]).toEqual([200, null]);
});

it("refuses what is over the limit, says when to try again, and fills up evenly", async () => {
  const { ask, clock } = setUp();
  const limits = { requestsPerMinute: 2 };
  expect((await ask({ limits })).headers.get("x-ratelimit-remaining-requests")).toBe("1");
  await ask({ limits });
  const refused = await ask({ limits });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "30"]);
  clock.advance(29_999);
  expect((await ask({ limits })).status).toBe(429);
  clock.advance(1);
  expect((await ask({ limits })).status).toBe(200);
  expect((await ask({ limits })).status).toBe(429);
});

it("counts an account's keys together, and takes nothing from a key whose account is refused", async () => {
  const { ask, clock } = setUp();
  const terms = { requestsPerMinute: 1 };
  expect((await ask({ terms })).status).toBe(200);
  const other = { keyId: "key_2", limits: { requestsPerMinute: 1 }, terms };
  expect((await ask(other)).status, "another key of the account").toBe(429);
  clock.advance(60_000);
  expect((await ask(other)).status).toBe(200);
  expect((await ask({ ...other, accountId: "acc_2", terms: {} })).status, "its own limit").toBe(429);
});
