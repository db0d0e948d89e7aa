import { Hono } from "hono";
import { afterEach, expect, it } from "vitest";
import { maxBodyBytes } from "../../../shared/limits.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { MemoryBudget } from "../../../shared/process/memory-budget.ts";
import type { ApiEnv } from "../dependencies.ts";
import type { ApiError } from "../problems/api-error.ts";
import { bodyLimit } from "./body-limit.ts";

const memory = new MemoryBudget({ clock: systemClock });
const app = new Hono<ApiEnv>()
  .use((c, next) => {
    c.set("memory", memory);
    return next();
  })
  .post("/", bodyLimit(), async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
afterEach(() => expect(memory.taken).toBe(0));
app.onError((error, c) => c.json({ code: (error as ApiError).code }, (error as ApiError).status as 413));

/** A body without a length, in pieces of 1 MiB, and how many of them were read. */
function endlessBody() {
  let pieces = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pieces++;
      controller.enqueue(new Uint8Array(1 << 20));
    },
  });
  return { body, pieces: () => pieces };
}

it("takes a body of exactly the limit", async () => {
  const response = await app.request("/", { method: "POST", body: new Uint8Array(maxBodyBytes) });
  expect(await response.text()).toBe(String(maxBodyBytes));
});

it("refuses a body whose length is over the limit", async () => {
  const headers = { "content-length": String(maxBodyBytes + 1) };
  const response = await app.request("/", { method: "POST", headers, body: "x" });
  expect([response.status, await response.json()]).toEqual([413, { code: "payload_too_large" }]);
});

it("stops reading a body without a length at the limit", async () => {
  const { body, pieces } = endlessBody();
  const request = new Request("http://localhost/", { method: "POST", body, duplex: "half" } as RequestInit);
  expect((await app.request(request)).status).toBe(413);
  expect(pieces()).toBeLessThan(maxBodyBytes / (1 << 20) + 4);
});

/** `text` in pieces of one size. */
function inPieces(text: string, size: number): Request {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= text.length) return controller.close();
      controller.enqueue(Buffer.from(text.slice(at, at + size)));
      at += size;
    },
  });
  return new Request("http://localhost/", { method: "POST", body, duplex: "half" } as RequestInit);
}

it.each([1, 7, 100, 5_000])("reads a body in pieces of %d bytes as it is", async (size) => {
  const echo = new Hono<ApiEnv>()
    .use((c, next) => {
      c.set("memory", memory);
      return next();
    })
    .post("/", bodyLimit(), async (c) => c.text(await c.req.text()));
  const text = Array.from({ length: size * 300 }, (_, i) => String(i % 10)).join("");
  expect(await (await echo.request(inPieces(text, size))).text()).toBe(text);
});
