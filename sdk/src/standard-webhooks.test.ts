import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { newWebhookSecret, signWebhook as signAsTheApi } from "../../shared/webhooks/webhook-signature.ts";
import { WebhookVerificationError } from "./errors.ts";
import { signWebhook, verifyWebhook } from "./standard-webhooks.ts";

const timestampS = 1_780_000_000;
const now = () => timestampS * 1_000 + 1_000;
const body = '{"type":"job.succeeded","timestamp":"2026-05-28T20:26:40.000Z","data":{"id":"job_1","note":"画"}}';
const [secret, newer] = [newWebhookSecret(), newWebhookSecret()];

function signed(secrets: readonly string[] = [secret]) {
  return { ...signAsTheApi({ id: "msg_1", timestampS, body, secrets }) };
}

it("believes what the API signs, from Headers and from Node's record", async () => {
  const message = await verifyWebhook(body, signed(), secret, { now });
  expect(message).toEqual(JSON.parse(body));
  expect(await verifyWebhook(body, new Headers(signed()), [secret], { now })).toEqual(message);
});

it("believes either side of a rotation", async () => {
  await verifyWebhook(body, signed([newer, secret]), secret, { now });
  await verifyWebhook(body, signed([secret]), [newer, secret], { now });
});

it.each([
  ["another body", { body: `${body} ` }, /no signature/],
  ["another secret", { secrets: [newer] }, /no signature/],
  ["no secret", { secrets: [] }, /no signature/],
  ["a secret of another form", { secrets: ["secret"] }, /whsec_/],
  ["another id", { headers: { "webhook-id": "msg_2" } }, /no signature/],
  ["a missing header", { headers: { "webhook-signature": undefined } }, /webhook-signature is missing/],
  ["another scheme", { headers: { "webhook-signature": "v1a,AAAA" } }, /no signature/],
  ["a signature that is no base64", { headers: { "webhook-signature": "v1,*" } }, /no signature/],
  ["a time that is none", { headers: { "webhook-timestamp": "1e9" } }, /within 300 s/],
  ["an old message", { now: () => now() + 301_000 }, /within 300 s/],
  ["a message of the future", { now: () => now() - 303_000 }, /within 300 s/],
])("does not believe %s", async (_, change, reason) => {
  const {
    headers = {},
    secrets = [secret],
    ...rest
  } = change as { headers?: object; secrets?: string[]; body?: string; now?: () => number };
  const verified = verifyWebhook(rest.body ?? body, { ...signed(), ...headers }, secrets, { now: rest.now ?? now });
  await expect(verified).rejects.toThrow(reason);
  await expect(verified).rejects.toThrow(WebhookVerificationError);
});

it("signs as the API does, to the bit, and as the standardwebhooks package verifies", async () => {
  expect(await signWebhook({ id: "msg_1", timestampS, body }, secret)).toEqual(signed());
  const nowS = Math.floor(Date.now() / 1_000);
  const headers = await signWebhook({ id: "msg_1", timestampS: nowS, body }, secret);
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
});
