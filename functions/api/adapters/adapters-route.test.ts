import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { maxBodyBytes } from "../../../shared/limits.ts";
import { allJobs } from "../../../test/support/api/all-jobs.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

/** A safetensors file of float32 matrices that all hold `value`. */
function safetensors(shapes: Readonly<Record<string, [number, number]>>, value = 0, metadata = {}): Uint8Array {
  let offset = 0;
  const entries = Object.entries(shapes).map(([name, [rows, columns]]) => {
    const begin = offset;
    offset += 4 * rows * columns;
    return [name, { dtype: "F32", shape: [rows, columns], data_offsets: [begin, offset] }] as const;
  });
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from(new Float32Array(offset / 4).fill(value).buffer)]);
}

const lora = (value = 0) =>
  safetensors({ "transformer.a.lora_A.weight": [4, 8], "transformer.a.lora_B.weight": [8, 4] }, value, {
    "modelspec.trigger_phrase": "inkstyle",
  });

let api: ApiUnderTest;
let asked: string[];
let file: Uint8Array;
/** A server of files that answers requests for ranges, and leads there by a redirect. */
const server = createServer((request, response) => {
  asked.push(`${request.url} ${request.headers.range}`);
  if (request.url?.startsWith("/redirect"))
    return response.writeHead(302, { location: "/ink.safetensors?token=1" }).end();
  if (request.url?.startsWith("/away")) return response.writeHead(302, { location: "https://example.com/x" }).end();
  if (request.url?.startsWith("/gone")) return response.writeHead(404).end();
  const [, from = "0", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const end = Math.min(Number(to) + 1, file.length);
  return response
    .writeHead(206, { "content-range": `bytes ${from}-${end - 1}/${file.length}` })
    .end(file.subarray(Number(from), end));
});

beforeEach(async () => {
  asked = [];
  file = lora();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = await openApi({ localMode: true });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await api.close();
});

const address = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

async function call(method: string, path: string, body?: object | FormData, key = api.key) {
  const isForm = body instanceof FormData;
  const response = await api.app.request(path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(!isForm && { "content-type": "application/json" }) },
    body: isForm ? body : body && JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function form(bytes: Uint8Array): FormData {
  const data = new FormData();
  data.set("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), "ink.safetensors");
  return data;
}

it("keeps a LoRA that is sent, described, once, and for its account alone", async () => {
  const added = await call("POST", "/v1/adapters", form(file));
  expect(added).toMatchObject({
    status: 201,
    body: { owner: "account", name: "ink.safetensors", rank: 4, trigger_words: ["inkstyle"], bytes: file.length },
  });
  expect((await call("POST", "/v1/adapters", form(file))).body.id).toBe(added.body.id);
  const { warnings, ...listed } = added.body;
  expect(warnings).toEqual([]);
  expect((await call("GET", "/v1/adapters")).body.loras).toEqual([listed]);
  const other = await api.apiKeys.createAccount("second", { unlimited: true });
  const { value: otherKey } = await api.apiKeys.createKey(other.id);
  expect((await call("GET", "/v1/adapters", undefined, otherKey)).body.loras).toEqual([]);
  const stolen = { prompt: "a", loras: [{ id: added.body.id }] };
  expect(await call("POST", "/v1/jobs", stolen, otherKey)).toMatchObject({
    status: 404,
    body: { code: "adapter_not_found" },
  });
  expect((await call("DELETE", `/v1/adapters/${added.body.id}`, undefined, otherKey)).status).toBe(404);
});

it("takes PEFT's settings beside its file, and warns where they are missing", async () => {
  const peft = safetensors({ "base_model.model.a.lora_A.weight": [4, 8], "base_model.model.a.lora_B.weight": [8, 4] });
  const alone = await call("POST", "/v1/adapters", form(peft));
  expect(alone).toMatchObject({
    status: 201,
    body: { warnings: [{ code: "lora_without_settings", param: "config" }] },
  });
  const both = form(peft);
  both.set("config", new Blob(['{"r":4,"lora_alpha":8,"bias":"none"}']), "adapter_config.json");
  const added = await call("POST", "/v1/adapters", both);
  expect(added).toMatchObject({ status: 201, body: { warnings: [] } });
  expect(added.body.id).not.toBe(alone.body.id);
  const key = `adapters/${api.account.id}/${added.body.id}/0`;
  const stored = await api.dependencies.objects.get(key);
  expect(Buffer.from(stored!.body).toString("latin1")).toContain('{\\"r\\":4,\\"lora_alpha\\":8}');
});

it.each(["{}", "[]", "<html>"])("refuses %s as PEFT's settings", async (text) => {
  const both = form(file);
  both.set("config", new Blob([text]), "adapter_config.json");
  expect(await call("POST", "/v1/adapters", both)).toMatchObject({
    status: 400,
    body: { code: "invalid_adapter", param: "config", detail: expect.stringContaining(`got ${JSON.stringify(text)}`) },
  });
});

it("is gone, with its bytes, once it is deleted", async () => {
  const { id } = (await call("POST", "/v1/adapters", form(file))).body;
  const key = `adapters/${api.account.id}/${id}/0`;
  expect(await api.dependencies.objects.head(key)).toBeDefined();
  expect((await call("DELETE", `/v1/adapters/${id}`)).status).toBe(200);
  expect(await api.dependencies.objects.head(key)).toBeUndefined();
  expect((await call("POST", "/v1/jobs", { prompt: "a", loras: [{ id }] })).status).toBe(404);
});

it("fetches a LoRA by its address, in parts and through redirects, and once", async () => {
  file = lora(1);
  const body = { prompt: "a", loras: [{ path: address("/redirect/ink?token=secret"), scale: 0.5 }] };
  const first = await call("POST", "/v1/jobs", body);
  expect(first.status).toBe(202);
  const [own] = (await call("GET", "/v1/adapters")).body.loras as { id: string; source: string }[];
  expect(own).toMatchObject({ name: "ink", source: address("/redirect/ink"), bytes: file.length });
  const [job] = await allJobs(api.dependencies.jobs, [{ accountId: api.account.id }]);
  expect(job!.params.loras).toEqual([{ id: own!.id, scale: 0.5, stored: { sha256: expect.any(String), parts: 1 } }]);
  expect(JSON.stringify(job)).not.toContain("secret");
  const requests = asked.length;
  expect((await call("POST", "/v1/jobs", body)).status).toBe(202);
  expect(asked.length).toBe(requests);
  expect(asked[0]).toContain("bytes=0-16777215");
});

it("says where a file goes that is larger than a request may be", async () => {
  const { status, body } = await call("POST", "/v1/adapters", form(new Uint8Array(maxBodyBytes)));
  expect([status, body.code]).toEqual([413, "payload_too_large"]);
  expect(body.detail).toContain(
    `at most ${maxBodyBytes} bytes; put a larger file on one of the hubs and send its address`,
  );
});

it("reads a file that is larger than one part", async () => {
  file = safetensors({ "a.lora_A.weight": [2, 2], "b.lora_B.weight": [2_100_000, 2] }, 1);
  const added = await call("POST", "/v1/adapters", { url: address("/large.safetensors") });
  expect(added).toMatchObject({ status: 201, body: { bytes: file.length } });
  expect(asked.length).toBe(2);
});

it.each([
  ["no LoRA", () => form(safetensors({ weight: [2, 2] })), "has no tensors of a LoRA"],
  ["no safetensors file", () => form(new Uint8Array(100)), "is no safetensors file"],
  ["an empty file", () => form(new Uint8Array(0)), "is empty"],
  ["another host", () => ({ url: "https://example.com/a.safetensors" }), "must lead to one of huggingface.co"],
  ["a redirect to another host", () => ({ url: address("/away") }), "must lead to one of huggingface.co"],
  ["an address without a file", () => ({ url: address("/gone") }), "answers with status 404"],
  ["both address and repository", () => ({ url: address("/a"), repository: "a/b" }), "give one of url and repository"],
  ["a repository that is none", () => ({ repository: "nobody" }), "must be owner/name"],
])("refuses %s, and keeps nothing of it", async (_, body, message) => {
  const { status, body: problem } = await call("POST", "/v1/adapters", body());
  expect(status).toBe(400);
  expect(JSON.stringify(problem)).toContain(message);
  expect((await call("GET", "/v1/adapters")).body.loras).toEqual([]);
  expect((await api.dependencies.objects.list("adapters/")).objects).toEqual([]);
});

it("refuses a LoRA with both id and path, and with neither", async () => {
  for (const one of [{ id: "a", path: address("/a") }, { scale: 1 }]) {
    expect(await call("POST", "/v1/jobs", { prompt: "a", loras: [one] })).toMatchObject({
      status: 400,
      body: { param: "loras.0" },
    });
  }
});
