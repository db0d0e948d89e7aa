import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { createImageHook } from "./image-hook.ts";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const asked: unknown[] = [];
async function hookThat(sends: unknown, onFailure: "allow" | "refuse" = "refuse") {
  const server = createServer(async (request, response) => {
    asked.push(await json(request));
    response.end(JSON.stringify(sends));
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return createImageHook({ url, timeoutMs: 2_000, onFailure, model: "omni" });
}

const image = { bytes: Uint8Array.of(1, 2, 3), format: "jpeg" } as const;
const { signal } = new AbortController();

it("sends the file in OpenAI's form, and lets pass what is not flagged", async () => {
  const hook = await hookThat({ results: [{ flagged: false, categories: {} }] });
  expect(await hook(image, signal)).toBeUndefined();
  expect(asked.at(-1)).toEqual({
    model: "omni",
    input: [{ type: "image_url", image_url: { url: "data:image/jpeg;base64,AQID" } }],
  });
});

it("refuses what is flagged, once and for all", async () => {
  const hook = await hookThat({ results: [{ flagged: true, categories: { sexual: true } }] });
  await expect(hook(image, signal)).rejects.toMatchObject({
    code: "content_policy",
    retryable: false,
    message: expect.stringContaining("(sexual)"),
  });
});

it("without a verdict, refuses for now or lets pass with a warning, as the deployer says", async () => {
  await expect((await hookThat({}))(image, signal)).rejects.toMatchObject({
    code: "moderation_unavailable",
    retryable: true,
  });
  expect(await (await hookThat({}, "allow"))(image, signal)).toMatchObject({
    code: "image_not_judged",
    message: expect.stringMatching(/^the image was not checked/),
  });
});

it("ends with the job", async () => {
  const hook = await hookThat({ results: [{ flagged: false, categories: {} }] }, "allow");
  await expect(hook(image, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
});
