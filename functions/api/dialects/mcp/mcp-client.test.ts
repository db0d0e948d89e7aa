import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../../../../test/support/api/api-server.ts";

/** The endpoint as the official client sees it, over a socket. */

let api: ApiServer;
let client: Client;
beforeEach(async () => {
  api = await openApiServer();
  client = await connect();
});
afterEach(async () => {
  await client.close();
  await api.close();
});

async function connect(key = api.key, options: ConstructorParameters<typeof Client>[1] = {}): Promise<Client> {
  const connected = new Client({ name: "test", version: "1" }, options);
  const headers = { authorization: `Bearer ${key}` };
  await connected.connect(new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), { requestInit: { headers } }));
  return connected;
}

async function call(name: string, args: { [name: string]: unknown }, options = {}) {
  const result = await client.callTool({ name, arguments: args }, options);
  const [text, ...rest] = result.content;
  if (text?.type !== "text") throw new Error("the first part of an answer is text");
  return { ...result, isError: result.isError ?? false, summary: JSON.parse(text.text), shown: rest };
}

const drawing = { prompt: "a red cup", size: "128x64", steps: 2, seed: 5 };

async function sizeOf(bytes: Buffer | ArrayBuffer) {
  const { width, height, format } = await sharp(bytes).metadata();
  return [width, height, format];
}

it("introduces itself and its tools", async () => {
  expect(client.getServerVersion()).toMatchObject({ name: "z-image" });
  expect(client.getInstructions()).toContain("job_status");
  const { tools } = await client.listTools();
  expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
    ["generate", false],
    ["edit", false],
    ["job_status", true],
    ["run_create", false],
    ["run_status", false],
  ]);
  expect(tools[0]?.inputSchema).toMatchObject({
    required: ["prompt"],
    properties: { n: { minimum: 1, maximum: 4 }, size: { description: expect.any(String) } },
  });
  expect(tools[1]?.inputSchema.required).toEqual(["prompt", "image"]);
  await client.ping();
});

