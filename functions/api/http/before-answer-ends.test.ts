import { Hono } from "hono";
import { expect, it } from "vitest";
import type { Identity } from "../access/identity.ts";
import type { ApiEnv } from "../dependencies.ts";
import { beforeAnswerEnds } from "./before-answer-ends.ts";

const identity: Identity = { accountId: "acc_1", keyId: "key_1", scopes: ["*"], terms: {} };

/** An app that answers in two parts, and what happened to them, in order. */
function appOf(deduplicationWindowS: number | null, { early = false } = {}) {
  const seen: string[] = [];
  const app = new Hono<ApiEnv>()
    .use(beforeAnswerEnds, async (c, next) => {
      c.set("identity", { ...identity, deduplicationWindowS });
      await next();
    })
    .all("/streamed", (c) => {
      if (early) c.set("beforeAnswerEnds", async () => void seen.push("early"));
      const parts = ["one", "two"];
      const body = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const part = parts.shift();
            if (part === undefined) return controller.close();
            // As a tool's answer does: the order is made while the answer is under way.
            c.set("beforeAnswerEnds", async () => {
              await new Promise((resolve) => setTimeout(resolve, 5));
              seen.push("noted");
            });
            controller.enqueue(new TextEncoder().encode(part));
          },
        },
        { highWaterMark: 0 },
      );
      return c.body(body, 201, { "X-Own": "kept" });
    })
    .post("/empty", (c) => {
      c.set("beforeAnswerEnds", async () => void seen.push("noted"));
      return c.redirect("/elsewhere", 303);
    });
  return { app, seen };
}

it("holds back the end of an answer until what the route wants is done", async () => {
  const { app, seen } = appOf(60);
  const response = await app.request("/streamed", { method: "POST" });
  expect([response.status, response.headers.get("x-own")]).toEqual([201, "kept"]);
  const reader = response.body!.getReader();
  await reader.read();
  expect(seen, "the first part alone").toEqual([]);
  await reader.read();
  expect((await reader.read()).done).toBe(true);
  expect(seen).toEqual(["noted"]);
});

it("does nothing for an answer that its client does not read to the end", async () => {
  const { app, seen } = appOf(60);
  const reader = (await app.request("/streamed", { method: "POST" })).body!.getReader();
  await reader.read();
  await reader.cancel();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen).toEqual([]);
});

it("has it done before an answer without a body", async () => {
  const { app, seen } = appOf(60);
  expect((await app.request("/empty", { method: "POST" })).status).toBe(303);
  expect(seen).toEqual(["noted"]);
});

it.each([
  ["a key without a window", null, "POST"],
  ["a key with a window of 0", 0, "POST"],
  ["a GET", 60, "GET"],
])("leaves %s alone whose route wants nothing before its answer", async (_, windowS, method) => {
  const { app, seen } = appOf(windowS);
  expect(await (await app.request("/streamed", { method })).text()).toBe("onetwo");
  expect(seen).toEqual([]);
});

it("does what a route wants that says so before its answer, whatever the key", async () => {
  const { app, seen } = appOf(null, { early: true });
  expect(await (await app.request("/streamed", { method: "POST" })).text()).toBe("onetwo");
  expect(seen).toEqual(["noted"]);
});
