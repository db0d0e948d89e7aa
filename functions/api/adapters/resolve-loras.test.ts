import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readHeader } from "../../../shared/adapters/read-header.ts";
import type { ImageParams } from "../../../shared/job.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { sampleParams } from "../../../test/support/api/sample-job.ts";
import { resolveLoras } from "./resolve-loras.ts";

/** A safetensors file with one LoRA matrix of a single float. */
function loraFile(): Uint8Array {
  const header = Buffer.from(
    JSON.stringify({ "a.lora_A.weight": { dtype: "F32", shape: [1, 1], data_offsets: [0, 4] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}

let api: ApiUnderTest;
let asked: (string | undefined)[];
const server = createServer((request, response) => {
  asked.push(request.url);
  if (request.url?.includes("page")) response.setHeader("content-type", "text/html; charset=utf-8");
  if (request.url?.endsWith("adapter_config.json")) response.end('{"r":1,"lora_alpha":8}');
  else response.end(loraFile());
});

beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = await openApi({ localMode: true });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await api.close();
});

const budget = createRequestBudget({ clock: systemClock });
const address = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

const resolve = (loras: ImageParams["loras"], accountId = "acc_1") =>
  resolveLoras({ accountId, params: { ...sampleParams, loras } }, { ...api.dependencies, budget });

it("fetches an address once, whatever its token, and keeps the address from the job", async () => {
  const [first] = (await resolve([{ id: address("/ink.safetensors?token=1"), scale: 0.5 }])).loras!;
  expect(first).toMatchObject({ id: expect.stringMatching(/^lora_/), scale: 0.5, stored: { parts: 1 } });
  const [second] = (await resolve([{ id: address("/ink.safetensors?token=2"), scale: 1 }])).loras!;
  expect(second).toEqual({ ...first, scale: 1 });
  expect(asked).toEqual(["/ink.safetensors?token=1"]);
  expect(JSON.stringify([first, second])).not.toContain("token");
});

it("keeps the settings that PEFT saves beside its file", async () => {
  const [found] = (await resolve([{ id: address("/ink/adapter_model.safetensors"), scale: 1 }])).loras!;
  expect(asked).toEqual(["/ink/adapter_config.json", "/ink/adapter_model.safetensors"]);
  const stored = await api.dependencies.objects.get(`adapters/acc_1/${found!.id}/0`);
  expect(readHeader(stored!.body)?.metadata.get("lora_adapter_metadata")).toBe('{"r":1,"lora_alpha":8}');
});

it("says that an address is a page's", async () => {
  await expect(resolve([{ id: address("/page"), scale: 1 }])).rejects.toThrow("loras.0 leads to a web page; give the");
});

it("leaves ids of the workers' folder alone, and no account finds the LoRA of another", async () => {
  expect((await resolve([{ id: "ink", scale: 1 }])).loras).toEqual([{ id: "ink", scale: 1 }]);
  expect((await resolve(undefined)).loras).toBeUndefined();
  const [own] = (await resolve([{ id: address("/ink.safetensors"), scale: 1 }])).loras!;
  await expect(
    resolve(
      [
        { id: "ink", scale: 1 },
        { id: own!.id, scale: 1 },
      ],
      "acc_2",
    ),
  ).rejects.toMatchObject({
    code: "adapter_not_found",
    param: "loras.1",
  });
});

it("takes an address that is not UTF-8, and refuses a forbidden one as the caller's mistake", async () => {
  expect((await resolve([{ id: address("/%ff.safetensors"), scale: 1 }])).loras).toHaveLength(1);
  await expect(resolve([{ id: "https://example.com/%ff.safetensors", scale: 1 }])).rejects.toMatchObject({
    code: "invalid_adapter",
    param: "loras.0",
  });
});