it("speaks the newest version that both know", async () => {
  const transport = new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${api.key}` } },
  });
  const older = new Client({ name: "test", version: "1" }, { supportedProtocolVersions: ["2025-06-18"] });
  await older.connect(transport);
  expect(transport.protocolVersion).toBe("2025-06-18");
  expect((await older.listTools()).tools).toHaveLength(5);
  await older.close();
  // One that would rather speak the version of 2026 asks, is refused, and goes on with what there is.
  const newer = await connect(api.key, { versionNegotiation: { mode: "auto" } });
  expect((await newer.listTools()).tools).toHaveLength(5);
  await newer.close();
});

it("makes an image, shows it and links it", async () => {
  const { summary, shown, isError } = await call("generate", drawing);
  expect(isError).toBe(false);
  expect(summary).toMatchObject({
    job_id: expect.stringMatching(/^job_/),
    status: "succeeded",
    error: null,
    images: [{ width: 128, height: 64, seed: 5, content_type: "image/jpeg", shown_below: true }],
    cost: { charged: expect.any(Number), lane: "interactive" },
    drawn_as: { prompt: "a red cup", steps: 2 },
  });
  expect(shown).toMatchObject([{ type: "image", mimeType: "image/jpeg" }]);
  const [first] = shown as { data: string }[];
  expect(await sizeOf(Buffer.from(first!.data, "base64"))).toEqual([128, 64, "jpeg"]);
  expect(await sizeOf(await (await fetch(summary.images[0].url)).arrayBuffer())).toEqual([128, 64, "jpeg"]);
});

it("tells of its progress", async () => {
  const seen: unknown[] = [];
  await call("generate", { ...drawing, n: 2 }, { onprogress: (progress: unknown) => seen.push(progress) });
  expect(seen).toEqual([1, 2, 3, 4].map((progress) => ({ progress, total: 4 })));
});

it("does not wait for ever, and is asked again", async () => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  api.beforeDrawing(() => over);
  const { summary, shown } = await call("generate", { ...drawing, wait_s: 1 });
  expect([summary.status, shown]).toEqual(["running", []]);
  expect(summary.next).toContain(`job_status with job_id ${summary.job_id}`);
  end();
  const later = await call("job_status", { job_id: summary.job_id, wait_s: 45 });
  expect([later.summary.status, later.shown.length]).toEqual(["succeeded", 1]);
  const bare = await call("job_status", { job_id: summary.job_id, images: false });
  expect([bare.summary.images[0].shown_below, bare.shown]).toEqual([false, []]);
});

it("draws over an image", async () => {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const image = `data:image/png;base64,${png.toString("base64")}`;
  const { summary } = await call("edit", { prompt: "a blue cup", image, strength: 0.5, size: "64x64", format: "png" });
  expect(summary).toMatchObject({ status: "succeeded", images: [{ content_type: "image/png" }] });
  // The link of an image is good for the next one.
  const again = await call("edit", { prompt: "a green cup", image: summary.images[0].url, size: "64x64" });
  expect(again.summary.status).toBe("succeeded");
  expect((await api.allJobs()).map(({ params }) => [params.prompt, params.strength])).toEqual([
    ["a green cup", 0.6],
    ["a blue cup", 0.5],
  ]);
});

describe("what goes wrong", () => {
  it.each([
    ["generate", { ...drawing, size: "100x64" }, { code: "invalid_size" }],
    ["generate", {}, { code: "invalid_value", param: "prompt" }],
    ["generate", { ...drawing, colour: "red" }, { code: "unknown_field", param: "colour" }],
    ["generate", { ...drawing, max_cost: 0 }, { code: "max_cost_exceeded" }],
    ["generate", { ...drawing, wait_s: 1e6 }, { code: "invalid_value", param: "wait_s" }],
    ["edit", drawing, { code: "invalid_value", param: "image" }],
    ["edit", { ...drawing, image: "data:image/png;base64,AAAA" }, { code: "invalid_image", param: "image" }],
    ["job_status", { job_id: "job_of_somebody" }, { code: "job_not_found" }],
  ])("with the arguments of %s %j is told to the agent, and costs nothing", async (name, args, expected) => {
    const { isError, summary, shown } = await call(name, args);
    expect([isError, shown]).toEqual([true, []]);
    expect(summary.error).toMatchObject({
      ...expected,
      message: expect.any(String),
      request_id: expect.stringMatching(/^req_/),
    });
    expect(await api.allJobs()).toEqual([]);
  });

  it("with the job as well", async () => {
    api.beforeDrawing(async () => {
      throw new Error("the engine has a cold");
    });
    const { isError, summary } = await call("generate", drawing);
    expect([isError, summary.status, summary.error]).toMatchObject([
      true,
      "failed",
      { message: "the engine has a cold" },
    ]);
  });

  it("with the name of a tool is an error of the protocol", async () => {
    await expect(client.callTool({ name: "destroy", arguments: {} })).rejects.toThrow(/there is no tool "destroy"/);
  });

  it("without a key, or with one of another, opens nothing", async () => {
    await expect(connect("zk_wrong")).rejects.toThrow();
    const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"] });
    await client.close();
    client = await connect(value);
    const { isError, summary } = await call("generate", drawing);
    expect([isError, summary.error.code]).toEqual([true, "insufficient_scope"]);
  });
});

describe("a call that the client cancels", () => {
  const canceled = async (args: object) => {
    const stop = new AbortController();
    const ended = call("generate", { ...drawing, ...args }, { signal: stop.signal }).catch(() => "canceled");
    return { stop: () => stop.abort("enough"), ended };
  };

  it("cancels its job, and no other client's with the same key", async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    api.beforeDrawing(() => over);
    const other = await connect();
    const spared = other.callTool({ name: "generate", arguments: { ...drawing, seed: 6 } });
    await expect.poll(async () => (await api.allJobs()).length).toBe(1);
    const { stop, ended } = await canceled({ seed: 7 });
    await expect.poll(async () => (await api.allJobs()).length).toBe(2);
    stop();
    expect(await ended).toBe("canceled");
    const jobOf = async (seed: number) => (await api.allJobs()).find(({ params }) => params.seed === seed);
    await expect.poll(async () => (await jobOf(7))?.status).toBe("canceled");
    end();
    expect((await spared).isError ?? false).toBe(false);
    expect((await jobOf(6))?.status).toBe("succeeded");
    await other.close();
  });
});

it("goes on with the same job when its connection was lost and the agent asks again", async () => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  api.beforeDrawing(() => over);
  const lost = call("generate", drawing).catch(() => "lost");
  await expect.poll(async () => (await api.allJobs()).length).toBe(1);
  api.dropConnections();
  await client.close();
  expect(await lost).toBe("lost");
  client = await connect();
  end();
  expect((await call("generate", drawing)).summary.status).toBe("succeeded");
  expect(await api.allJobs()).toHaveLength(1);
  expect((await call("generate", drawing)).summary.status).toBe("succeeded");
  expect(await api.allJobs()).toHaveLength(2);
});
