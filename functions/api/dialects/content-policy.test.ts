import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineError } from "../../../shared/errors.ts";
import type { ModerationSettings } from "../../../shared/moderation/moderation-settings.ts";
import { openPaidApi, type PaidApi } from "../../../test/support/api/paid-api.ts";
import { collect } from "../../../test/support/collect.ts";

/** A refused prompt and a refused image, in the words of each API; neither costs anything. */

const moderation: ModerationSettings = { blockList: [{ category: "violence", phrases: ["red cup"] }] };
const refusedPrompt = "a red  c-u-p";
const fine = "a fox";
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const size = { width: 64, height: 64 };
const dashscope = "/api/v1/services/aigc/multimodal-generation/generation";

interface Case {
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body: (prompt: string) => object;
  readonly status: number;
  readonly expected: object;
  /** Of a refused image, where the form differs from that of a refused prompt. */
  readonly drawn?: { readonly status: number; readonly expected: object };
}

const replicateFailed = { status: "failed", error: expect.stringMatching(/^NSFW content detected/), output: null };

const cases: { readonly [dialect: string]: Case } = {
  native: {
    path: "/v1/jobs",
    headers: { prefer: "wait=10" },
    body: (prompt) => ({ prompt, size: "64x64" }),
    status: 422,
    expected: { code: "content_policy", param: "prompt", retryable: false },
    drawn: { status: 200, expected: { status: "failed", error: { code: "content_policy" } } },
  },
  openai: {
    path: "/v1/images/generations",
    body: (prompt) => ({ prompt, size: "64x64" }),
    status: 400,
    expected: { error: { code: "moderation_blocked", type: "image_generation_user_error", param: "prompt" } },
  },
  replicate: {
    path: "/v1/models/prunaai/z-image-turbo/predictions",
    headers: { prefer: "wait" },
    body: (prompt) => ({ input: { prompt, ...size } }),
    status: 201,
    expected: replicateFailed,
  },
  fal: {
    path: "/fal/run/fal-ai/z-image/turbo",
    body: (prompt) => ({ prompt, image_size: size }),
    status: 422,
    expected: { detail: [{ type: "content_policy_violation", loc: ["body", "prompt"] }] },
  },
  huggingface: {
    path: "/hf/models/Tongyi-MAI/Z-Image-Turbo",
    body: (inputs) => ({ inputs, parameters: size }),
    status: 422,
    expected: { error: expect.stringContaining("refused"), code: "content_policy" },
  },
  modelscope: {
    path: "/v1/images/generations",
    headers: { "x-modelscope-async-mode": "true" },
    body: (prompt) => ({ prompt, size: "64x64" }),
    status: 400,
    expected: { errors: { code: "content_policy" } },
    drawn: { status: 200, expected: {} },
  },
  dashscope: {
    path: dashscope,
    body: (text) => ({
      input: { messages: [{ role: "user", content: [{ text }] }] },
      parameters: { size: "64*64" },
    }),
    status: 400,
    expected: { code: "DataInspectionFailed" },
  },
  a1111: {
    path: "/sdapi/v1/txt2img",
    body: (prompt) => ({ prompt, ...size }),
    status: 422,
    expected: { error: "HTTPException", detail: expect.stringContaining("refused"), code: "content_policy" },
  },
};

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi({
    moderation,
    beforeDrawing: async ({ params }) => {
      if (params.prompt === fine)
        throw new PipelineError("content_policy", "the image is refused by the content rules");
    },
  });
});
afterEach(() => api.close());

describe.each(Object.entries(cases))("%s", (_, { path, headers, body, status, expected, drawn }) => {
  it("refuses a prompt before there is a job, for nothing, and tells its client not to repeat", async () => {
    const response = await api.ask("POST", path, body(refusedPrompt), undefined, headers);
    expect([response.status, response.body]).toMatchObject([status, expected]);
    expect(response.headers.get("retry-after")).toBeNull();
    expect((await api.jobs.list({ accountId: api.payer.id, limit: 5 })).jobs).toEqual([]);
    expect(await api.accounts.balance(api.payer.id)).toMatchObject({ available: 1_000, held: 0 });
  });

  it("says the same of an image that is refused once it is drawn, once, for nothing", async () => {
    api.worker.start();
    const response = await api.ask("POST", path, body(fine), undefined, headers);
    const form = drawn ?? { status, expected };
    expect([response.status, response.body]).toMatchObject([form.status, form.expected]);
    const ended = async () => (await api.jobs.list({ accountId: api.payer.id, limit: 5 })).jobs;
    await expect.poll(async () => (await ended())[0]?.status).toBe("failed");
    expect(await ended()).toMatchObject([{ failures: 1, charged: 0, error: { code: "content_policy" } }]);
    expect(await api.accounts.balance(api.payer.id)).toMatchObject({ available: 1_000, held: 0 });
  });
});

it("tells an agent in a tool's result", async () => {
  const call = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "generate", arguments: { prompt: refusedPrompt, size: "64x64" } },
  };
  const { text } = await api.ask("POST", "/mcp", call, undefined, { accept: "application/json, text/event-stream" });
  expect(text).toContain("content_policy");
  expect(text).toContain("isError");
});

it("refuses fal's queue and DashScope's task when they are submitted", async () => {
  const fal = await api.ask("POST", "/fal/queue/fal-ai/z-image/turbo", cases.fal!.body(refusedPrompt));
  expect([fal.status, fal.body]).toMatchObject([422, cases.fal!.expected]);
  const task = await api.ask("POST", dashscope, cases.dashscope!.body(refusedPrompt), undefined, {
    "x-dashscope-async": "enable",
  });
  expect([task.status, task.body]).toMatchObject([400, { code: "DataInspectionFailed" }]);
});

it("refuses edits by their prompt, and takes no notice of one that nothing reads", async () => {
  const image = `data:image/png;base64,${pixel}`;
  const edit = await api.ask("POST", "/v1/jobs", { prompt: refusedPrompt, image, size: "64x64" });
  expect([edit.status, edit.body.code]).toEqual([422, "content_policy"]);
  const crop = { image, prompt: refusedPrompt, crop: { x: 0, y: 0, width: 1, height: 1 }, size: "64x64" };
  expect((await api.ask("POST", "/v1/jobs", crop)).body.code).not.toBe("content_policy");
});

it("refuses an edit by its input image, before money is held, and keeps nothing of it", async () => {
  const asked: number[] = [];
  const server = createServer(async (request, response) => {
    asked.push((await buffer(request)).length);
    response.end(JSON.stringify({ results: [{ flagged: true, categories: { sexual: true } }] }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await api.close();
  api = await openPaidApi({ moderation: { blockList: [], image: { url, timeoutMs: 3_000, onFailure: "refuse" } } });
  try {
    const image = `data:image/png;base64,${pixel}`;
    const edit = await api.ask("POST", "/v1/jobs", { prompt: fine, image, size: "64x64" });
    expect([edit.status, edit.body.code, edit.body.param]).toEqual([422, "content_policy", "image"]);
    const openai = await api.ask("POST", "/v1/images/generations", { prompt: fine, image, size: "64x64" });
    expect([openai.status, openai.body.error]).toMatchObject([400, { code: "moderation_blocked", param: "image" }]);
    expect(asked).toHaveLength(2);
    expect((await api.jobs.list({ accountId: api.payer.id, limit: 5 })).jobs).toEqual([]);
    expect(await api.accounts.balance(api.payer.id)).toMatchObject({ available: 1_000, held: 0 });
    expect(await collect(api.objects.walk(""))).toEqual([]);
  } finally {
    server.close();
  }
});
