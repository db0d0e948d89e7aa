import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFalClient } from "@fal-ai/client";
import { InferenceClient } from "@huggingface/inference";
import OpenAI, { toFile } from "openai";
import Replicate, { validateWebhook } from "replicate";
import sharp from "sharp";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openReceiver, type ReceivedWebhook } from "../support/api-server.ts";
import { StartProcess } from "../support/start-process.ts";

/** The clients against `npm start` as it is: the real model, the real worker, the real dispatcher. */

let folder: string;
let pipeline: StartProcess;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let url: string;
let key: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "clients-"));
  receiver = await openReceiver();
  pipeline = new StartProcess({ dataDir: join(folder, "data") });
  ({ url, key } = await pipeline.ready());
});
afterAll(async () => {
  await pipeline?.end("SIGTERM");
  receiver?.close();
  rmSync(folder, { recursive: true, force: true });
});

const replicate = () => new Replicate({ baseUrl: `${url}/v1`, auth: key });
const openai = () => new OpenAI({ baseURL: `${url}/v1`, apiKey: key });

async function sizeOf(bytes: ArrayBuffer) {
  const { width, height } = await sharp(bytes).metadata();
  return [width, height];
}

/** The webhook of a job, once it has come. */
async function webhookOf(id: string): Promise<ReceivedWebhook> {
  const find = () => receiver.received.find(({ body }) => body.includes(id) && !body.includes('"processing"'));
  await expect.poll(find, { timeout: 30_000 }).toBeDefined();
  return find()!;
}

/** By the four libraries that people check signatures with. */
async function expectSigned({ headers: sent, body }: ReceivedWebhook): Promise<void> {
  const { key: secret } = await replicate().webhooks.default.secret.get();
  const headers = {
    "webhook-id": String(sent["webhook-id"]),
    "webhook-timestamp": String(sent["webhook-timestamp"]),
    "webhook-signature": String(sent["webhook-signature"]),
  };
  expect(new StandardWebhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow();
  const [id, timestamp, signature] = Object.values(headers) as [string, string, string];
  expect(await validateWebhook({ id, timestamp, signature, body, secret })).toBe(true);
  expect(await openai().webhooks.unwrap(body, headers, secret)).toEqual(JSON.parse(body));
  await expect(openai().webhooks.unwrap(`${body} `, headers, secret)).rejects.toThrow();
}

it("openai", async () => {
  const { data } = await openai().images.generate({ prompt: "a red cup", size: "128x64", model: "z-image-turbo" });
  expect(await sizeOf(Buffer.from(data?.[0]?.b64_json ?? "", "base64").buffer as ArrayBuffer)).toEqual([128, 64]);
});

it("replicate, with a prediction for a webhook that four libraries verify", async () => {
  const input = { prompt: "a red cup", width: 128, height: 64, num_inference_steps: 2 };
  const created = await replicate().predictions.create({
    ...{ model: "prunaai/z-image-turbo", input, webhook: receiver.url, webhook_events_filter: ["completed"] },
  });
  const { output } = await replicate().wait(created, { interval: 50 });
  expect(await sizeOf(await (await fetch(String(output))).arrayBuffer())).toEqual([128, 64]);
  const webhook = await webhookOf(created.id);
  expect(JSON.parse(webhook.body)).toMatchObject({ id: created.id, status: "succeeded", input });
  await expectSigned(webhook);
});

it("fal, with its own payload for a webhook that four libraries verify", async () => {
  const fal = createFalClient({ credentials: key, proxyUrl: { url: `${url}/fal/proxy`, when: "always" } });
  const id = "fal-ai/z-image/turbo";
  const input = { prompt: "a red cup", image_size: { width: 64, height: 128 }, num_inference_steps: 2 };
  const { request_id: requestId } = await fal.queue.submit(id, { input, webhookUrl: receiver.url });
  await fal.queue.subscribeToStatus(id, { requestId, pollInterval: 50 });
  const { data } = await fal.queue.result(id, { requestId });
  const [image] = (data as { images: { url: string }[] }).images;
  expect(await sizeOf(await (await fetch(image?.url ?? "")).arrayBuffer())).toEqual([64, 128]);
  const webhook = await webhookOf(requestId);
  expect(JSON.parse(webhook.body)).toMatchObject({
    request_id: requestId,
    status: "OK",
    payload: { images: [{ width: 64 }] },
  });
  await expectSigned(webhook);
});

it("@huggingface/inference", async () => {
  const blob = await new InferenceClient(key).textToImage(
    {
      endpointUrl: `${url}/hf/models/Tongyi-MAI/Z-Image-Turbo`,
      ...{ inputs: "a red cup", parameters: { width: 128, height: 64, num_inference_steps: 2 } },
    },
    { outputType: "blob" },
  );
  expect(await sizeOf(await blob.arrayBuffer())).toEqual([128, 64]);
});

it("an OpenAI batch with one bad line", async () => {
  const lines = ["64x64", "65x64", "128x64"].map((size, i) =>
    JSON.stringify({
      custom_id: `row-${i}`,
      method: "POST",
      url: "/v1/images/generations",
      body: { prompt: "a cup", size, steps: 1 },
    }),
  );
  const file = await openai().files.create({
    file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"),
    purpose: "batch",
  });
  const { id } = await openai().batches.create({
    ...{ input_file_id: file.id, endpoint: "/v1/images/generations", completion_window: "24h" },
  });
  await expect.poll(async () => (await openai().batches.retrieve(id)).status, { timeout: 60_000 }).toBe("completed");
  const { output_file_id, error_file_id, request_counts } = await openai().batches.retrieve(id);
  expect(request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
  const output = await (await openai().files.content(output_file_id ?? "")).text();
  const rows = output
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
  expect(await sizeOf(await (await fetch(rows[1].response.body.data[0].url)).arrayBuffer())).toEqual([128, 64]);
  expect(await (await openai().files.content(error_file_id ?? "")).text()).toContain('"row-1"');
});
