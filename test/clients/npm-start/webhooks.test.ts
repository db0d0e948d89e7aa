import { createFalClient } from "@fal-ai/client";
import OpenAI from "openai";
import Replicate, { validateWebhook } from "replicate";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openReceiver, type ReceivedWebhook } from "../../support/api/api-server.ts";
import { key, send, url } from "./account.ts";

/** Whatever API a job came through, its webhook is verified by the four libraries that people check signatures with. */

let receiver: Awaited<ReturnType<typeof openReceiver>>;
beforeAll(async () => {
  receiver = await openReceiver();
});
afterAll(() => receiver?.close());

const replicate = new Replicate({ baseUrl: `${url}/v1`, auth: key });

/** The first webhook whose text has this in it, once it has come. */
async function webhookWith(text: string): Promise<ReceivedWebhook> {
  const find = () => receiver.received.find(({ body }) => body.includes(text));
  await expect.poll(find).toBeDefined();
  return find()!;
}

interface Signed {
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
}

/** By each library: does it take this body, under this secret? */
async function verdicts({ headers, body }: Signed, secret: string): Promise<{ [library: string]: boolean }> {
  const [id, timestamp, signature] = Object.values(headers) as [string, string, string];
  const accepts = async (verify: () => unknown) => {
    try {
      return (await verify()) !== false;
    } catch {
      return false;
    }
  };
  return {
    standardwebhooks: await accepts(() => new StandardWebhook(secret).verify(body, headers)),
    svix: await accepts(() => new SvixWebhook(secret).verify(body, headers)),
    replicate: await accepts(() => validateWebhook({ id, timestamp, signature, body, secret })),
    openai: await accepts(() => new OpenAI({ apiKey: key }).webhooks.unwrap(body, headers, secret)),
  };
}

const all = { standardwebhooks: true, svix: true, replicate: true, openai: true };
const none = { standardwebhooks: false, svix: false, replicate: false, openai: false };

async function expectSigned({ headers: sent, body }: ReceivedWebhook, secrets: readonly string[]): Promise<void> {
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
  const headers = Object.fromEntries(names.map((name) => [name, String(sent[name])]));
  for (const secret of secrets) {
    expect(await verdicts({ headers, body }, secret)).toEqual(all);
    // A body that was changed, another webhook's id, a time long ago, and another account's secret.
    expect(await verdicts({ headers, body: `${body} ` }, secret)).toEqual(none);
    expect(await verdicts({ headers: { ...headers, "webhook-id": "msg_x" }, body }, secret)).toEqual(none);
    expect(await verdicts({ headers: { ...headers, "webhook-timestamp": "1600000000" }, body }, secret)).toEqual(none);
  }
  expect(await verdicts({ headers, body }, `whsec_${Buffer.alloc(24, 1).toString("base64")}`)).toEqual(none);
}

it("replicate: the prediction", async () => {
  const input = { prompt: "a red cup", width: 128, height: 64, num_inference_steps: 2 };
  const { id } = await replicate.predictions.create({
    model: "prunaai/z-image-turbo",
    input,
    webhook: receiver.url,
    webhook_events_filter: ["completed"],
  });
  const webhook = await webhookWith(id);
  expect(JSON.parse(webhook.body)).toMatchObject({ id, status: "succeeded", input });
  await expectSigned(webhook, [(await replicate.webhooks.default.secret.get()).key]);
});

it("fal: its own payload", async () => {
  const fal = createFalClient({ credentials: key, proxyUrl: { url: `${url}/fal/proxy`, when: "always" } });
  const input = { prompt: "a red cup", image_size: { width: 64, height: 128 }, num_inference_steps: 2 };
  const submitted = await fal.queue.submit("fal-ai/z-image/turbo", { input, webhookUrl: receiver.url });
  const webhook = await webhookWith(submitted.request_id);
  const { request_id } = submitted;
  expect(JSON.parse(webhook.body)).toMatchObject({ request_id, status: "OK", payload: { images: [{ width: 64 }] } });
  await expectSigned(webhook, [(await replicate.webhooks.default.secret.get()).key]);
});

it("native: an endpoint whose secret is being changed is verified with either", async () => {
  interface Endpoint {
    readonly id: string;
    readonly secret: string;
  }
  const { body: made } = await send<Endpoint>("POST", "/v1/webhook-endpoints", { url: receiver.url });
  const { body: rotated } = await send<Endpoint>("POST", `/v1/webhook-endpoints/${made.id}/rotate-secret`);
  expect(rotated.secret).not.toBe(made.secret);
  await send("POST", `/v1/webhook-endpoints/${made.id}/test`);
  await expectSigned(await webhookWith("webhook.test"), [made.secret, rotated.secret]);
});
