import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { askModerationHook } from "./moderation-hook.ts";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<string> {
  const server = createServer((request, response) => answer(response, request));
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/moderations`;
}

const sending = (body: unknown, status = 200) =>
  serve((response) => response.writeHead(status).end(JSON.stringify(body)));
const ask = (url: string, timeoutMs = 2_000) => askModerationHook({ url, timeoutMs, onFailure: "refuse" }, "a fox");
const clean = { flagged: false, categories: { violence: false }, category_scores: { violence: 0.01 } };

it("asks as OpenAI's clients do, and says what is flagged", async () => {
  const asked: unknown[] = [];
  const url = await serve(async (response, request) => {
    asked.push(request.method, request.headers.authorization, await json(request));
    const categories = { violence: true, hate: false, "sexual/minors": null };
    const category_scores = { violence: 0.9, hate: 7, "sexual/minors": null };
    response.end(JSON.stringify({ id: "x", model: "m", results: [{ flagged: true, categories, category_scores }] }));
  });
  const verdict = await askModerationHook(
    { url, key: "k", model: "omni", timeoutMs: 2_000, onFailure: "allow" },
    "a fox",
  );
  expect(asked).toEqual(["POST", "Bearer k", { model: "omni", input: "a fox" }]);
  expect(verdict).toEqual({
    flagged: true,
    categories: ["violence"],
    scores: { violence: 0.9, hate: 1, "sexual/minors": 0 },
  });
});

it("takes a category that is flagged for a refusal, whatever the sum says", async () => {
  const url = await sending({ results: [{ ...clean, categories: { hate: true } }] });
  expect(await ask(url)).toMatchObject({ flagged: true, categories: ["hate"] });
});

describe("a service that gives no verdict has allowed nothing", () => {
  it.each([
    ["another status", { results: [clean] }, 500],
    ["a redirect", { results: [clean] }, 302],
    ["no results", {}, 200],
    ["an empty list", { results: [] }, 200],
    ["a verdict that is no boolean", { results: [{ ...clean, flagged: "no" }] }, 200],
    ["no categories", { results: [{ flagged: false }] }, 200],
    ["several verdicts on one text", { results: [clean, clean] }, 200],
    ["a list", [clean], 200],
    ["more than it should", { results: [clean], more: "x".repeat(100_000) }, 200],
  ])("%s", async (_, body, status) => {
    await expect(ask(await sending(body, status))).rejects.toMatchObject({
      code: "moderation_unavailable",
      retryable: true,
    });
  });

  it("text that is no JSON", async () => {
    const url = await serve((response) => response.end("<html>ok</html>"));
    await expect(ask(url)).rejects.toMatchObject({ code: "moderation_unavailable" });
  });

  it("silence, for as long as it may take", async () => {
    const url = await serve(() => {});
    const started = performance.now();
    await expect(ask(url, 200)).rejects.toThrow("did not respond within 200 ms");
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it("a body that never ends", async () => {
    const url = await serve((response) => void response.write('{"results":['));
    await expect(ask(url, 200)).rejects.toThrow("did not respond within 200 ms");
  });

  it("nobody at its address, which the message does not tell", async () => {
    const url = await sending({});
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    const error = await ask(url).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: "moderation_unavailable" });
    expect(String(error)).not.toContain("127.0.0.1");
  });
});

it("reads its key from a secret, once for many questions, and refuses where it cannot", async () => {
  const seen: (string | undefined)[] = [];
  const url = await serve((response, request) => {
    seen.push(request.headers.authorization);
    response.end(JSON.stringify({ results: [clean] }));
  });
  let reads = 0;
  const readSecret = async () => ` key-${++reads}\n`;
  const settings = { url, timeoutMs: 2_000, onFailure: "refuse", keySecret: "z-image/moderation" } as const;
  for (let i = 0; i < 3; i++) await askModerationHook(settings, "a fox", { readSecret });
  expect([seen, reads]).toEqual([["Bearer key-1", "Bearer key-1", "Bearer key-1"], 1]);
  const unreadable = async () => {
    throw new Error("no such secret");
  };
  const other = { ...settings, keySecret: "z-image/other" };
  await expect(askModerationHook(other, "a fox", { readSecret: unreadable })).rejects.toMatchObject({
    code: "moderation_unavailable",
  });
});
